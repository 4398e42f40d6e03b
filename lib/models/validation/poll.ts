import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '#lib/core/clock.ts'
import { notFound } from '#lib/core/errors.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import type { ValidationEvent, ValidationView } from '../views.ts'
import { readRow } from './rows.ts'

const pollMs = 700

interface Followed {
  scope: Scope
  id: string
  clock: Clock
  signal?: AbortSignal | undefined
  /** What the reader has had already. */
  seenSeq?: number
  seen?: ValidationView
}

/** The events of a run of another process: its row is read until it is over, and what changed in it is told. */
export async function* pollEvents({
  scope,
  id,
  clock,
  signal,
  seenSeq = 0,
  seen,
}: Followed): AsyncGenerator<ValidationEvent> {
  let seq = seenSeq
  for (let before = seen; ; ) {
    const view = await readRow(scope, id, clock)
    if (!view) throw notFound('Validation')
    if (view.status !== 'running') return yield { seq: ++seq, type: 'finished', validation: view }
    if (before === undefined) yield { seq: ++seq, type: 'started', validation: view }
    else {
      for (const check of view.checks) {
        const old = before.checks.find(({ key }) => key === check.key)
        if (JSON.stringify(old) !== JSON.stringify(check)) yield { seq: ++seq, type: 'check', check }
      }
      const { calls, cost, savable } = view
      if (calls !== before.calls || savable !== before.savable)
        yield { seq: ++seq, type: 'progress', calls, cost, savable }
    }
    before = view
    if (signal?.aborted) return
    await delay(pollMs, undefined, signal ? { signal } : {}).catch(() => undefined)
    if (signal?.aborted) return
  }
}
