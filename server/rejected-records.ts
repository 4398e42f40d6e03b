import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Of a longer file only the beginning is looked at. */
const bytesMax = 16 * 1024 * 1024

/**
 * What is to be said of records that Postgres refused for what is in them: null without any. `spoolDir` holds one file
 * a process that met some, `<holder>.rejected`, a line of JSON for each: `reason` and `record`.
 */
export function rejectedRecords(spoolDir: string): string | null {
  if (!existsSync(spoolDir)) return null
  const files = readdirSync(spoolDir).filter((name) => name.endsWith('.rejected'))
  if (files.length === 0) return null
  const found = files.map((name) => {
    const lines = readFileSync(join(spoolDir, name)).subarray(0, bytesMax).toString('utf8').split('\n').filter(Boolean)
    return { path: join(spoolDir, name), count: lines.length, reason: reasonOf(lines.at(-1) ?? '') }
  })
  const count = found.reduce((sum, file) => sum + file.count, 0)
  return [
    `${count} ${count === 1 ? 'call was' : 'calls were'} answered, but Postgres refused ${count === 1 ? 'its record' : 'their records'}: no figure counts ${count === 1 ? 'it' : 'them'}.`,
    ...found.map(({ path, count: lines, reason }) => `${path}: ${lines}, the last one because: ${reason}`),
    'Each line holds the reason and the whole record as JSON. Keep the files with your bills, and move them',
    'out of this folder to clear this message. A reason that comes again is a fault of Patchbay: report it.',
  ].join('\n')
}

function reasonOf(line: string): string {
  try {
    const { reason } = JSON.parse(line) as { reason?: unknown }
    return typeof reason === 'string' ? reason.slice(0, 200) : 'unknown'
  } catch {
    return 'unknown'
  }
}
