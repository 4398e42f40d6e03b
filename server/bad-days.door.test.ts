import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { testDatabase } from '#lib/testing/database.ts'
import { testInstallation } from '#lib/testing/installation.ts'
import { startGatewayProcess } from '#lib/testing/processes.ts'
import { testRequest } from '#lib/testing/tenancy.ts'

// A gateway whose Postgres is away when it begins, gives out no connection, or does not let records in.
const { url } = await testDatabase()
const login = `login_${randomBytes(6).toString('hex')}`
const owner = new pg.Client({ connectionString: url })
await owner.connect()
await owner.query(`create role ${login} login password '${login}' in role patchbay_app, patchbay_system`)
afterAll(async () => {
  await owner.query(`drop role ${login}`)
  await owner.end()
})
const loginUrl = new URL(url)
loginUrl.username = login
loginUrl.password = login

const { runtime, variables, practice } = await testInstallation(url)
const { tenancy, models } = runtime
const setUp = { name: 'Ada', email: 'ada@example.test', password: 'correct horse battery', workspaceName: 'Bad days' }
const { person, workspace } = await tenancy.claim({ request: testRequest, loopback: true }, setUp)
const scope = await tenancy.scopeForPerson(person, workspace.slug)
const { secret } = await tenancy.createKey(scope, { name: 'caller' })
const draft = {
  ...{ type: 'chat' as const, baseUrl: practice.url, apiKey: 'sk-practice-baddays000001' },
  ...{ name: 'Chat', modelId: 'practice-instant', region: 'own' as const, inputPrice: '0.15', outputPrice: '0.6' },
}
const validation = await models.startValidation(scope, { draft })
for await (const event of validation.events) if (event.type === 'finished') break
const model = await models.addModel(scope, { draft, validationId: validation.id })

/** The status of each of `count` calls, all at once. */
async function call(port: number, name: string, count = 20): Promise<number[]> {
  const body = JSON.stringify({
    model: model.slug,
    messages: [{ role: 'user', content: 'hi' }],
    metadata: { call: name },
  })
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }
  return Promise.all(
    Array.from({ length: count }, async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, { method: 'POST', headers, body })
      await answer.arrayBuffer()
      return answer.status
    }),
  )
}

const recordsOf = async (name: string) => {
  const { rows } = await owner.query(`select from ledger.records where metadata->>'call' = $1`, [name])
  return rows.length
}
const readyOf = async (port: number) => (await fetch(`http://127.0.0.1:${port}/health/ready`)).status
const allWell = Array.from({ length: 20 }, () => 200)

test('a gateway that begins while Postgres is away waits for it, says so, and serves', async () => {
  const sockets = new Set<Socket>()
  let isAway = true
  const between = createServer((near) => {
    near.on('error', () => undefined)
    if (isAway) {
      // It has tried. From now on it finds somebody.
      isAway = false
      near.destroy()
      return
    }
    const far = connect(Number(loginUrl.port), loginUrl.hostname)
    for (const socket of [near, far]) sockets.add(socket.on('error', () => undefined))
    near.pipe(far).pipe(near)
  })
  await once(between.listen(0, '127.0.0.1'), 'listening')
  const through = new URL(loginUrl)
  through.port = String((between.address() as AddressInfo).port)
  const gateway = await startGatewayProcess({ ...variables, DATABASE_URL: through.href })
  expect(gateway.said()).toContain('Postgres cannot be reached yet')
  expect(await call(gateway.port, 'late')).toEqual(allWell)
  gateway.child.kill('SIGTERM')
  expect(await gateway.gone).toBe(0)
  expect(await recordsOf('late')).toBe(20)
  for (const socket of sockets) socket.destroy()
  between.close()
})

test('while Postgres gives out no connection, calls go on, and their records arrive when it does again', async () => {
  const gateway = await startGatewayProcess({ ...variables, DATABASE_URL: loginUrl.href })
  await owner.query(`alter role ${login} connection limit 0`)
  await owner.query('select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = $1', [login])
  expect(await call(gateway.port, 'no room')).toEqual(allWell)
  expect(await readyOf(gateway.port)).toBe(200)
  await expect.poll(() => gateway.said()).toContain('too many connections for role')
  expect(await recordsOf('no room')).toBe(0)
  await owner.query(`alter role ${login} connection limit -1`)
  await expect.poll(() => recordsOf('no room'), { timeout: 20_000 }).toBe(20)
  gateway.child.kill('SIGTERM')
  expect(await gateway.gone).toBe(0)
})

test('while a table is locked, calls go on, and their records arrive once when it is free', async () => {
  const gateway = await startGatewayProcess({ ...variables, DATABASE_URL: loginUrl.href })
  await owner.query('begin; lock table ledger.records in access exclusive mode')
  expect(await call(gateway.port, 'locked')).toEqual(allWell)
  await expect
    .poll(async () => {
      const { rows } = await owner.query(
        `select from pg_stat_activity where wait_event_type = 'Lock' and usename = $1`,
        [login],
      )
      return rows.length
    })
    .toBeGreaterThan(0)
  expect(await call(gateway.port, 'locked')).toEqual(allWell)
  expect(await readyOf(gateway.port)).toBe(200)
  await owner.query('commit')
  await expect.poll(() => recordsOf('locked')).toBe(40)
  gateway.child.kill('SIGTERM')
  expect(await gateway.gone).toBe(0)
})
