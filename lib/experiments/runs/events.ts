import { setTimeout as delay } from 'node:timers/promises'
import { parseInput, requireRead, type Scope } from '#lib/tenancy/index.ts'
import type { RunView } from './answers.ts'
import { getRun, isOpen } from './control.ts'
import { RunRef } from './input.ts'

const everyMs = 1_000

/** A run as it stands, again whenever it moved, until it is over. Every member may read. Throws `not_found` at once. */
export async function followRun(scope: Scope, input: RunRef): Promise<AsyncGenerator<RunView>> {
  requireRead(scope)
  const ref = parseInput(RunRef, input)
  return follow(scope, ref, await getRun(scope, ref))
}

async function* follow(scope: Scope, ref: RunRef, first: RunView): AsyncGenerator<RunView> {
  yield first
  for (let shown = first; isOpen(shown); ) {
    await delay(everyMs)
    const next = await getRun(scope, ref)
    if (JSON.stringify(next) !== JSON.stringify(shown)) yield next
    shown = next
  }
}
