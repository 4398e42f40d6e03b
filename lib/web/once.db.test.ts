import { randomBytes } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { AppError } from '#lib/core/errors.ts'
import { createIdempotency } from '#lib/platform/idempotency.ts'
import { createSecretBox } from '#lib/platform/secret-box.ts'
import { type Runtime, setRuntime } from '#lib/runtime.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testTenancy } from '#lib/testing/tenancy.ts'
import { type RouteOptions, route } from './route.ts'

const { database } = await testDatabase()
const { tenancy, workspace } = testTenancy(database)
const { scope, view } = await workspace()
const holder = 'hld_of_this_test'
await database.pool.query(
  `insert into ledger.holders (id, host, pid, process, spool) values ($1, '', 1, 'studio', '')`,
  [holder],
)
const secrets = createSecretBox([{ id: 'test', key: randomBytes(32) }])
setRuntime({
  env: { host: '127.0.0.1', port: 3000 },
  tenancy,
  idempotency: createIdempotency({ pool: database.pool, secrets, holder }),
  logger: { error: () => undefined },
} as unknown as Runtime)
const { secret } = await tenancy.createKey(scope, { name: 'one', scopes: ['manage'] })
const { secret: other } = await tenancy.createKey(scope, { name: 'other', scopes: ['manage'] })

let made = 0
let number = 0
beforeEach(() => {
  made = 0
  number++
})

type Handle = Parameters<typeof route>[0]
interface Sent {
  key?: string
  caller?: string
  body?: object
  path?: string
  accept?: string
}

/** A change that comes in over this handler. Every test has a key of its own. */
async function change(handle: Handle, sent: Sent = {}, options: RouteOptions = { status: 201 }) {
  const { key = `key-${number}`, caller = secret, body = { name: 'x' }, path = '/things', accept = '*/*' } = sent
  const request = new Request(`http://127.0.0.1:3000${path}`, {
    method: 'POST',
    headers: {
      ...{ host: '127.0.0.1:3000', 'x-api-key': caller, 'content-type': 'application/json', accept },
      'idempotency-key': key,
    },
    body: JSON.stringify(body),
  })
  const counted: Handle = (call) => {
    made++
    return handle(call)
  }
  const response = await route(counted, options)(request, { params: Promise.resolve({ workspace: view.slug }) })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, code: text && JSON.parse(text).error?.code }
}
const thing: Handle = ({ input }) => ({ id: `thing_${made}`, ...input })

test('is made once, and a repeat gets the same answer under the first one’s id', async () => {
  const first = await change(thing)
  const again = await change(thing)
  expect(first).toMatchObject({ status: 201, text: '{"id":"thing_1","name":"x"}' })
  expect([again.status, again.text]).toEqual([first.status, first.text])
  expect(again.headers.get('x-patchbay-replay-of')).toBe(first.headers.get('x-request-id'))
  expect(made).toBe(1)
  const { rows } = await database.pool.query(
    `select sealed, expires_at between now() + interval '23 hours 59 minutes' and now() + interval '24 hours' as day
     from ledger.idempotency where key = $1`,
    [`key-${number}`],
  )
  expect(rows).toMatchObject([{ day: true }])
  expect(rows[0].sealed).not.toContain('thing')
})

test('without an answer is answered without one again', async () => {
  expect(await change(() => undefined)).toMatchObject({ status: 204, text: '' })
  expect(await change(() => undefined)).toMatchObject({ status: 204, text: '' })
  expect(made).toBe(1)
})

test('is another one for another caller, and refused for another body, query or path', async () => {
  await change(thing)
  expect((await change(thing, { caller: other })).status).toBe(201)
  for (const sent of [{ body: { name: 'y' } }, { path: '/others' }, { path: '/things?x=1' }])
    expect(await change(thing, sent)).toMatchObject({ status: 422, code: 'idempotency_mismatch' })
  expect(made).toBe(2)
})

test('whose twin is under way is told to come back', async () => {
  const begun = Promise.withResolvers<void>()
  const end = Promise.withResolvers<void>()
  const first = change(async () => {
    begun.resolve()
    await end.promise
    return { id: 1 }
  })
  await begun.promise
  const twin = await change(thing)
  expect(twin).toMatchObject({ status: 409, code: 'idempotency_in_flight' })
  expect(twin.headers.get('retry-after')).toBe('1')
  end.resolve()
  expect((await first).status).toBe(201)
  expect((await change(thing)).text).toBe('{"id":1}')
  expect(made).toBe(1)
})

test('that is refused frees its key; of one that broke nobody knows, and it is not made again', async () => {
  const refuse = () => {
    throw new AppError({ kind: 'conflict', code: 'stale_version', message: 'No.' })
  }
  const breakOff = () => {
    throw new Error('nobody foresaw this')
  }
  expect((await change(refuse)).code).toBe('stale_version')
  expect((await change(breakOff, { body: { name: 'mended' } })).status).toBe(500)
  expect(await change(thing, { body: { name: 'mended' } })).toMatchObject({ status: 409, code: 'outcome_unknown' })
  expect(made).toBe(2)
})

test('whose process is gone, or that runs for longer than any can, is not made again', async () => {
  const never = new Promise(() => undefined)
  void change(() => never)
  await expect.poll(() => made).toBe(1)
  await database.pool.query(`update ledger.idempotency set holder = 'hld_gone' where key = $1`, [`key-${number}`])
  expect((await change(thing)).code).toBe('outcome_unknown')
  await database.pool.query(`update ledger.idempotency set holder = $2, request_id = $3 where key = $1`, [
    `key-${number}`,
    holder,
    `req_${'0'.repeat(24)}`,
  ])
  expect((await change(thing)).code).toBe('outcome_unknown')
  expect(made).toBe(1)
})

test.each([
  ['holds what is told once', { status: 201, hasSecret: true }, 'x'],
  ['is larger than 1 MB', { status: 201 }, 'x'.repeat(1024 * 1024)],
])('whose answer %s is not repeated, and its answer is kept nowhere', async (_why, options, text) => {
  expect((await change(() => ({ text }), {}, options)).status).toBe(201)
  expect(await change(thing, {}, options)).toMatchObject({ status: 409, code: 'answer_not_kept' })
  const { rows } = await database.pool.query('select sealed from ledger.idempotency where key = $1', [`key-${number}`])
  expect(rows).toEqual([{ sealed: null }])
})

test.each([
  ['a key that cannot be one', { key: 'two words' }],
  ['a key that is too long', { key: 'k'.repeat(256) }],
  ['a stream of events', { accept: 'text/event-stream' }],
])('with %s is refused before anything is done', async (_what, sent) => {
  expect(await change(thing, sent)).toMatchObject({ status: 400, code: 'invalid_request' })
  expect(made).toBe(0)
})
