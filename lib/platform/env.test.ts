import { expect, test } from 'vitest'
import { readEnv, readSettings } from './env.ts'

const key = `k1:${Buffer.from('0123456789abcdefghijklmnopqrstuv').toString('base64')}`
const handed = {
  DATABASE_URL: 'postgresql://patchbay:secret@127.0.0.1:5432/patchbay',
  PATCHBAY_MASTER_KEYS: key,
  NEXTAUTH_SECRET: 's'.repeat(40),
  PATCHBAY_KEY_PEPPER: 'p'.repeat(40),
}

test('an empty environment gives the documented defaults', () => {
  const settings = readSettings({}, '/srv/checkout')
  expect(settings).toMatchObject({
    mode: 'production',
    host: '127.0.0.1',
    port: 3000,
    gatewayPort: 4000,
    practicePort: 4010,
    dataDir: '/srv/checkout/.patchbay',
  })
  expect(settings).toMatchObject({ databaseUrl: undefined, publicUrl: undefined, trustedProxies: [], drainMs: 120_000 })
})

test('the practice provider is off by default where others can reach it or the database is a real one', () => {
  const open = { HOST: '0.0.0.0', PUBLIC_URL: 'http://patch.test:3000', PUBLIC_GATEWAY_URL: 'http://patch.test:4000' }
  expect(readSettings(open).practicePort).toBe(0)
  expect(readSettings({ DATABASE_URL: handed.DATABASE_URL }).practicePort).toBe(0)
  expect(readSettings({ ...open, PRACTICE_PORT: '4010' }).practicePort).toBe(4010)
})

test('listening beyond loopback needs the addresses that are used from outside, since no other host is answered', () => {
  const message = (source: Record<string, string>) => {
    try {
      readSettings(source)
    } catch (error) {
      return (error as Error).message
    }
    return ''
  }
  const both = message({ HOST: '0.0.0.0', PORT: '8080' })
  expect(both).toMatch(/^PUBLIC_URL is not set, and HOST is 0\.0\.0\.0\..*example\.org:8080/)
  expect(both).toMatch(/\nPUBLIC_GATEWAY_URL is not set/)
  expect(message({ HOST: '0.0.0.0', PUBLIC_URL: 'https://patch.test' })).toMatch(/^PUBLIC_GATEWAY_URL is not set/)
  expect(message({ HOST: '::1' })).toBe('')
})

test.each([
  [{ PORT: 'abc' }, 'PORT must be a port number from 1 to 65535.'],
  [{ PORT: '70000' }, 'PORT must be a port number from 1 to 65535.'],
  [{ PORT: '4000' }, 'GATEWAY_PORT is the same as PORT: studio and gateway each need their own.'],
  [{ GATEWAY_WORKERS: '0' }, 'GATEWAY_WORKERS must be a number of processes from 1 to 256.'],
  [{ DATABASE_URL: 'mysql://x/y' }, 'DATABASE_URL must look like postgresql://user:password@host:5432/database.'],
  [
    { PUBLIC_URL: 'patchbay.example.org' },
    'PUBLIC_URL must be an address such as https://patchbay.example.org, without a path.',
  ],
  [
    { PUBLIC_URL: 'https://example.org/patchbay' },
    'PUBLIC_URL must be an address such as https://patchbay.example.org, without a path.',
  ],
  [
    { TRUSTED_PROXIES: '10.0.0.0/8, proxy' },
    'TRUSTED_PROXIES has "proxy", which is neither an address nor a range such as 10.0.0.0/8.',
  ],
  [
    { PATCHBAY_ALLOWED_ENDPOINTS: 'http://127.0.0.1:80' },
    'PATCHBAY_ALLOWED_ENDPOINTS is wrong: "http://127.0.0.1:80" has a scheme.',
  ],
  [{ PATCHBAY_POSTGRES_DIR: 'pg' }, 'PATCHBAY_POSTGRES_DIR must be an absolute path.'],
])('%o names the variable and the fix', (source, message) => {
  expect(() => readSettings(source)).toThrow(message)
})

test('several wrong variables are told at once', () => {
  expect(() => readSettings({ PORT: 'x', HOST: 'a b' })).toThrow(/^HOST .+\nPORT .+$/)
})

test('a process reads what the supervisor hands down', () => {
  const env = readEnv({
    ...handed,
    PATCHBAY_PRACTICE_URL: 'http://127.0.0.1:4010/v1',
    PATCHBAY_PRACTICE_KEY: 'sk-practice-1',
  })
  expect(env.masterKeys).toEqual([{ id: 'k1', key: Buffer.from('0123456789abcdefghijklmnopqrstuv') }])
  expect(env.practice).toEqual({ url: 'http://127.0.0.1:4010/v1', key: 'sk-practice-1' })
})

test.each([
  ['short', 'k1:c2hvcnQ='],
  ['without an id', key.slice(3)],
  ['one byte over and over', `k1:${Buffer.alloc(32).toString('base64')}`],
  ['one id twice', `${key},${key}`],
])('a master key that is %s is refused', (_, value) => {
  expect(() => readEnv({ ...handed, PATCHBAY_MASTER_KEYS: value })).toThrow(/^PATCHBAY_MASTER_KEYS must be id:base64/)
})

test('a missing secret is told by name, and no message repeats a secret', () => {
  expect(() => readEnv({ ...handed, NEXTAUTH_SECRET: undefined })).toThrow('NEXTAUTH_SECRET is not set.')
  let message = ''
  try {
    readEnv({ ...handed, NEXTAUTH_SECRET: 'tooshort', PATCHBAY_MASTER_KEYS: 'hunter2' })
  } catch (error) {
    message = (error as Error).message
  }
  expect(message).not.toContain('tooshort')
  expect(message).not.toContain('hunter2')
})

test('a collector is read with its headers, and a wrong one is named', () => {
  const collector = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otel.example.test/in',
    OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%3Db, X-Team = search',
  }
  expect(readSettings({}).telemetry).toBeUndefined()
  expect(readSettings(collector).telemetry).toEqual({
    endpoint: new URL('https://otel.example.test/in'),
    headers: { 'api-key': 'a=b', 'x-team': 'search' },
    serviceName: 'patchbay',
    content: false,
  })
  const told = { ...collector, OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true' }
  expect(readSettings(told).telemetry?.content).toBe(true)
  for (const [name, value] of [
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost:4318'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'https://user:pass@otel.example.test'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'no pairs'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=%0d%0ab: c'],
    ['OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT', 'yes'],
  ])
    expect(() => readSettings({ ...collector, [name!]: value })).toThrow(name)
})
