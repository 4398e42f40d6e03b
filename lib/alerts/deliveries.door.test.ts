import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { afterAll, expect, test } from 'vitest'
import type { Scope } from '#lib/tenancy/index.ts'
import { testAlerts } from '#lib/testing/alerts.ts'
import { testClock } from '#lib/testing/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { addModel, addWorkspace, scopeOf } from '#lib/testing/ledger.ts'
import { writeCalls } from '#lib/testing/records.ts'
import { smtpServer } from '#lib/testing/servers/smtp.ts'
import { enqueueLate, tidyDeliveries } from './index.ts'

const { database } = await testDatabase()
const { pool, system } = database
const clock = testClock(Date.UTC(2026, 5, 1, 12))

interface Received {
  url: string
  headers: IncomingHttpHeaders
  body: string
}

/** Answers with these statuses in turn, then with 200. */
const statuses: (number | Promise<number>)[] = []
const received: Received[] = []
const receiver = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  received.push({ url: request.url!, headers: request.headers, body: Buffer.concat(chunks).toString() })
  const status = (await statuses.shift()) ?? 200
  response
    .writeHead(status, status === 302 ? { location: 'http://127.0.0.1:1/' } : {})
    .end(`said ${request.url}\u0000 ${status}`)
})
await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
const { port } = receiver.address() as { port: number }
const mailbox = await smtpServer({ refuse: 1 })
const { alerts, queue, close } = await testAlerts(database, {
  allowed: `127.0.0.1:${port}, 127.0.0.1:${mailbox.port}`,
  mail: {
    ...{ host: '127.0.0.1', port: mailbox.port, isSecure: false, from: 'Patchbay <alerts@example.org>' },
    user: { name: 'patchbay', password: 'mail-password' },
  },
})
afterAll(async () => {
  await close()
  receiver.close()
  receiver.closeAllConnections()
  await mailbox.close()
})

async function workspace(): Promise<Scope> {
  return scopeOf(database, clock, await addWorkspace(pool), { role: 'owner' })
}

/** A channel to the receiver, and a rule that fires with its next look. */
async function watched(scope: Scope, kind: 'webhook' | 'slack' | 'email', path = '/in?x=1') {
  const { modelId, price } = await addModel(pool, scope.workspaceId)
  await writeCalls(pool, scope.workspaceId, [{ modelId, price, atMs: clock.nowMs() - 1_000 }])
  const channel = await alerts.createChannel(scope, {
    name: 'Receiver',
    kind,
    ...(kind === 'email' ? { recipients: ['on-call@example.org'] } : { url: `http://127.0.0.1:${port}${path}` }),
  })
  const rule = { name: 'Spend <all>', condition: 'cost' as const, threshold: '0.00001', channelIds: [channel.id] }
  await alerts.createRule(scope, rule)
  await alerts.evaluateRules(scope)
  const [delivery] = (await alerts.listDeliveries(scope)).items
  return { channel, deliveryId: delivery!.id }
}

test('a webhook is signed, tried again until it is taken, with each attempt in the log', async () => {
  const scope = await workspace()
  const { channel, deliveryId } = await watched(scope, 'webhook', '/hooks/T0KEN-of-a-path?x=1')
  expect(channel).toMatchObject({ host: `127.0.0.1:${port}`, secret: expect.stringMatching(/^pbwh_/) })
  statuses.push(500, 500)
  received.length = 0
  const attempt = () => alerts.deliver(scope, { deliveryId })
  await attempt()
  // Too early: nobody sends.
  clock.advance(9_000)
  await attempt()
  expect(received).toHaveLength(1)
  clock.advance(1_000)
  await attempt()
  clock.advance(60_000)
  await attempt()
  await attempt()
  const { tries, state, attempts } = await alerts.getDelivery(scope, { id: deliveryId })
  expect({ state, attempts }).toEqual({ state: 'delivered', attempts: 3 })
  expect(tries).toMatchObject([
    { status: 500, code: 'http_500', durationMs: 0 },
    { status: 500, code: 'http_500' },
    { status: 200, code: '', answer: 'said [redacted] 200' },
  ])
  expect(received.map(({ url }) => url)).toEqual(Array(3).fill('/hooks/T0KEN-of-a-path?x=1'))
  for (const { headers, body } of received) {
    const signature = createHmac('sha256', channel.secret!)
      .update(`${headers['x-patchbay-timestamp']}.${body}`)
      .digest('hex')
    expect(headers).toMatchObject({
      'x-patchbay-signature': `v1=${signature}`,
      'x-patchbay-delivery': deliveryId,
      'x-patchbay-event': 'alert.fired',
      'content-type': 'application/json',
    })
    expect(JSON.parse(body)).toMatchObject({
      id: deliveryId,
      event: 'alert.fired',
      workspace: { slug: scope.workspace.slug },
      title: 'Spend <all>',
      url: expect.stringMatching(/^https:\/\/studio\.example\/.+\/settings\/alerts\?rule=alr_/),
      rule: { condition: 'cost', unit: 'usd', value: '0.0000748', threshold: '0.00001', windowMinutes: 15 },
    })
  }
  // Each has its own time: a repeat cannot be told from a replay by that alone, but by its id.
  expect(new Set(received.map(({ headers }) => headers['x-patchbay-timestamp'])).size).toBe(3)
})

test('what is never taken is given up after six attempts, can be sent by hand, and leaves the log after 30 days', async () => {
  const scope = await workspace()
  const { deliveryId } = await watched(scope, 'webhook')
  statuses.push(...Array<number>(7).fill(503))
  for (let attempt = 0; attempt < 8; attempt++) {
    await alerts.deliver(scope, { deliveryId })
    clock.advance(120 * 60_000)
  }
  expect(await alerts.getDelivery(scope, { id: deliveryId })).toMatchObject({
    state: 'failed',
    attempts: 6,
    nextAt: null,
  })
  expect((await alerts.listChannels(scope)).items[0]!.lastDelivery).toMatchObject({ state: 'failed' })
  await alerts.redeliver(scope, { id: deliveryId })
  await expect(alerts.redeliver(scope, { id: deliveryId })).rejects.toMatchObject({ code: 'delivery_waiting' })
  await alerts.deliver(scope, { deliveryId })
  expect(await alerts.getDelivery(scope, { id: deliveryId })).toMatchObject({ state: 'failed', attempts: 7 })
  await alerts.redeliver(scope, { id: deliveryId })
  await alerts.deliver(scope, { deliveryId })
  expect(await alerts.getDelivery(scope, { id: deliveryId })).toMatchObject({ state: 'delivered', attempts: 8 })
  expect(await tidyDeliveries(pool, new Date(clock.nowMs() + 29 * 86_400_000))).toBe(0)
  await tidyDeliveries(pool, new Date(clock.nowMs() + 31 * 86_400_000))
  await expect(alerts.getDelivery(scope, { id: deliveryId })).rejects.toMatchObject({ kind: 'not_found' })
})

test('a process that dies while it sends holds nothing up: another goes on after 90 s, and a late end changes nothing', async () => {
  const scope = await workspace()
  const { deliveryId } = await watched(scope, 'webhook')
  let release = (_: number) => {}
  statuses.push(new Promise((resolve) => (release = resolve)))
  const late = alerts.deliver(scope, { deliveryId })
  await expect.poll(() => received.at(-1)?.headers['x-patchbay-delivery']).toBe(deliveryId)
  clock.advance(60_000)
  await alerts.deliver(scope, { deliveryId })
  expect((await alerts.getDelivery(scope, { id: deliveryId })).attempts).toBe(1)
  clock.advance(31_000)
  // The job went with the process.
  await pool.query(`delete from pgboss.job where name = 'alert-deliver'`)
  expect(await enqueueLate({ queue, pool }, (work) => system.$transaction(work), scope.now())).toBeGreaterThan(0)
  await alerts.deliver(scope, { deliveryId })
  release(500)
  await late
  expect(await alerts.getDelivery(scope, { id: deliveryId })).toMatchObject({
    state: 'delivered',
    tries: [{ status: 500 }, { status: 200 }],
  })
})

test('Slack gets one text whose names are no links, without a signature', async () => {
  const scope = await workspace()
  const { channel, deliveryId } = await watched(scope, 'slack')
  expect(channel.secret).toBeNull()
  await alerts.deliver(scope, { deliveryId })
  const { body, headers } = received.at(-1)!
  expect(Object.keys(JSON.parse(body))).toEqual(['text'])
  expect(JSON.parse(body).text).toMatch(
    /^:warning: \*Spend &lt;all&gt;\*\nCost of the workspace in 15 minutes: \$0\.0000748\. The threshold is \$0\.00001\.\n<https:\/\/studio\.example\//,
  )
  expect(headers['x-patchbay-signature']).toBeUndefined()
})

test('an e-mail goes by the operator’s server, again where that is busy, and its password is nowhere', async () => {
  const scope = await workspace()
  const { deliveryId } = await watched(scope, 'email')
  await alerts.deliver(scope, { deliveryId })
  clock.advance(10_000)
  await alerts.deliver(scope, { deliveryId })
  const delivery = await alerts.getDelivery(scope, { id: deliveryId })
  expect(delivery).toMatchObject({
    state: 'delivered',
    tries: [
      { status: 451, code: 'eenvelope' },
      { status: 250, code: '' },
    ],
  })
  expect(mailbox.mails).toMatchObject([
    { from: 'alerts@example.org', to: ['on-call@example.org'], auth: ['patchbay', 'mail-password'] },
  ])
  const { data } = mailbox.mails[0]!
  expect(data).toContain(`Subject: [${scope.workspace.name}] Spend <all>`)
  expect(data).toContain('The threshold is $0.00001.')
  expect(data).toContain(`Message-ID: <${deliveryId}@patchbay>`)
  const { rows } = await pool.query(`select string_agg(t::text, ' ') as text from alert_attempts t`)
  expect(rows[0].text).not.toContain('mail-password')
})

test('a test is sent once; where it does not lead anywhere it may not, and redirects are not followed', async () => {
  const scope = await workspace()
  const refused = (url: string) => expect(alerts.createChannel(scope, { name: 'X', kind: 'webhook', url })).rejects
  await refused('http://169.254.169.254/latest').toMatchObject({ code: 'address_refused' })
  await refused('http://127.0.0.1:1/in').toMatchObject({ code: 'address_refused', fields: { url: expect.any(String) } })
  await refused('https://user:pass@hooks.example.org/').toMatchObject({ code: 'url_credentials' })
  await refused('ftp://hooks.example.org/').toMatchObject({ kind: 'invalid_input' })
  const { id } = await alerts.createChannel(scope, { name: 'X', kind: 'webhook', url: `http://127.0.0.1:${port}/` })
  statuses.push(302)
  const { id: deliveryId } = await alerts.testChannel(scope, { id })
  await alerts.deliver(scope, { deliveryId })
  expect(await alerts.getDelivery(scope, { id: deliveryId })).toMatchObject({
    ...{ state: 'failed', attempts: 1, event: 'test' },
    tries: [{ code: 'upstream_redirect' }],
  })
})

test('addresses and secrets are sealed, a new secret signs at once, and other workspaces find nothing', async () => {
  const scope = await workspace()
  const { channel, deliveryId } = await watched(scope, 'webhook', '/T0KEN-in-a-path')
  const { rows } = await pool.query('select row_to_json(c)::text as text from alert_channels c where id = $1', [
    channel.id,
  ])
  expect(rows[0].text).not.toContain('T0KEN')
  expect(rows[0].text).not.toContain(channel.secret!.slice(5))
  expect(JSON.stringify(await alerts.getChannel(scope, { id: channel.id }))).not.toContain('T0KEN')
  const renewed = await alerts.renewSecret(scope, { id: channel.id })
  await alerts.deliver(scope, { deliveryId })
  const { headers, body } = received.at(-1)!
  const by = (secret: string) =>
    createHmac('sha256', secret).update(`${headers['x-patchbay-timestamp']}.${body}`).digest('hex')
  expect(headers['x-patchbay-signature']).toBe(`v1=${by(renewed.secret!)}`)
  expect(by(renewed.secret!)).not.toBe(by(channel.secret!))
  const other = await workspace()
  for (const verb of [alerts.getChannel, alerts.deleteChannel, alerts.testChannel, alerts.renewSecret])
    await expect(verb(other, { id: channel.id })).rejects.toMatchObject({ kind: 'not_found' })
  for (const verb of [alerts.getDelivery, alerts.redeliver])
    await expect(verb(other, { id: deliveryId })).rejects.toMatchObject({ kind: 'not_found' })
  expect((await alerts.listDeliveries(other)).items).toEqual([])
})
