import { describe, expect, test } from 'vitest'
import { certificates } from '#lib/testing/certificates.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testModels } from '#lib/testing/models.ts'
import { behindTls } from '#lib/testing/servers/behind-tls.ts'
import { failingServers } from '#lib/testing/servers/failing.ts'
import { faultServers } from '#lib/testing/servers/faults.ts'
import { hostedServers } from '#lib/testing/servers/hosted.ts'
import { ownServers } from '#lib/testing/servers/own.ts'
import { formPrices, type SimulatedServer } from '#lib/testing/servers/server.ts'
import type { RawModelInput, ValidationEvent, ValidationView } from '../schema.ts'
import { WireProfile } from '../vocabulary.ts'
import { requiredCallsMax } from './required-calls.ts'

const { database } = await testDatabase()
const house = await testModels(database)
const { origin } = new URL(house.practice.url)

async function validate(base: string, form: Partial<RawModelInput>): Promise<ValidationView> {
  // The limits are a person's own, so everyone is somebody else.
  const { scope } = await house.workspace()
  const type = form.type ?? 'chat'
  const { events } = await house.models.startValidation(scope, {
    draft: house.form({ baseUrl: new URL(base, origin).href, ...formPrices[type], ...form }),
  })
  return lastOf(events)
}

async function lastOf(events: AsyncIterable<ValidationEvent>): Promise<ValidationView> {
  for await (const event of events) if (event.type === 'finished') return event.validation
  throw new Error('the stream ended without its last event')
}

let keys = 0
const servers: readonly SimulatedServer[] = [
  ...hostedServers,
  ...ownServers,
  // Ten calls a minute are waited for by a clock of its own: `limits.door.test.ts`.
  ...faultServers.filter(({ name }) => name !== '10 calls a minute'),
]

describe.concurrent('the card of every simulated server is what was written down before', () => {
  test.for(servers)('$name', { timeout: 60_000 }, async (server, { expect }) => {
    const apiKey = server.form.noKey ? '' : `sk-practice-server${String(++keys).padStart(8, '0')}`
    const view = await validate(server.base, { apiKey, ...server.form })
    expect(view.checks.filter(({ state }) => state === 'failed')).toEqual([])
    expect(view.status).toBe('passed')
    const verdicts = Object.fromEntries(
      Object.entries(view.capabilities.checks).map(([key, capability]) => [key, capability?.verdict]),
    )
    expect(verdicts).toEqual(server.verdicts)
    const drop = [...view.profile.drop].sort()
    expect({ ...view.profile, drop }).toEqual(WireProfile.parse(server.profile ?? {}))
    expect(view.capabilities.checksKeys).toBe(server.checksKeys === undefined ? true : server.checksKeys)
    if (server.contextTokens !== undefined) expect(view.capabilities.contextTokens).toBe(server.contextTokens)
    expect(view.capabilities.dimensions).toBe(server.dimensions ?? null)
    expect(view.baseUrl).toBe(origin + (server.foundBase ?? server.base))
    expect(view.calls).toBeLessThanOrEqual(40)
    expect(BigInt(view.cost.nanoUsd)).toBeLessThanOrEqual(BigInt(view.limits.cost?.nanoUsd ?? 0))
    // What was not told, or charged to a made-up key, cannot be compared.
    const isTold = !['no', 'ignored'].includes(server.verdicts.stream_usage ?? '')
    if (isTold && (server.checksKeys ?? true)) {
      const charged = house.practice.account(apiKey).rows
      const sumOf = (name: 'inputTokens' | 'outputTokens') => ({
        told: view.checks.flatMap(({ evidence }) => evidence).reduce((sum, exchange) => sum + exchange[name], 0),
        charged: charged.reduce((sum, row) => sum + row[name], 0),
      })
      for (const { told, charged: billed } of [sumOf('inputTokens'), sumOf('outputTokens')]) expect(told).toBe(billed)
    }
    const required = view.checks.filter(({ group }) => group === 'connection').flatMap(({ evidence }) => evidence)
    expect(required.filter(({ status }) => status !== 429).length).toBeLessThanOrEqual(requiredCallsMax)
  })
})

describe.concurrent('what fails is told with its cause, the server and the next step', () => {
  test.for(failingServers)('$name', { timeout: 60_000 }, async (server, { expect }) => {
    const view = await validate(server.base, { modelId: 'practice-chat', ...server.form })
    expect(view.status).toBe('failed')
    const failed = view.checks.filter(({ state }) => state === 'failed')
    expect(failed).toHaveLength(1)
    const { problem } = failed[0]!
    expect(problem).toMatchObject(server.problem)
    const fixes = view.checks.flatMap((check) => check.problem?.fixes ?? [])
    const wanted = server.fix
    const found = fixes.find(({ field }) => field === wanted?.field)?.value
    if (wanted?.value instanceof RegExp) expect(found).toMatch(wanted.value)
    else expect(found).toBe(wanted?.value)
    const { host } = new URL(origin)
    const told = [failed[0]!.summary, problem?.message, ...(problem?.fixes ?? []).map(({ label }) => `[${label}]`)]
    expect(told.join(' ')).toContain(host)
    expect(told.map((text) => text?.replaceAll(origin, 'ORIGIN').replaceAll(host, 'HOST'))).toMatchSnapshot()
    expect(view.calls).toBeLessThanOrEqual(requiredCallsMax + 1)
  })
})

describe('a certificate from an unknown authority', async () => {
  const tls = await behindTls(house.practice.url)
  house.allow(new URL(tls.origin).host)
  const base = `${tls.origin}/v1`

  test('is shown with its fingerprint, and trusted by one click; until then nothing is sent', async () => {
    const refused = await validate(base, {})
    expect(refused.status).toBe('failed')
    expect(tls.calls()).toBe(0)
    const problem = refused.checks.find(({ state }) => state === 'failed')!.problem!
    expect(problem.code).toBe('tls_unknown_authority')
    expect(problem.message).toContain('SHA-256')
    expect(problem.fixes).toEqual([{ field: 'ca', value: certificates.good.trim(), label: 'Trust this certificate' }])
    const trusted = await validate(base, { ca: String(problem.fixes[0]!.value) })
    expect(trusted.status).toBe('passed')
  })

  test.each([
    ['expired', certificates.expired, 'has expired'],
    ['of another name', certificates.foreign, 'is for another name'],
  ])('%s is not offered to be trusted, even where its authority is', async (_, cert, words) => {
    const wrong = await behindTls(house.practice.url, cert)
    house.allow(new URL(wrong.origin).host)
    const view = await validate(`${wrong.origin}/v1`, { ca: certificates.authority })
    const problem = view.checks.find(({ state }) => state === 'failed')!.problem!
    expect(problem).toMatchObject({ code: 'tls', field: 'ca', fixes: [] })
    expect(problem.message).toContain(words)
    expect(wrong.calls()).toBe(0)
  })

  test('http is offered where nothing speaks TLS', async () => {
    const typed = house.practice.url.replace(/^http:/, 'https:')
    const view = await validate(typed, {})
    expect(view.checks.find(({ state }) => state === 'failed')!.problem).toMatchObject({
      code: 'not_tls',
      fixes: [{ field: 'baseUrl', value: house.practice.url, label: 'Use http' }],
    })
  })
})
