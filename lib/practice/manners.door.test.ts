import { AuthenticationError } from 'openai'
import { afterAll, describe, expect, it } from 'vitest'
import { newKey, refusal, startForTests } from '#lib/testing/practice-client.ts'
import { faults } from './faults.ts'
import { start } from './index.ts'
import { prefixes } from './manners.ts'

const { client, practice, say } = await startForTests()
afterAll(() => practice.close())

describe('manners by path', () => {
  const get = (prefix: string, path = '/models', headers: Record<string, string> = {}) =>
    fetch(practice.url.replace('/v1', `/${prefix}/v1`) + path, {
      redirect: 'manual',
      headers: { authorization: `Bearer ${newKey()}`, ...headers },
    })

  it('listings of every kind', async () => {
    expect((await get('no-models')).status).toBe(404)
    expect(Array.isArray(await (await get('bare-list')).json())).toBe(true)
    expect((await (await get('ten-thousand-models')).json()).data.length).toBe(10_000)
    expect((await (await get('empty-models')).json()).data).toEqual([])
    expect((await (await get('prefixed-models')).json()).data[0].id).toBe('models/practice-chat')
    expect((await say('models/practice-chat', 'Hi', client({ prefix: 'prefixed-models' }))).model).toBe(
      'models/practice-chat',
    )
    expect((await get('html')).headers.get('content-type')).toMatch('text/html')
    expect((await get('redirect')).headers.get('location')).toBe('/v1/models')
    expect((await get('down')).headers.get('retry-after')).toBe('5')
    expect((await get('no-credit')).status).toBe(402)
    expect((await get('forbidden')).status).toBe(403)
    await expect(get('reset')).rejects.toThrow()
  })

  it('keys of every kind', async () => {
    const wrong = { authorization: 'Bearer nonsense' }
    expect((await get('any-key', '/models', wrong)).status).toBe(200)
    expect((await say('practice-chat', 'Hi', client({ prefix: 'any-key', key: 'nonsense' }))).choices.length).toBe(1)
    expect((await get('public-models', '/models', wrong)).status).toBe(200)
    expect(
      await refusal(say('practice-chat', 'Hi', client({ prefix: 'public-models', key: 'nonsense' }))),
    ).toBeInstanceOf(AuthenticationError)
    expect((await get('api-key-header')).status).toBe(401)
    expect((await get('api-key-header', '/models', { 'api-key': newKey() })).status).toBe(200)
    expect((await get('needs-header')).status).toBe(400)
    expect((await get('needs-header', '/models', { 'x-practice-project': '1' })).status).toBe(200)
    expect((await get('needs-query')).status).toBe(400)
    expect((await get('needs-query', '/models?api-version=1')).status).toBe(200)
  })

  it('errors in every shape, all with the message', async () => {
    const seen = new Set<string>()
    for (const [prefix, { errors, models }] of Object.entries(prefixes)) {
      // Servers with models of their own have their own words, too.
      if (!errors || models) continue
      const answer = await get(prefix, '/models', { authorization: 'Bearer nonsense' })
      const text = await answer.text()
      expect(answer.status).toBe(errors === 'ok' ? 200 : 401)
      expect(text).toContain('Incorrect API key')
      seen.add(text)
    }
    expect(seen.size).toBe(14)
  })

  it('10 calls a minute, by the clock that was given', async () => {
    let nowMs = 1_000_000_000_000
    const limited = await start({ port: 0, latencyScale: 0, now: () => nowMs })
    const key = newKey()
    const ask = () =>
      fetch(limited.url.replace('/v1', '/rate-limited/v1/models'), { headers: { authorization: `Bearer ${key}` } })
    for (let call = 0; call < 10; call++) expect((await ask()).status).toBe(200)
    const refused = await ask()
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    nowMs += 60_000
    expect((await ask()).status).toBe(200)
    await limited.close()
  })

  it('paths beyond /v1', async () => {
    const root = practice.url.replace('/v1', '')
    const headers = { authorization: `Bearer ${newKey()}` }
    expect((await fetch(`${root}/models`, { headers })).status).toBe(404)
    expect((await fetch(`${root}/v1/v1/models`, { headers })).status).toBe(404)
    expect((await fetch(`${root}/ok-paths/models`, { headers })).status).toBe(200)
    expect((await fetch(`${root}/versionless/models`, { headers })).status).toBe(200)
    expect((await fetch(`${root}/versionless/v1/models`, { headers })).status).toBe(404)
    expect((await fetch(`${root}/any-key/bare-list/v1/models`)).status).toBe(200)
    expect((await fetch(`${root}/v1/chat/completions`, { headers })).status).toBe(405)
    expect((await fetch(`${root}/practice/images/../../x`, { headers })).status).toBe(404)
    const described = (await (await fetch(`${root}/practice/behaviours`)).json()) as {
      faults: object
      prefixes: object
    }
    expect(Object.keys(described.faults)).toEqual(Object.keys(faults))
    expect(Object.keys(described.prefixes)).toEqual(Object.keys(prefixes))
  })
})
