import { toMoneyView } from '#lib/core/money.ts'
import type { FactRow } from '../facts.ts'
import type { BillLine } from './read-bill.ts'
import type { ReconcileView } from './schema.ts'

type Nullable = number | null

/** Both sides of one thing, as they are summed. */
export interface Sides {
  theirs?: { nanoUsd: bigint | null; requests: Nullable; inputTokens: Nullable; outputTokens: Nullable }
  ours?: {
    nanoUsd: bigint
    requests: number
    inputTokens: number
    outputTokens: number
    unpriced: number
    estimated: number
    probes: number
    probeNanoUsd: bigint
  }
}

const plus = <Value extends number | bigint>(one: Value | null, other: Value | null): Value | null =>
  one === null ? other : other === null ? one : (((one as never) + (other as never)) as Value)

export function addTheirs(sides: Sides, line: BillLine): void {
  const before = sides.theirs ?? { nanoUsd: null, requests: null, inputTokens: null, outputTokens: null }
  sides.theirs = {
    nanoUsd: plus(before.nanoUsd, line.nanoUsd),
    requests: plus(before.requests, line.requests),
    inputTokens: plus(before.inputTokens, line.inputTokens),
    outputTokens: plus(before.outputTokens, line.outputTokens),
  }
}

export function addOurs(sides: Sides, row: FactRow, isProbe: boolean): void {
  const ours = sides.ours ?? {
    ...{ nanoUsd: 0n, requests: 0, inputTokens: 0, outputTokens: 0 },
    ...{ unpriced: 0, estimated: 0, probes: 0, probeNanoUsd: 0n },
  }
  sides.ours = ours
  const cost = BigInt(row.cost_nano_usd)
  ours.nanoUsd += cost
  ours.requests += Number(row.requests)
  ours.inputTokens += Number(row.input_tokens)
  ours.outputTokens += Number(row.output_tokens)
  ours.unpriced += Number(row.unpriced)
  ours.estimated += Number(row.estimated)
  if (!isProbe) return
  ours.probes += Number(row.requests)
  ours.probeNanoUsd += cost
}

export function toSides({ theirs, ours }: Sides): ReconcileView['total'] {
  const told = theirs ? theirs.nanoUsd : 0n
  return {
    theirs: theirs
      ? {
          cost: theirs.nanoUsd === null ? null : toMoneyView(theirs.nanoUsd),
          requests: theirs.requests,
          inputTokens: theirs.inputTokens,
          outputTokens: theirs.outputTokens,
        }
      : null,
    ours: ours
      ? {
          cost: toMoneyView(ours.nanoUsd),
          requests: ours.requests,
          inputTokens: ours.inputTokens,
          outputTokens: ours.outputTokens,
          unpriced: ours.unpriced,
          estimated: ours.estimated,
          probes: ours.probes,
          probeCost: toMoneyView(ours.probeNanoUsd),
        }
      : null,
    difference: told === null ? null : toMoneyView((ours?.nanoUsd ?? 0n) - told),
  }
}
