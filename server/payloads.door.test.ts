import { globSync, readFileSync, statSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { getRequest } from '#lib/analytics/index.ts'
import { type Answer, openBothDoors, openScripted } from '#lib/testing/both-doors.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testHouse } from '#lib/testing/house.ts'
import { testInstallation } from '#lib/testing/installation.ts'
import { startForTests } from '#lib/testing/practice-client.ts'
import { startGatewayProcess } from '#lib/testing/processes.ts'
import { testRequest } from '#lib/testing/tenancy.ts'

const { database } = await testDatabase()
const { pool } = database
const house = await testHouse(database, {
  reserve: (call) =>
    call.address === 'limited'
      ? { ok: false, refusal: { status: 429, code: 'rate_limit_exceeded', message: 'Too many.' } }
      : { ok: true, charges: () => [], release: () => undefined },
})
const { practice } = await startForTests()
// A whole installation beside it, for a gateway that is a process of its own.
const second = await testDatabase()
const installation = await testInstallation(second.url, { allowedEndpoints: new URL(practice.url).host })
const { runtime, env } = installation
// After it: the studio's door is the house's.
const ports = await openBothDoors(house)
const scripted = await openScripted()
house.model('practice-chat', practice.url)
house.model('practice-embed', practice.url, { type: 'embedding' })
house.model('limited', practice.url)
house.model('scripted', scripted.url)
await pool.query('update workspaces set payload_days = 7 where id = $1', [house.scope.workspaceId])
await house.createKey({})

const said = 'Keep this: the harbour opens at six.'
const chat = (model: string, more: object = {}) => ({ model, messages: [{ role: 'user', content: said }], ...more })
const doors = [
  ['fast', ports.fast],
  ["studio's", ports.studio],
] as const

async function keptOf(id: string) {
  await Promise.all([house.keeper.flush(), house.ledger.flush()])
  return house.payloads.getPayload(house.scope, id)
}

async function stateOf(id: string): Promise<string> {
  await Promise.all([house.keeper.flush(), house.ledger.flush()])
  return (await getRequest(house.scope, id)).payload.state
}

/** One call as it is; `leaveAfter`: hangs up once so many bytes of the answer came. */
function call(port: number, body: object, headers: Record<string, string> = {}, leaveAfter?: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        ...{ host: '127.0.0.1', port, method: 'POST', path: '/v1/chat/completions', agent: false },
        headers: { 'content-type': 'application/json', authorization: `Bearer ${house.key}`, ...headers },
      },
      (response) => {
        let body = ''
        const done = () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body })
        response.setEncoding('utf8').on('data', (text: string) => {
          body += text
          if (leaveAfter === undefined || body.length < leaveAfter) return
          request.destroy()
          done()
        })
        response.on('end', done)
        response.on('error', () => undefined)
      },
    )
    request.on('error', (error) => leaveAfter === undefined && reject(error))
    request.end(JSON.stringify(body))
  })
}

const idOf = ({ headers }: Answer) => String(headers['x-request-id'])

describe.each(doors)('at the %s door', (_name, port) => {
  test('the official client works as ever, and what it sent and got is kept to the byte', async () => {
    const client = new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey: house.key, maxRetries: 0 })
    const whole = await client.chat.completions.create(chat('practice-chat') as never).withResponse()
    const kept = await keptOf(whole.request_id!)
    expect(JSON.parse(kept.request.text)).toEqual(chat('practice-chat'))
    expect(JSON.parse(kept.answer!.text)).toEqual(JSON.parse(JSON.stringify(whole.data)))

    const stream = await client.chat.completions
      .create({ ...chat('practice-chat'), stream: true } as never)
      .withResponse()
    let text = ''
    for await (const chunk of stream.data as unknown as AsyncIterable<OpenAI.ChatCompletionChunk>)
      text += chunk.choices[0]?.delta.content ?? ''
    const streamed = await keptOf(stream.request_id!)
    expect(streamed.answer).toMatchObject({ stream: true, cut: false })
    expect(streamed.answer!.text).toMatch(/^data: .*data: \[DONE\]\n\n$/s)
    // The usage that we asked for and cut out again was not the caller's.
    expect(streamed.answer!.text).not.toContain('"choices":[]')
    expect(text.length).toBeGreaterThan(10)

    const vectors = await client.embeddings
      .create({ model: 'practice-embed', input: said, encoding_format: 'float' })
      .withResponse()
    const embedded = await keptOf(vectors.request_id!)
    expect(JSON.parse(embedded.answer!.text).data[0].embedding).toEqual(vectors.data.data[0]!.embedding)
  })

  test('the bytes are those of the caller: extensions as they were sent, a stream as it came', async () => {
    const body = chat('practice-chat', { stream: true, name: 'a call', metadata: { a: 'b' } })
    const answer = await call(port, body)
    const kept = await keptOf(idOf(answer))
    expect(kept.request.text).toBe(JSON.stringify(body))
    expect(kept.answer!.text).toBe(answer.body)
  })

  test('X-No-Store keeps nothing of a call, and its record says so', async () => {
    for (const stream of [false, true]) {
      const answer = await call(port, chat('practice-chat', { stream }), { 'X-No-Store': 'true' })
      expect(answer.status).toBe(200)
      expect(await stateOf(idOf(answer))).toBe('no_store')
      await expect(keptOf(idOf(answer))).rejects.toMatchObject({ kind: 'not_found' })
    }
    const kept = await call(port, chat('practice-chat'), { 'X-No-Store': 'false' })
    expect(await stateOf(idOf(kept))).toBe('kept')
  })

  test('of a call that is refused nothing is kept; an error that a server gave is', async () => {
    const refused = await call(port, chat('limited'))
    expect(refused.status).toBe(429)
    expect(await stateOf(idOf(refused))).toBe('refused')
    const unknown = await call(port, chat('no-such-model'))
    expect(await stateOf(idOf(unknown))).toBe('refused')

    scripted.act = (_body, response) =>
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":{"message":"Too hot."}}')
    const failed = await call(port, chat('scripted', { temperature: 9 }))
    expect(failed.status).toBe(400)
    const kept = await keptOf(idOf(failed))
    expect(kept.answer).toMatchObject({ text: failed.body, stream: false })
    expect(kept.request.text).toContain('"temperature":9')
  })

  test('of a stream that the caller left what he was sent is kept', async () => {
    scripted.act = (_body, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: {"choices":[{"index":0,"delta":{"content":"Half of it"}}]}\n\n')
    }
    const left = await call(port, chat('scripted', { stream: true }), {}, 20)
    await expect.poll(async () => (await house.record(idOf(left)))?.outcome).toBe('aborted')
    const kept = await keptOf(idOf(left))
    expect(kept.answer).toMatchObject({ stream: true, text: left.body })
  })
})

test('a workspace that keeps nothing has records without, and begins at once when it is turned on', async () => {
  await pool.query('update workspaces set payload_days = 0 where id = $1', [house.scope.workspaceId])
  await house.createKey({})
  const before = idOf(await call(ports.fast, chat('practice-chat')))
  expect(await stateOf(before)).toBe('off')
  await pool.query('update workspaces set payload_days = 7 where id = $1', [house.scope.workspaceId])
  await house.createKey({})
  const after = idOf(await call(ports.fast, chat('practice-chat')))
  expect(await stateOf(after)).toBe('kept')
  expect(await stateOf(before)).toBe('off')
})

test('a gateway that is killed has written all but the last moment; no log and no file holds a word', async () => {
  const { tenancy, models, payloads } = runtime
  const setUp = { name: 'Ada', email: 'ada@example.test', password: 'correct horse battery', workspaceName: 'Crash' }
  const { person, workspace } = await tenancy.claim(
    { request: testRequest, loopback: true },
    { ...setUp, payloadDays: 7 },
  )
  const scope = await tenancy.scopeForPerson(person, workspace.slug)
  const { secret } = await tenancy.createKey(scope, { name: 'caller' })
  const draft = {
    ...{ type: 'chat' as const, baseUrl: practice.url, apiKey: 'sk-practice-payload00001' },
    ...{ name: 'Chat', modelId: 'practice-chat', region: 'own' as const },
  }
  const validation = await models.startValidation(scope, { draft })
  for await (const event of validation.events) if (event.type === 'finished') break
  const model = await models.addModel(scope, { draft, validationId: validation.id })
  const gateway = await startGatewayProcess({ ...installation.variables, PATCHBAY_LOG_LEVEL: 'debug' })
  const client = new OpenAI({ baseURL: `http://127.0.0.1:${gateway.port}/v1`, apiKey: secret, maxRetries: 0 })
  const callOnce = async () =>
    (await client.chat.completions.create(chat(model.slug) as never).withResponse()).request_id!

  const early = await Promise.all(Array.from({ length: 20 }, callOnce))
  // Promised within a second of the call's end, while the process lives.
  const states = async (ids: string[]) =>
    Promise.all(
      ids.map((id) =>
        getRequest(scope, id).then(
          ({ payload }) => payload.state,
          () => 'no record',
        ),
      ),
    )
  await expect.poll(() => states(early), { timeout: 5_000 }).toEqual(early.map(() => 'kept'))
  const late = await Promise.all(Array.from({ length: 20 }, callOnce))
  gateway.child.kill('SIGKILL')
  await gateway.gone
  const files = globSync('**/*', { cwd: env.dataDir })
    .map((name) => join(env.dataDir, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path, 'latin1'))
  await expect
    .poll(
      async () => {
        await runtime.ledger.recover()
        return states(late)
      },
      { timeout: 10_000 },
    )
    .not.toContain('no record')
  for (const id of early) expect((await payloads.getPayload(scope, id)).request.text).toContain(said)
  // What was not written yet is missing whole, never in part.
  for (const [index, state] of (await states(late)).entries()) {
    expect(['kept', 'waiting']).toContain(state)
    if (state === 'kept') expect((await payloads.getPayload(scope, late[index]!)).answer!.text).toContain('choices')
  }
  expect([...files, gateway.said(), ...installation.logged].filter((text) => text.includes('harbour'))).toEqual([])
  expect(files.some((text) => text.includes(late[0]!))).toBe(true)

  // Turned off in the studio: the rows are on their way out at once.
  const view = await tenancy.getWorkspace(scope)
  await tenancy.updateWorkspace(scope, { version: view.version, payloadDays: 0 })
  await expect(payloads.getPayload(scope, early[0]!)).rejects.toMatchObject({ kind: 'not_found' })
  expect(await states(early.slice(0, 1))).toEqual(['deleted'])
  const { rows } = await second.database.pool.query(
    `select count(*)::int as count from pgboss.job where name = 'payload-tidying'`,
  )
  expect(rows[0].count).toBe(1)
}, 60_000)
