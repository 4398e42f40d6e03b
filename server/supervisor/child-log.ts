import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { redact } from '#lib/platform/logger.ts'

const fileBytesMax = 10 * 1024 * 1024
const lineMax = 16_384

export interface ChildLog {
  take(stdout: Readable, stderr: Readable): void
  /** The last lines that the process said, for when it does not come up. */
  tail(): string[]
  close(): void
}

/**
 * Everything a process says goes to `<data folder>/logs/<name>.log` (10 MB, one older file kept); warnings, errors and
 * bare lines on its error stream also to the console, marked with its name.
 */
export function openChildLog(dataDir: string, name: string, show: (line: string) => void): ChildLog {
  const folder = join(dataDir, 'logs')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, `${name}.log`)
  let file = openSync(path, 'a', 0o600)
  let bytes = fstatSync(file).size
  let closed = false
  const last: string[] = []

  function keep(line: string): void {
    if (closed) return
    const text = `${line.slice(0, lineMax)}\n`
    if (bytes > fileBytesMax) {
      closeSync(file)
      renameSync(path, `${path}.1`)
      file = openSync(path, 'a', 0o600)
      bytes = 0
    }
    try {
      bytes += writeSync(file, text)
    } catch {
      // A full disk must not end the processes that it is about.
    }
    last.push(line.slice(0, 500))
    if (last.length > 12) last.shift()
  }

  return {
    take(stdout, stderr) {
      createInterface({ input: stdout }).on('line', (line) => {
        keep(line)
        const shown = readRecord(line)
        if (shown) show(`${name}: ${shown}`)
      })
      createInterface({ input: stderr }).on('line', (line) => {
        keep(line)
        if (line.trim() !== '') show(`${name}: ${readRecord(line) ?? redact(line)}`)
      })
    },
    tail: () => [...last],
    close() {
      if (closed) return
      closed = true
      closeSync(file)
    },
  }
}

/** A JSON record of level warn or higher as one readable line. */
function readRecord(line: string): string | undefined {
  if (!line.startsWith('{"level":')) return undefined
  try {
    const { level, msg, error, requestId } = JSON.parse(line) as {
      level: string
      msg?: string
      error?: { message?: string; internal?: string }
      requestId?: string
    }
    if (level !== 'warn' && level !== 'error' && level !== 'fatal') return undefined
    return [level, msg, error?.message, error?.internal, requestId].filter(Boolean).join(' | ')
  } catch {
    return undefined
  }
}
