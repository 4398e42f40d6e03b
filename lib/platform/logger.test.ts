import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { AppError } from '#lib/core/errors.ts'
import { createLogger, type Logger, redact, warnOncePerBurst } from './logger.ts'

const root = join(import.meta.dirname, '../..')

function logged(write: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown> {
  let line = ''
  write(createLogger({ process: 'test', level: 'info', destination: { write: (text) => (line += text) } }))
  return JSON.parse(line) as Record<string, unknown>
}

test('only listed fields are written', () => {
  const record = logged((logger) =>
    logger.info({ requestId: 'req_1', apiKey: 'abc', headers: { authorization: 'x' }, status: 200 }, 'done'),
  )
  expect(record).toMatchObject({ level: 'info', process: 'test', requestId: 'req_1', status: 200, msg: 'done' })
  expect(Object.keys(record).sort()).toEqual(['level', 'msg', 'pid', 'process', 'requestId', 'status', 'time'])
})

test('what is told to the log anywhere is on its list: nothing is left out unnoticed', () => {
  const files = ['lib', 'server'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map((file) => join(folder, file)),
  )
  let told = 0
  const missing = files.flatMap((file) => {
    const calls = readFileSync(join(root, file), 'utf8').matchAll(/logger\.(?:error|warn|info|debug)\(\s*\{([^}]*)\}/g)
    return [...calls].flatMap(([, fields]) => {
      const names = fields!.split(',').flatMap((part) => /^\s*(\w+)/.exec(part)?.[1] ?? [])
      told += names.length
      const record = logged((logger) => logger.warn(Object.fromEntries(names.map((name) => [name, 'x'])), 'said'))
      return names.filter((name) => name !== 'err' && !(name in record)).map((name) => `${file}: ${name}`)
    })
  })
  expect(told).toBeGreaterThan(50)
  expect(missing).toEqual([])
})

test.each([
  ['Bearer abcdefghijklmnop', 'Bearer [redacted]'],
  ['key sk-proj-abcdefgh12345678 refused', 'key [redacted] refused'],
  ['pb_live_abc123_ZZZZZZZZZZZZ_1234abcd', '[redacted]'],
  ['postgresql://patchbay:hunter2@127.0.0.1/x', 'postgresql://patchbay:[redacted]@127.0.0.1/x'],
])('%s is redacted', (text, shown) => {
  expect(redact(text)).toBe(shown)
})

test('of a burst the first is a warning', () => {
  const levels: string[] = []
  const logger = { warn: () => levels.push('warn'), debug: () => levels.push('debug') }
  const told = warnOncePerBurst(logger as unknown as Logger, 'broke')
  for (let count = 0; count < 3; count++) told(new Error('gone'))
  expect(levels).toEqual(['warn', 'debug', 'debug'])
})

test('what tells of an error without being one is written by its message', () => {
  const record = logged((logger) =>
    logger.warn({ error: { message: 'no sk-proj-abcdefgh12345678', queue: 'x' } }, 'odd'),
  )
  expect(record.error).toEqual({ message: 'no [redacted]' })
})

test('an error is written with its internal text, its cause by message alone, secrets cut out everywhere', () => {
  const error = new AppError({
    kind: 'internal',
    code: 'x',
    message: 'Something failed.',
    internal: 'used sk-abcdefgh12345678',
    cause: new Error('Bearer abcdefghijkl'),
  })
  const record = logged((logger) => logger.error({ error }, 'call with sk-abcdefgh12345678'))
  expect(record.error).toMatchObject({
    message: 'Something failed.',
    internal: 'used [redacted]',
    cause: 'Bearer [redacted]',
    code: 'x',
  })
  expect(JSON.stringify(record)).not.toContain('abcdefgh')
})
