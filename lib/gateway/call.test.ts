import { expect, test } from 'vitest'
import type { CallEnd } from '#lib/metering/index.ts'
import { CapabilityCard, type ModelEntry, WireProfile } from '#lib/models/schema.ts'
import { systemClock } from '#lib/platform/clock.ts'
import type { Idempotency } from '#lib/platform/idempotency.ts'
import type { AnswerCache } from './answer-cache.ts'
import { createGateway } from './index.ts'

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

test('a call that breaks in a way nobody foresaw is a 500 without details, settled once, and nothing is left in flight', async () => {
  const ends: CallEnd[] = []
  const errors: object[] = []
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
          commit: () => null,
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
    idempotency: {} as Idempotency,
    cache: {} as AnswerCache,
    upstream: { send: () => Promise.reject(new Error('a secret inside')) },
    clock: systemClock,
    logger: { error: (details) => errors.push(details) },
  })
  const reply = await gateway.handle({
    method: 'POST',
    path: '/v1/chat/completions',
    headers: {},
    body: Buffer.from('{"model":"model","messages":[]}'),
    peer: '',
    signal: new AbortController().signal,
    receivedAtMs: Date.now(),
  })
  expect(reply.status).toBe(500)
  expect(String(reply.body)).toContain('internal_error')
  expect(String(reply.body)).not.toContain('secret')
  expect(ends).toMatchObject([{ outcome: 'error', status: 500, errorCode: 'internal_error' }])
  expect(errors).toHaveLength(1)
  expect(gateway.inFlight()).toBe(0)
})
