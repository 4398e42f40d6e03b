import { describe, expect, test } from 'vitest'
import { toTimeline } from './timeline.ts'

const at = '2026-11-22T10:00:00.000Z'
const startedMs = Date.parse(at)
const base = { at, latencyMs: 500, gatewayMs: 6, stream: true, attemptList: [] }
const attempt = {
  modelId: 'mdl_a',
  modelName: 'A',
  startedAtMs: startedMs + 4,
  status: 200,
  code: '',
  connectMs: 20,
  firstByteMs: 120,
  totalMs: 490,
}

describe('a timeline', () => {
  test('of one attempt has our part, connecting, waiting and receiving, end to end', () => {
    const { rows, totalMs } = toTimeline({ ...base, attemptList: [attempt] })
    expect(totalMs).toBe(500)
    expect(rows[0]?.phases).toEqual([
      { kind: 'admit', fromMs: 0, toMs: 4 },
      { kind: 'finish', fromMs: 494, toMs: 496 },
    ])
    expect(rows[1]?.phases).toEqual([
      { kind: 'connect', fromMs: 4, toMs: 24 },
      { kind: 'wait', fromMs: 24, toMs: 124 },
      { kind: 'receive', fromMs: 124, toMs: 494 },
    ])
  })

  test('of a second attempt shows the pause before it', () => {
    const failed = { ...attempt, status: 429, code: 'rate_limit_exceeded', totalMs: 100 }
    const second = { ...attempt, startedAtMs: startedMs + 204, totalMs: 290 }
    const { rows } = toTimeline({ ...base, attemptList: [failed, second] })
    expect(rows[0]?.phases).toContainEqual({ kind: 'pause', fromMs: 104, toMs: 204 })
    expect(rows.map(({ label, status }) => [label, status])).toEqual([
      ['Patchbay', undefined],
      ['Attempt 1', 429],
      ['Attempt 2', 200],
    ])
  })

  test('of a refusal is our part alone', () => {
    expect(toTimeline({ ...base, latencyMs: 2 }).rows).toEqual([
      { label: 'Patchbay', phases: [{ kind: 'admit', fromMs: 0, toMs: 2 }] },
    ])
  })

  test('of an attempt that never got a byte waits until its end', () => {
    const stalled = { ...attempt, status: 0, firstByteMs: undefined }
    const { rows } = toTimeline({ ...base, attemptList: [stalled] })
    expect(rows[1]?.phases.at(-1)).toEqual({ kind: 'wait', fromMs: 24, toMs: 494 })
  })

  test('never leaves the call, whatever the clocks said', () => {
    const odd = { ...attempt, startedAtMs: startedMs - 3, connectMs: 900, firstByteMs: 5, totalMs: 501 }
    const { rows, totalMs } = toTimeline({ ...base, attemptList: [odd] })
    expect(totalMs).toBe(501)
    for (const { fromMs, toMs } of rows.flatMap((row) => row.phases)) {
      expect(fromMs).toBeGreaterThanOrEqual(0)
      expect(toMs).toBeLessThanOrEqual(totalMs)
      expect(toMs).toBeGreaterThan(fromMs)
    }
  })
})
