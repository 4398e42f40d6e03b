import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Verification } from '#lib/models/index.ts'
import { type Practice, start } from '#lib/practice/index.ts'
import { certificates } from '#lib/testing/certificates.ts'

const command = join(import.meta.dirname, '../bin/patchbay.mjs')
const key = 'sk-practice-commandline0001'
const folder = mkdtempSync(join(tmpdir(), 'patchbay-verify-'))
let practice: Practice

beforeAll(async () => {
  practice = await start({ port: 0, latencyScale: 0 })
})
afterAll(async () => {
  await practice.close()
  rmSync(folder, { recursive: true })
})

interface Ended {
  code: number
  out: string
  err: string
}

/** The real command, in a folder of somebody else, without anything of an installation in its environment. */
function patchbay(...args: string[]): Promise<Ended> {
  const env = { PATH: process.env.PATH, HOME: folder, VERIFY_KEY: key, WRONG_KEY: 'sk-wrong-key-0001', EMPTY: '' }
  return new Promise((resolve) => {
    execFile(process.execPath, [command, 'verify', ...args], { env: env as never, cwd: folder }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    )
  })
}

const chat = (...more: string[]) => [practice.url, '--model', 'practice-chat', '--key-env', 'VERIFY_KEY', ...more]

test('a server that works ends with 0 and prints its card, plain where nobody watches', async () => {
  const { code, out, err } = await patchbay(...chat('--input-price', '0.5', '--output-price', '1'))
  expect(code, err).toBe(0)
  expect(out).toMatch(/^ {2}ok +Authentication +\d+ ms {2}Key accepted, a wrong key refused$/m)
  expect(out).toMatch(/^ {2}Function calling +yes/m)
  expect(out).toMatch(/^Works\. \d+ calls, [\d.]+ s, \$0\.0\d+\. Base URL http/m)
  expect(out).not.toContain('\u001b')
  expect(out + err).not.toContain(key)
})

test('--json prints one line: the same card with its evidence, and no secret', async () => {
  const { code, out, err } = await patchbay(...chat('--json', '--header', 'x-tenant: quite-a-secret-value'))
  expect(code, err).toBe(0)
  expect(out.trimEnd()).not.toContain('\n')
  const found = JSON.parse(out) as Verification
  expect(found).toMatchObject({ passed: true, type: 'chat', modelId: 'practice-chat', cost: null })
  expect(found.capabilities.checks.tools?.verdict).toBe('yes')
  expect(found.checks.find(({ key: name }) => name === 'model')?.evidence.length).toBeGreaterThan(0)
  for (const secret of [key, key.slice(-12), 'quite-a-secret-value']) expect(out + err).not.toContain(secret)
})

test.each([
  ['a wrong Model ID', ['--model', 'practice-chatt', '--key-env', 'VERIFY_KEY'], /Did you mean practice-chat\?/],
  ['a refused key', ['--model', 'practice-chat', '--key-env', 'WRONG_KEY'], /FAIL +Authentication/],
  ['no key where one is needed', ['--model', 'practice-chat'], /FAIL +Authentication/],
  ['another Type', ['--model', 'practice-embed', '--key-env', 'VERIFY_KEY'], /FAIL +Model/],
])('%s ends with 1 and says why', async (_name, args, said) => {
  const { code, out, err } = await patchbay(practice.url, ...args)
  expect(code, err).toBe(1)
  expect(out).toMatch(said)
  expect(out).toMatch(/^Does not work\./m)
  expect(out + err).not.toContain('sk-wrong-key-0001')
})

test('a key that the server gives back is not printed', async () => {
  const args = ['--model', 'practice-chat:key-echo', '--key-env', 'VERIFY_KEY']
  for (const more of [[], ['--json']]) {
    const { code, out, err } = await patchbay(practice.url, ...args, ...more)
    expect(code, out).toBe(1)
    expect(out + err).not.toContain(key)
  }
})

test.each([
  ['no Base URL', () => ['--model', 'x'], /Base URL/],
  ['a key in place of a variable', () => [practice.url, '--model', 'x', '--key-env', 'sk-secret'], /not the key/],
  ['a cloud metadata address', () => ['http://169.254.169.254/v1', '--model', 'x'], /metadata/],
])('wrong use ends with 2, prints how, and calls nobody: %s', async (_name, args, said) => {
  const { code, out, err } = await patchbay(...args())
  expect(code, out).toBe(2)
  expect(out).toBe('')
  expect(err).toMatch(said)
  expect(err).toContain('Usage: patchbay verify')
  expect(err).not.toContain('sk-secret')
})

test('no call is begun that could lead above --max-cost', async () => {
  const prices = ['--input-price', '1000', '--output-price', '1000']
  const none = await patchbay(...chat('--json', '--max-cost', '0.1', ...prices))
  expect(none.code, none.err).toBe(1)
  expect(JSON.parse(none.out).cost.usd).toBe('0')
  const { code, out, err } = await patchbay(...chat('--json', '--max-cost', '0.6', ...prices))
  expect(code, err).toBe(0)
  const found = JSON.parse(out) as Verification
  expect(Number(found.cost?.usd)).toBeLessThanOrEqual(0.6)
  expect(found.checks.map(({ summary }) => summary).join()).toContain('more than $0.60')
})

test('a certificate of its own is trusted by --ca alone, read from the folder of the caller', async () => {
  writeFileSync(join(folder, 'ca.pem'), certificates.authority)
  const server = createServer({ key: certificates.key, cert: certificates.good }, (request, response) => {
    const isList = request.url?.endsWith('/models')
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify(
        isList
          ? { object: 'list', data: [{ id: 'm', object: 'model' }] }
          : { object: 'list', data: [{ index: 0, object: 'embedding', embedding: [0.5, 0.5] }], model: 'm' },
      ),
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const args = [`https://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, '--model', 'm', '--type', 'embedding']
  const distrusted = await patchbay(...args)
  expect(distrusted.code, distrusted.err).toBe(1)
  expect(distrusted.out).toMatch(/FAIL +Address/)
  const trusted = await patchbay(...args, '--ca', 'ca.pem')
  expect(trusted.out).toMatch(/ok +Address.*TLS/)
  server.close()
})
