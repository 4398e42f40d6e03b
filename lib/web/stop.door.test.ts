import { randomBytes } from 'node:crypto'
import { Agent, request as httpRequest } from 'node:http'
import { expect, test } from 'vitest'
import { newId } from '#lib/core/ids.ts'
import { handleFetch } from '#lib/gateway/index.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { listen, serveFetch } from '#lib/testing/doors.ts'
import { testInstallation } from '#lib/testing/installation.ts'
import { stopStudio } from './stop.ts'

const { database, url } = await testDatabase()
const { runtime, practice } = await testInstallation(url, { latencyScale: 1 })

test('the studio finishes a running stream, takes no new call, writes the record down and closes everything', async () => {
  const { person } = await runtime.tenancy.claim(
    { request: { id: 'req_test', address: '127.0.0.1' }, loopback: true },
    { name: 'A', email: 'a@example.test', password: randomBytes(12).toString('hex'), workspaceName: 'A' },
  )
  const { slug } = (await runtime.tenancy.listWorkspaces(person))[0]!
  const scope = await runtime.tenancy.scopeForPerson(person, slug)
  await runtime.models.addModel(scope, {
    draft: {
      type: 'chat',
      baseUrl: practice.url,
      apiKey: 'sk-practice-stop00000001',
      name: 'Slow',
      modelId: 'practice-small',
      region: 'own',
    } as never,
  })
  const { secret } = await runtime.tenancy.createKey(scope, { name: newId('key') })
  await runtime.feed.refresh()
  const server = serveFetch((request) => handleFetch(runtime.gateway.handle, request))
  const port = await listen(server)
  // A connection that would serve the next call, too.
  const agent = new Agent({ keepAlive: true })

  const id = Promise.withResolvers<string>()
  const text = new Promise<string>((resolve, reject) => {
    const call = httpRequest(
      {
        port,
        agent,
        method: 'POST',
        path: '/v1/chat/completions',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      },
      (response) => {
        let all = ''
        id.resolve(String(response.headers['x-request-id']))
        response.on('data', (chunk: Buffer) => (all += chunk.toString()))
        response.on('end', () => resolve(all))
        response.on('error', reject)
      },
    )
    call.on('error', reject)
    call.end(JSON.stringify({ model: 'slow', stream: true, messages: [{ role: 'user', content: 'Say hello' }] }))
  })
  await id.promise
  expect(runtime.gateway.inFlight()).toBe(1)
  const stopped = stopStudio(runtime, [server])
  await expect(fetch(`http://127.0.0.1:${port}/v1/models`)).rejects.toThrow()
  expect(await text).toContain('data: [DONE]')
  await stopped
  const { rows } = await database.pool.query('select outcome from ledger.records where id = $1', [await id.promise])
  expect(rows).toEqual([{ outcome: 'ok' }])
  await expect(runtime.database.pool.query('select 1')).rejects.toThrow()
  agent.destroy()
})
