import { readdirSync } from 'node:fs'
import { createServer, request as forward } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testDatabase } from '#lib/testing/database.ts'
import { listen } from '#lib/testing/doors.ts'
import { testInstallation } from '#lib/testing/installation.ts'
import { startGatewayProcess } from '#lib/testing/processes.ts'
import { testRequest } from '#lib/testing/tenancy.ts'

const kills = 10
const lanes = 16
/** Calls answered in full before each kill. */
const completedPerRound = 60

// Between gateway and practice provider: knows which calls have reached an upstream, by the name that they carry.
const reached = new Set<string>()
/** While set, calls come this far and no further. */
let held: Set<string> | null = null
const between = createServer((incoming, outgoing) => {
  const chunks: Buffer[] = []
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
  incoming.on('end', () => {
    const body = Buffer.concat(chunks)
    const name = /"call":"([^"]+)"/.exec(body.toString())?.[1]
    if (name) reached.add(name)
    if (name && held) return void held.add(name)
    const { method, url, headers } = incoming
    const call = forward({ port: practice.port, host: '127.0.0.1', method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(outgoing)
    })
    call.on('error', () => outgoing.destroy())
    outgoing.on('error', () => call.destroy())
    outgoing.on('close', () => call.destroy())
    call.end(body)
  })
  incoming.on('error', () => outgoing.destroy())
})
const host = `127.0.0.1:${await listen(between)}`

const { database, url } = await testDatabase()
// A tenth of the time that models take: at each kill some calls stand before their first byte, some in the middle.
const installation = await testInstallation(url, { allowedEndpoints: host, latencyScale: 0.1 })
const { runtime, practice, variables, env } = installation
const { tenancy, models } = runtime
const setUp = { name: 'Ada', email: 'ada@example.test', password: 'correct horse battery', workspaceName: 'Crash' }
const { person, workspace } = await tenancy.claim({ request: testRequest, loopback: true }, setUp)
const scope = await tenancy.scopeForPerson(person, workspace.slug)
const { secret } = await tenancy.createKey(scope, { name: 'caller' })
const prices = { inputPrice: '0.15', outputPrice: '0.6', cachedInputPrice: '0.075' }
const draft = {
  ...{ type: 'chat' as const, baseUrl: `http://${host}/v1`, apiKey: 'sk-practice-crash0000001' },
  ...{ name: 'Chat', modelId: 'practice-chat', region: 'own' as const, ...prices },
}
const validation = await models.startValidation(scope, { draft })
for await (const event of validation.events) if (event.type === 'finished') break
const model = await models.addModel(scope, { draft, validationId: validation.id })

interface Usage {
  prompt_tokens: number
  completion_tokens: number
}
/** By name: what the answers said that were read to their last byte. */
const completed = new Map<string, Usage>()
const sent = new Set<string>()

/** One call after the other, whole and streamed in turn, until the process is gone. */
async function callUntilGone(port: number, lane: string, onCompleted: () => void): Promise<void> {
  for (let round = 0; ; round++) {
    const name = `${lane}-${round}`
    const stream = round % 2 === 0
    sent.add(name)
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          model: model.slug,
          messages: [{ role: 'user', content: `Tell a story about ${name}` }],
          metadata: { call: name },
          ...(stream && { stream, stream_options: { include_usage: true } }),
        }),
      })
      const text = await answer.text()
      expect(answer.status, text).toBe(200)
      completed.set(name, stream ? usageOfStream(text) : (JSON.parse(text) as { usage: Usage }).usage)
    } catch (error) {
      // A broken connection is what the kill looks like from here; everything else is a failure.
      if (error instanceof TypeError) return
      throw error
    }
    onCompleted()
  }
}

function usageOfStream(text: string): Usage {
  const events = text.split('\n\n').filter((event) => event !== '')
  // Cut off without an error, it would not be complete.
  if (events.at(-1) !== 'data: [DONE]') throw new TypeError('cut')
  return (JSON.parse(events.at(-2)!.slice('data: '.length)) as { usage: Usage }).usage
}

test('killed under load ten times, each completed call is in the ledger once with its cost, each other one is lost or complete', async () => {
  for (let kill = 0; kill < kills; kill++) {
    const gateway = await startGatewayProcess(variables)
    let left = completedPerRound
    const load = Array.from({ length: lanes }, (_, lane) =>
      callUntilGone(gateway.port, `${kill}-${lane}`, () => {
        left -= 1
        if (left === 0) gateway.child.kill('SIGKILL')
      }),
    )
    await Promise.all(load)
    await gateway.gone
  }
  expect(completed.size).toBeGreaterThanOrEqual(kills * completedPerRound)

  // Whoever starts next adopts what the dead left behind: here the studio, which lives.
  await expect
    .poll(async () => {
      await runtime.ledger.recover()
      return readdirSync(join(env.dataDir, 'spool'))
    })
    .toEqual([runtime.ledger.holderId])

  const { rows } = await database.pool.query<{ name: string; outcome: string; cost: string; priced: boolean }>(
    `select metadata->>'call' as name, outcome, cost_nano_usd::text as cost, priced from ledger.records where source = 'gateway'`,
  )
  const records = Map.groupBy(rows, ({ name }) => name)
  expect([...records.values()].filter((all) => all.length > 1)).toEqual([])
  expect(
    rows.filter(({ name, outcome, priced }) => !sent.has(name) || !['ok', 'lost'].includes(outcome) || !priced),
  ).toEqual([])
  // Nothing that an upstream worked on is missing.
  expect([...reached].filter((name) => !records.has(name))).toEqual([])
  for (const [name, usage] of completed) {
    const cost = String(usage.prompt_tokens * 150 + usage.completion_tokens * 600)
    expect(records.get(name)).toEqual([{ name, outcome: 'ok', cost, priced: true }])
  }
  const lost = rows.filter(({ outcome }) => outcome === 'lost')
  // The kills did hit calls in flight, and those are charged their estimate.
  expect(lost.length).toBeGreaterThan(kills)
  expect(lost.filter(({ cost }) => BigInt(cost) <= 0n)).toEqual([])
}, 180_000)

test('what broke off with its process is not done a second time, what was answered there is answered here', async () => {
  const ask = (port: number, name: string) =>
    fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json', 'idempotency-key': name },
      body: JSON.stringify({
        model: model.slug,
        messages: [{ role: 'user', content: `Say ${name}` }],
        metadata: { call: name },
      }),
    })
  const [dying, living] = await Promise.all([startGatewayProcess(variables), startGatewayProcess(variables)])
  const answered = await ask(dying.port, 'answered')
  const text = await answered.text()
  expect(answered.status, text).toBe(200)
  held = new Set()
  const broken = ask(dying.port, 'broken').catch((error: unknown) => error)
  await expect.poll(() => held!.size).toBe(1)
  expect((await ask(living.port, 'broken')).status).toBe(409)
  dying.child.kill('SIGKILL')
  expect(await broken).toBeInstanceOf(TypeError)
  await dying.gone
  const codeOf = async () => {
    await runtime.ledger.recover()
    const answer = await ask(living.port, 'broken')
    expect(answer.status).toBe(409)
    return ((await answer.json()) as { error: { code: string } }).error.code
  }
  await expect.poll(codeOf).toBe('outcome_unknown')
  const again = await ask(living.port, 'answered')
  expect(await again.text()).toBe(text)
  expect(again.headers.get('x-patchbay-replay-of')).toBe(answered.headers.get('x-request-id'))
  expect([...held]).toEqual(['broken'])
})
