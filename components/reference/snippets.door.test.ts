import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openApiDocument } from '#lib/reference/index.ts'
import { operationSnippets } from './snippets.ts'

const run = promisify(execFile)
const document = openApiDocument({ studioUrl: 'http://localhost:3000', gatewayUrl: 'http://localhost:4000' })
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ id: operation.operationId, path, method, operation })),
)

interface Seen {
  method: string | undefined
  path: string | undefined
  key: string | undefined
  type: string | undefined
  body: string
}
let seen: Seen[] = []
const server = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  const { authorization, 'content-type': type } = request.headers
  seen.push({ method: request.method, path: request.url, key: authorization, type, body })
  response.end('{}')
})
let url = ''
beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
})

/** A module's top level, without a process of its own for each. */
const AsyncFunction = (async () => undefined).constructor as new (
  ...code: string[]
) => (...given: unknown[]) => Promise<void>
const env = { PATH: process.env.PATH, PATCHBAY_API_KEY: 'pb_test_key' } as never

/** What is to be filled in becomes `x`. */
const fillIn = (code: string) => code.replaceAll(/^(const \w+ = )'\.\.\.'$/gm, "$1'x'").replaceAll(/=\.\.\.$/gm, '=x')

const callable = operations.filter(({ operation }) => {
  const { security } = operation
  return security.length === 0 || security.some((each) => 'key' in each)
})

describe('a snippet makes the call that the document tells of, as pasted', () => {
  test.each(callable)('$id', async ({ path, method, operation }) => {
    const place = { method: method.toUpperCase(), path, workspace: 'acme', studioUrl: url, gatewayUrl: url }
    const snippets = operationSnippets(operation, place)
    expect(snippets.map(({ label }) => label)).toEqual(['curl', 'Node'])
    seen = []
    await run('bash', ['-c', fillIn(snippets[0]!.code)], { env })
    await new AsyncFunction('process', 'console', fillIn(snippets[1]!.code))({ env }, { log: () => undefined })
    const [type, { example } = {}] = Object.entries(operation.requestBody?.content ?? {})[0] ?? []
    expect(seen).toHaveLength(2)
    for (const call of seen) {
      expect(call.method).toBe(place.method)
      expect(call.path).toBe(path.replace('{workspace}', 'acme').replaceAll(/\{\w+\}/g, 'x'))
      expect(call.key).toBe(operation.security.length === 0 ? undefined : 'Bearer pb_test_key')
      if (example === undefined) expect(call.body).toBe('')
      else {
        expect(call.type).toBe(type)
        expect(typeof example === 'string' ? call.body : JSON.parse(call.body)).toEqual(example)
      }
    }
  })
})

test('what keys may not do has no snippet', () => {
  for (const { operation, path, method } of operations.filter((each) => !callable.includes(each)))
    expect(operationSnippets(operation, { method, path, workspace: 'acme', studioUrl: url, gatewayUrl: url })).toEqual(
      [],
    )
})
