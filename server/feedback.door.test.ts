import { expect, test } from 'vitest'
import { call, openBothDoors, openScripted } from '#lib/testing/both-doors.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testHouse } from '#lib/testing/house.ts'

const { database } = await testDatabase()
const house = await testHouse(database)
const ports = await openBothDoors(house)
const server = await openScripted()
server.act = (_body, response) =>
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"choices":[{"message":{"content":"x"}}]}')
house.model('answers', server.url)
const path = '/v1/feedback'
const say = (port: number, key: string, body: object) => call(port, key, body, { path })

test.each(['fast', 'studio'] as const)(
  'at the %s door a key says what a call was worth the moment it ended, and says it again',
  async (door) => {
    const answer = await call(ports[door], house.key, { model: 'answers', messages: [{ role: 'user', content: 'x' }] })
    const id = String(answer.headers['x-request-id'])
    // The record is still on its way to Postgres.
    const first = await say(ports[door], house.key, { request_id: id, rating: 'bad', values: { stars: 2 } })
    expect([first.status, JSON.parse(first.body)]).toMatchObject([
      200,
      { object: 'feedback', request_id: id, rating: 'bad', values: { stars: 2 } },
    ])
    await say(ports[door], house.key, { request_id: id, rating: 'good' })
    const { rows } = await database.pool.query('select rating, "values" from ledger.feedback where request_id = $1', [
      id,
    ])
    expect(rows).toEqual([{ rating: 'good', values: { stars: 2 } }])
    expect((await house.record(id))?.id).toBe(id)

    const refused = async (key: string, body: object) => {
      const { status, body: text } = await say(ports[door], key, body)
      return [status, JSON.parse(text).error.code]
    }
    expect(await refused(await house.foreignKey(), { request_id: id, rating: 'bad' })).toEqual([
      404,
      'request_not_found',
    ])
    expect(await refused('pb_none', { request_id: id, rating: 'bad' })).toEqual([401, 'invalid_api_key'])
    expect(await refused(await house.createKey({ scopes: ['read'] }), { request_id: id, rating: 'bad' })).toEqual([
      ...[403, 'permission_denied'],
    ])
    expect(await refused(house.key, { request_id: id, rating: 'superb' })).toEqual([400, 'invalid_request'])
    expect(await refused(house.key, { request_id: id, comment: 'x'.repeat(200_000) })).toEqual([413, 'invalid_request'])
  },
)
