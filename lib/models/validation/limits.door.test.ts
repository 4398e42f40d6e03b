import { afterAll, describe, expect, test } from 'vitest'
import type { Clock } from '#lib/core/clock.ts'
import { newId } from '#lib/core/ids.ts'
import { createMeter } from '#lib/metering/index.ts'
import { systemClock } from '#lib/platform/clock.ts'
import { start } from '#lib/practice/index.ts'
import { testClock } from '#lib/testing/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { silentLogger } from '#lib/testing/ledger.ts'
import { testModels } from '#lib/testing/models.ts'
import { faultServers } from '#lib/testing/servers/faults.ts'
import { readDraft } from '../form/draft.ts'
import type { RawModelInput } from '../schema.ts'
import { fullTimeouts, toTarget } from '../target.ts'
import { createProber, ProbeStop, probeLimits } from './prober.ts'
import { createValidator, type ValidatorDeps } from './validator.ts'

const { database } = await testDatabase()
const house = await testModels(database)
const meter = createMeter({ clock: systemClock, spool: house.ledger.spool, logger: silentLogger })

/** A validation without rows and events: the stages alone. */
async function run(deps: Partial<ValidatorDeps>, form: Partial<RawModelInput> = {}) {
  const validator = createValidator({ upstream: house.upstream, meter, clock: systemClock, ...deps })
  const { draft } = readDraft(house.form(form))
  if (!draft) throw new Error('the form is wrong')
  const findings = validator.prepare({ draft, price: null })
  const passed = await validator.run(
    {
      draft,
      workspaceId: house.scope.workspaceId,
      modelId: newId('mdl'),
      actor: house.scope.actor,
      operator: false,
      price: null,
      signal: new AbortController().signal,
    },
    findings,
    () => undefined,
  )
  const verdicts = Object.fromEntries(
    Object.entries(findings.card.checks).map(([key, capability]) => [key, capability?.verdict]),
  )
  return { passed, findings, verdicts }
}

/**
 * Calls that are under way together are answered together: how often a server is waited for, and by how many at once.
 * `onRound`: the time that one takes passes.
 */
function inRounds(onRound: () => void = () => undefined) {
  let rounds = 0
  let most = 0
  let running = 0
  let waiting: (() => void)[] = []
  const next = () => {
    if (running > 0 || waiting.length === 0) return
    rounds += 1
    running = waiting.length
    most = Math.max(most, running)
    const now = waiting
    waiting = []
    onRound()
    for (const go of now) go()
  }
  const turn = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    await new Promise<void>((resolve) => {
      waiting.push(resolve)
      setImmediate(next)
    })
    try {
      return await work()
    } finally {
      running -= 1
      setImmediate(next)
    }
  }
  const upstream: ValidatorDeps['upstream'] = {
    send: (target, request, signal) => turn(() => house.upstream.send(target, request, signal)),
    probe: (baseUrl, options) => turn(() => house.upstream.probe(baseUrl, options)),
    dropPool: (id) => house.upstream.dropPool(id),
  }
  return { upstream, told: () => ({ rounds, most }) }
}

describe('a full chat validation', () => {
  test.each(['practice-chat', 'practice-reasoner', 'practice-chat:no-tools+no-logprobs+no-seed+no-vision'])(
    'of %s waits for its server so seldom that 50 ms an answer leave it far below 3 s',
    async (modelId) => {
      const gate = inRounds()
      const { passed, findings } = await run({ upstream: gate.upstream }, { modelId })
      expect(passed).toBe(true)
      const { rounds, most } = gate.told()
      expect(rounds * 50).toBeLessThan(1_500)
      expect(most).toBeLessThanOrEqual(4)
      expect(findings.calls).toBeLessThanOrEqual(40)
    },
  )

  test('finds the same card of a server that stayed the same', async () => {
    const once = await run({}, { modelId: 'practice-chat:no-seed+no-named+json-object-ignored' })
    const again = await run({}, { modelId: 'practice-chat:no-seed+no-named+json-object-ignored' })
    expect(again.verdicts).toEqual(once.verdicts)
    expect(again.findings.profile).toEqual(once.findings.profile)
    expect({ ...again.findings.card, checks: {} }).toEqual({ ...once.findings.card, checks: {} })
  })
})

describe('a server that takes twenty seconds for each answer', () => {
  test('is asked for 90 s and no longer: what is not decided by then is unknown, never a no', async () => {
    const clock = testClock()
    const gate = inRounds(() => clock.advance(20_000))
    const begunMs: number[] = []
    const upstream: ValidatorDeps['upstream'] = {
      ...house.upstream,
      send(...call) {
        begunMs.push(clock.monotonicMs())
        return gate.upstream.send(...call)
      },
    }
    const { passed, findings, verdicts } = await run({ clock, upstream })
    expect(passed).toBe(true)
    expect(Math.max(...begunMs)).toBeLessThan(90_000)
    const late = Object.values(findings.card.checks).filter((found) => found?.detail === 'Not run: the time was up')
    expect(late.length).toBeGreaterThan(0)
    expect(late.every((found) => found?.verdict === 'unknown')).toBe(true)
    expect(Object.values(verdicts)).not.toContain('no')
    expect(findings.checks.filter(({ state }) => state === 'running' || state === 'waiting')).toEqual([])
  })
})

describe('a server that takes 10 calls a minute', async () => {
  /** Time that passes by waiting alone, so that a busy machine changes nothing. */
  let nowMs = 1_800_000_000_000
  const clock: Clock = { nowMs: () => nowMs, monotonicMs: () => nowMs }
  const sleep = async (ms: number) => {
    nowMs += Math.ceil(ms)
  }
  const practice = await start({ port: 0, latencyScale: 0, now: clock.nowMs })
  afterAll(() => practice.close())
  house.allow(new URL(practice.url).host)

  test('is examined whole and right within 5 minutes, and a 429 is never a no', async () => {
    const server = faultServers.find(({ name }) => name === '10 calls a minute')!
    const startedMs = clock.monotonicMs()
    const { passed, findings, verdicts } = await run(
      { clock, sleep },
      { ...server.form, baseUrl: new URL(server.base, practice.url).href },
    )
    expect(passed).toBe(true)
    expect(verdicts).toEqual(server.verdicts)
    expect(clock.monotonicMs() - startedMs).toBeLessThan(300_000)
    expect(findings.calls).toBeLessThanOrEqual(40)
    // It was limited, and waited for.
    expect(clock.monotonicMs() - startedMs).toBeGreaterThanOrEqual(60_000)
  })
})

describe('what was said before is not passed', () => {
  function prober(limits: Partial<typeof probeLimits>) {
    const draft = readDraft(house.form()).draft!
    const target = toTarget(newId('mdl'), draft, fullTimeouts({}, false))
    return createProber(
      { upstream: house.upstream, meter, clock: systemClock },
      {
        workspaceId: house.scope.workspaceId,
        modelId: newId('mdl'),
        actor: house.scope.actor,
        address: 'practice-chat',
        price: null,
        providerModelId: 'practice-chat',
        target,
        signal: new AbortController().signal,
        limits: { ...probeLimits, ...limits },
        onCall: () => undefined,
      },
    )
  }
  const ask = (by: ReturnType<typeof prober>, tokens: number) =>
    by.call({
      name: 'Ask',
      method: 'POST',
      path: '/chat/completions',
      body: { model: 'practice-chat', messages: [{ role: 'user', content: 'Say hello' }], max_tokens: tokens },
    })

  test('calls side by side reserve their output before they are made', async () => {
    const by = prober({ outputTokens: 100 })
    const outcomes = await Promise.allSettled([ask(by, 64), ask(by, 64), ask(by, 64)])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    expect(outcomes[1]).toMatchObject({ reason: { reason: 'tokens' } })
    // What was reserved and not used is free again.
    await expect(ask(by, 64)).resolves.toMatchObject({ kind: 'answered' })
  })

  test('no call beyond the last, and none of more input than is left', async () => {
    const by = prober({ calls: 1 })
    await ask(by, 16)
    await expect(ask(by, 16)).rejects.toBeInstanceOf(ProbeStop)
    await expect(ask(prober({ inputTokens: 10 }), 16)).rejects.toMatchObject({ reason: 'tokens' })
  })
})
