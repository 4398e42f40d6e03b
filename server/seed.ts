// Made-up traffic: `patchbay seed traffic --records 10000000 --days 30 --seed 7`. For looking at pages full of figures, and for benches.
import { parseArgs } from 'node:util'
import { AppError } from '#lib/core/errors.ts'
import { openPatientPool } from '#lib/platform/database.ts'
import { readEnv } from '#lib/platform/env.ts'
import { findOrAddWorkspace, seedTraffic } from '#lib/scenarios/index.ts'
import { Slug } from '#lib/tenancy/schema.ts'

const usage = `Usage: npm run -s patchbay -- seed traffic [options]
  --records N    how many; 100000 unless told
  --days N       over how many days of UTC, today the last; 30 unless told
  --seed N       the same number makes the same records; 7 unless told
  --until T      the end, an instant like 2026-11-22T12:00:00Z; now unless told
  --workspace W  the workspace's address, made where there is none; traffic unless told`

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      records: { type: 'string', default: '100000' },
      days: { type: 'string', default: '30' },
      seed: { type: 'string', default: '7' },
      until: { type: 'string', default: new Date().toISOString() },
      workspace: { type: 'string', default: 'traffic' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  if (positionals.join(' ') !== 'traffic') throw new TypeError('What is to be seeded: traffic.')
  const whole = (name: 'records' | 'days' | 'seed', least: number, most: number) => {
    const value = Number(values[name])
    if (!Number.isInteger(value) || value < least || value > most)
      throw new TypeError(`--${name} is a whole number from ${least} to ${most}.`)
    return value
  }
  const untilMs = Date.parse(values.until)
  if (!(untilMs >= Date.UTC(2000) && untilMs <= Date.now() + 60_000))
    throw new TypeError('--until is an instant like 2026-11-22T12:00:00Z, not in the future.')
  const slug = Slug.safeParse(values.workspace)
  if (!slug.success) throw new TypeError(`--workspace: ${slug.error.issues[0]?.message ?? 'not an address'}`)
  const counts = { records: whole('records', 1, 100_000_000), days: whole('days', 1, 400) }
  return { ...counts, seed: whole('seed', 0, 1_000_000_000), untilMs, slug: slug.data }
}

async function main(): Promise<number> {
  const input = readArguments()
  if (!input) {
    process.stdout.write(`${usage}\n`)
    return 0
  }
  const pool = openPatientPool({ url: readEnv().databaseUrl, applicationName: 'command' })
  try {
    const { slug, ...traffic } = input
    const workspaceId = await findOrAddWorkspace(pool, slug)
    const begunMs = performance.now()
    let done = 0
    for await (const { day, records } of seedTraffic(pool, { workspaceId, ...traffic })) {
      done += records
      process.stderr.write(`  ${day}  ${done} of ${input.records} records\n`)
    }
    const seconds = Math.round((performance.now() - begunMs) / 100) / 10
    process.stdout.write(`${JSON.stringify({ workspace: slug, records: done, seconds })}\n`)
    return 0
  } finally {
    await pool.end()
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof TypeError || error instanceof AppError)) throw error
  process.stderr.write(`${error.message}${error instanceof TypeError ? `\n${usage}` : ''}\n`)
  process.exitCode = error instanceof TypeError ? 2 : 1
}
