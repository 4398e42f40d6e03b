import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { CapabilityCard, type CheckView, type EvidenceView } from '#lib/models/schema.ts'
import { causeOf, curlOf, exchangesOf, findExchange, readRequest } from './evidence.ts'

const evidence = (changes: Partial<EvidenceView> = {}): EvidenceView => ({
  name: 'Function calling',
  request: 'POST /chat/completions\n{"model":"m","messages":[{"role":"user","content":"it\'s \\"quoted\\" $HOME"}]}',
  status: 200,
  response: '{}',
  ms: 12,
  inputTokens: 1,
  outputTokens: 2,
  cost: null,
  at: '2026-11-22T10:00:00.000Z',
  url: 'https://api.example.test/v1/chat/completions',
  requestHeaders: [
    { name: 'authorization', value: 'Bearer ••••' },
    { name: 'x-tenant', value: '••••' },
    { name: 'content-type', value: 'application/json' },
  ],
  ...changes,
})
const check = (key: CheckView['key'], list: EvidenceView[], changes: Partial<CheckView> = {}): CheckView => ({
  key,
  label: key,
  group: 'capabilities',
  required: false,
  state: 'passed',
  summary: '',
  ms: 1,
  problem: null,
  evidence: list,
  ...changes,
})
const card = (checks: object) => ({ capabilities: CapabilityCard.parse({ checks }) })

const checks = [
  check('model', [evidence({ name: 'A tiny call' })]),
  check('tools', [
    evidence({ about: ['tools'] }),
    evidence({ about: ['tools_named'], status: 400 }),
    evidence({ about: ['tools_named'], status: 400 }),
  ]),
]

test('the proof of a capability is the exchange that decided it, or the first of its check, or the first of all', () => {
  const all = exchangesOf({ checks })
  const at = (what: string) => all[findExchange(all, what)]?.id
  expect(at('tools')).toBe('tools.0')
  expect(at('tools_named')).toBe('tools.2')
  expect(at('tools_parallel')).toBe('tools.0')
  expect(at('vision')).toBe('model.0')
  expect(at('tools.1')).toBe('tools.1')
  expect(findExchange([], 'tools')).toBe(-1)
})

test('a copied call sends what was sent, with variables where secrets stood', () => {
  const script = curlOf(evidence(), 'https://api.example.test/v1')!
  const shown = execFileSync('bash', ['--norc', '-c', `curl() { printf '%s\\n' "$@"; }\n${script}`], {
    env: { ...process.env, API_KEY: 'of-mine', X_TENANT: 'tenant-1' },
    encoding: 'utf8',
  })
  expect(shown.split('\n').slice(0, 9)).toEqual([
    '-X',
    'POST',
    'https://api.example.test/v1/chat/completions',
    '-H',
    'authorization: Bearer of-mine',
    '-H',
    'x-tenant: tenant-1',
    '-H',
    'content-type: application/json',
  ])
  const body = shown.slice(shown.indexOf('-d\n') + 3)
  expect(JSON.parse(body)).toEqual({ model: 'm', messages: [{ role: 'user', content: 'it\'s "quoted" $HOME' }] })
})

test('a call with a wrong key is copied with a wrong key, and one that was cut is not offered', () => {
  expect(curlOf(evidence({ control: 'key' }), '')).toContain('authorization: Bearer wrong-key')
  expect(curlOf(evidence({ request: 'POST /x\n{"a":"abc… (9000 characters)"}' }), '')).toBeNull()
  expect(curlOf(evidence({ request: 'POST /x\n{"a":' }), '')).toBeNull()
  expect(curlOf(evidence({ request: 'GET /models', url: undefined }), 'http://a.test/v1')).toMatch(
    /^curl http:\/\/a.test\/v1\/models/,
  )
})

test('the note about a wrong key is no part of the request', () => {
  expect(readRequest({ request: 'GET /models   (with a wrong key)' })).toMatchObject({
    line: 'GET /models',
    body: '',
    whole: true,
  })
})

test('an exchange is explained by what it decides', () => {
  const about = (changes: Partial<EvidenceView>, checks: object, row: Partial<CheckView> = {}) =>
    causeOf({ id: '', check: check('tools', [], row), evidence: evidence(changes) }, card(checks))
  expect(about({ control: 'key', status: 401 }, {})).toMatch(/^A wrong key was refused/)
  expect(about({ control: 'key' }, {})).toMatch(/does not check keys/)
  expect(about({ control: 'model', status: 404 }, {})).toMatch(/was refused/)
  expect(about({ status: 429, about: ['tools'] }, { tools: { verdict: 'unknown' } })).toMatch(/never counts as a no/)
  expect(about({ about: ['tools'] }, { tools: { verdict: 'yes', detail: 'Fine' } })).toBe(
    'Function calling works: Fine.',
  )
  expect(about({ about: ['tools'], status: 400 }, { tools: { verdict: 'no' } })).toMatch(
    /^The server refuses Function calling/,
  )
  expect(about({ about: ['tools'] }, { tools: { verdict: 'ignored', detail: 'x' } })).toMatch(
    /not honoured: x\. Calls go/,
  )
  const problem = { code: 'x', field: 'baseUrl', message: 'Nobody listens there.', fixes: [], allow: null }
  expect(about({ status: null }, {}, { problem })).toBe('Nobody listens there.')
})
