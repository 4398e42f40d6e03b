import { expect, test } from 'vitest'
import type { CallEnd } from '#lib/metering/index.ts'
import type { PayloadPlan, Refusal } from '#lib/metering/schema.ts'
import { CapabilityCard, type ModelEntry, WireProfile } from '#lib/models/schema.ts'
import { systemClock } from '#lib/platform/clock.ts'
import type { Idempotency } from '#lib/platform/idempotency.ts'
import type { AnswerCache } from './answer-cache.ts'
import { createGateway, type EnginePorts } from './index.ts'

const entry: ModelEntry = {
  id: 'mdl_1',
  workspaceId: 'wsp_1',
  version: 1,
  type: 'chat',
  name: 'Model',
  slug: 'model',
  modelId: 'model',
  region: 'own',
  baseUrl: 'http://127.0.0.1:1/v1',
  credential: { group: 'x', refused: false },
  state: 'active',
  maxTokens: null,
  temperature: null,
  contextTokens: null,
  paths: {},
  timeouts: { connectMs: 1, firstByteMs: 1, idleMs: 1, totalMs: 1 },
  capabilities: CapabilityCard.parse({}),
  profile: WireProfile.parse({}),
  price: null,
  createdAt: 0,
}

const refusal: Refusal = { status: 503, code: 'ledger_unavailable', message: 'Full.', retryAfterMs: 1 }

/** A call through an engine whose upstream is `send`, and what it left behind. */
async function callThrough(
  send: EnginePorts['upstream']['send'],
  { commit = null, payload = '' }: { commit?: Refusal | null; payload?: Exclude<PayloadPlan, 'no_store'> } = {},
) {
  const ends: CallEnd[] = []
  const errors: object[] = []
  let drafts = 0
  const gateway = createGateway({
    authenticate: () => ({
      ok: true,
      workspaceId: 'wsp_1',
      actor: { kind: 'key', id: 'key_1', label: '' },
      keyId: 'key_1',
      scopes: ['inference'],
      modelIds: [],
      source: 'gateway',
    }),
    loadPlan: () => ({ ok: true, plan: { targets: [{ entry }] } }),
    listModels: () => [entry],
    listGroups: () => [],
    reportKey: async () => undefined,
    reportBreaker: async () => undefined,
    openTarget: () => ({ id: 'm', baseUrl: entry.baseUrl, headers: {}, timeouts: entry.timeouts, secrets: [] }),
    catchUp: () => Promise.resolve(false),
    meter: {
      admit: () => ({
        ok: true,
        ticket: {
          begin: () => null,
          commit: () => commit,
          budgets: () => null,
          rates: () => null,
          charge: () => null,
          attempt: () => null,
          settle(end) {
            ends.push(end)
            return { costNanoUsd: 0n, priced: false }
          },
        },
      }),
      refuse: () => undefined,
      replay: () => undefined,
      written: () => null,
      flush: () => undefined,
    },
    payloads: {
      plan: () => payload,
      open() {
        drafts++
        return { answer: () => undefined, end: () => undefined }
      },
      flush: async () => undefined,
      close: async () => undefined,
    },
    idempotency: {} as Idempotency,
    cache: {} as AnswerCache,
    upstream: { send },
    clock: systemClock,
    logger: { error: (details) => errors.push(details) },
  })
  const { status, body } = await gateway.handle({
    method: 'POST',
    path: '/v1/chat/completions',
    headers: {},
    body: Buffer.from('{"model":"model","messages":[]}'),
    peer: '',
    signal: new AbortController().signal,
    receivedAtMs: Date.now(),
  })
  return { status, text: String(body), ends, errors, drafts, inFlight: gateway.inFlight() }
}

test('a call that breaks in a way nobody foresaw is a 500 without details, settled once, and nothing is left in flight', async () => {
  const { status, text, ends, errors, inFlight } = await callThrough(() => Promise.reject(new Error('a secret inside')))
  expect(status).toBe(500)
  expect(text).toContain('internal_error')
  expect(text).not.toContain('secret')
  expect(ends).toMatchObject([{ outcome: 'error', status: 500, errorCode: 'internal_error' }])
  expect(errors).toHaveLength(1)
  expect(inFlight).toBe(0)
})

test.each([
  ['is kept where the ledger has room', null, { status: 200, drafts: 1, ends: 1, sent: 1 }],
  ['leaves nothing behind where the disk refuses it at sending', refusal, { status: 503, drafts: 0, ends: 0, sent: 0 }],
])('a call whose payload is wanted %s', async (_case, commit, expected) => {
  let sent = 0
  const done = await callThrough(
    async (_target, { onSend }) => {
      const timings = { startedAtMs: 0 }
      if (onSend?.() === false) {
        return { kind: 'failure', code: 'aborted', stage: 'connect', message: '', internal: '', sent: false, timings }
      }
      sent++
      const body = Buffer.from('{"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}')
      return { kind: 'whole', status: 200, headers: { 'content-type': 'application/json' }, body, timings }
    },
    { commit, payload: 'kept' },
  )
  expect({ ...done, ends: done.ends.length, sent }).toMatchObject({ ...expected, inFlight: 0, errors: [] })
})
