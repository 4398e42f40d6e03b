import type { RequestDetail } from '#lib/analytics/schema.ts'

export type PhaseKind = 'admit' | 'connect' | 'wait' | 'receive' | 'finish' | 'pause'

/** A part of a call, in milliseconds since it came in. */
export interface Phase {
  kind: PhaseKind
  fromMs: number
  toMs: number
}

export interface TimelineRow {
  label: string
  /** The model of an attempt. */
  model?: string
  /** What an attempt cost, nano-dollars; absent where nothing was billed. */
  costNanoUsd?: string | undefined
  phases: Phase[]
  /** What an attempt met: 0 without an answer; absent for our own part. */
  status?: number
  code?: string
}

export interface Timeline {
  rows: TimelineRow[]
  totalMs: number
}

type Call = Pick<RequestDetail, 'at' | 'latencyMs' | 'gatewayMs' | 'attemptList' | 'stream'>

/**
 * Where the time of a call went: our own part before and after, the pauses between attempts, and each attempt by its
 * phases. Clocks of the record are whole milliseconds and may disagree by one or two: a phase never leaves the call.
 */
export function toTimeline({ at, latencyMs, gatewayMs, attemptList }: Call): Timeline {
  const startedMs = Date.parse(at)
  const begins = attemptList.map((attempt) => Math.max(0, attempt.startedAtMs - startedMs))
  const ends = attemptList.map((attempt, index) => begins[index]! + attempt.totalMs)
  const totalMs = Math.max(latencyMs, ...ends, 0)
  const own: Phase[] = []
  if (attemptList.length === 0) own.push({ kind: 'admit', fromMs: 0, toMs: totalMs })
  else {
    own.push({ kind: 'admit', fromMs: 0, toMs: begins[0]! })
    for (let index = 1; index < attemptList.length; index++) {
      own.push({ kind: 'pause', fromMs: ends[index - 1]!, toMs: begins[index]! })
    }
    // The rest is ours only as far as we measured it: the record's milliseconds are coarser.
    const end = ends.at(-1)!
    own.push({ kind: 'finish', fromMs: end, toMs: Math.min(totalMs, end + Math.max(0, gatewayMs - begins[0]!)) })
  }
  const rows: TimelineRow[] = [{ label: 'Patchbay', phases: own.filter(hasLength) }]
  let number = 0
  for (const [index, attempt] of attemptList.entries()) {
    if (!attempt.skipped) number++
    const fromMs = begins[index]!
    const toMs = ends[index]!
    const connectedMs = clamp(fromMs + (attempt.connectMs ?? 0), fromMs, toMs)
    const firstMs = attempt.firstByteMs === undefined ? toMs : clamp(fromMs + attempt.firstByteMs, connectedMs, toMs)
    const phases: Phase[] = [
      { kind: 'connect', fromMs, toMs: connectedMs },
      { kind: 'wait', fromMs: connectedMs, toMs: firstMs },
      { kind: 'receive', fromMs: firstMs, toMs },
    ]
    rows.push({
      label: attempt.skipped ? 'Passed over' : `Attempt ${number}`,
      model: attempt.modelName,
      phases: phases.filter(hasLength),
      status: attempt.status,
      code: attempt.code,
      costNanoUsd: attempt.costNanoUsd,
    })
  }
  return { rows, totalMs }
}

function hasLength({ fromMs, toMs }: Phase): boolean {
  return toMs > fromMs
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high)
}
