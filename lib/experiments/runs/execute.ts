import { newId } from '#lib/core/ids.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import type { Actor } from '#lib/tenancy/schema.ts'
import type { Caller } from '../caller.ts'
import type { RunEstimate, RunReason } from './answers.ts'
import { Books } from './books.ts'
import { Halt } from './halt.ts'
import { type House, runQueue } from './house.ts'
import { Runner } from './runner.ts'
import { areRecorded, settleRun } from './settle.ts'
import { endLease, keepLease, LeaseLost, leaseMs, prepareCells, takeLease } from './store.ts'
import { type RunRowOf, readPinned, requireRun } from './stored.ts'

/** A process is silent for so long at most before it stops by itself: others may take the run soon after. */
const silentMaxMs = leaseMs / 2
const heartbeatMs = 1_000
/** Calls under way get so long when the process ends. */
const graceMs = 10_000
/** Then somebody else goes on: no job of a queue lasts for hours. */
const turnMs = 45 * 60_000
const recordedWithinMs = 10_000

/**
 * Executes what is left of a run, unless another process does; resolves when it is over, paused, or `leaving` asks this
 * process to stop. What stays undone is put into the queue again. Throws only what nobody foresaw.
 */
export async function executeRun(house: House, scope: Scope, runId: string, leaving: AbortSignal): Promise<void> {
  const holder = newId('hld')
  const run = await takeLease(scope, runId, holder)
  if (!run) return
  const halt = new Halt()
  const nowMs = () => house.clock.monotonicMs()
  const setup = readPinned(run)
  let books: Books | undefined
  const stopHeartbeat = keepAlive(scope, runId, holder, halt, nowMs, () => books)
  const stopLeaving = leaveWhenAsked(leaving, halt)
  let reason: RunReason | null = null
  try {
    const caller = await callerOfRun(scope, run)
    if ('problem' in caller) halt.pause({ kind: 'model', message: caller.problem }, null)
    else {
      if (!run.prepared) await prepareCells(scope, run, setup.candidates.length)
      await settleRun(scope, run)
      const { costNanoUsd, capNanoUsd } = await scope.tx((tx) => requireRun(tx, scope, runId))
      const money = { spent: costNanoUsd, cap: capNanoUsd, expected: expectedCosts(run) }
      books = new Books(scope, { id: runId, holder, ...money }, halt, nowMs)
      await new Runner(house, scope, run, caller, halt, books).run()
      await untilRecorded(scope, run, books, nowMs)
      await settleRun(scope, run)
    }
  } catch (error) {
    halt.fail(error)
  } finally {
    stopLeaving()
  }
  const enqueue: Parameters<typeof endLease>[4] = (tx, startAfter) =>
    house.queue.enqueue(tx, {
      queue: runQueue,
      data: { workspaceId: scope.workspaceId, runId },
      // One that waits must not stand in the way of somebody who resumes it earlier.
      ...(startAfter && { startAfter, key: `${runId} later` }),
    })
  const { reason: why } = halt
  try {
    if (why?.kind === 'lost') return
    if (why?.kind === 'asked' || why?.kind === 'leaving') return await endLease(scope, runId, holder, {}, enqueue)
    if (why?.kind === 'pause') {
      const resumesAt = why.forMs === null ? null : new Date(scope.now().getTime() + why.forMs)
      return await endLease(scope, runId, holder, { state: 'paused', reason: why.reason, resumesAt }, enqueue)
    }
    if (why?.kind === 'error') {
      house.logger.error({ err: why.error, runId }, 'A run met what nobody foresaw; it is paused.')
      reason = { kind: 'internal', message: 'Patchbay failed here. Resume the run to try again.' }
      return await endLease(scope, runId, holder, { state: 'paused', reason }, enqueue)
    }
    const { done } = await scope.tx((tx) => requireRun(tx, scope, runId))
    const state = done > 0 ? 'completed' : 'failed'
    if (state === 'failed') reason = { kind: 'all_failed', message: 'Every cell has failed.' }
    await endLease(scope, runId, holder, { state, reason }, enqueue)
  } finally {
    stopHeartbeat()
  }
}

function keepAlive(
  scope: Scope,
  runId: string,
  holder: string,
  halt: Halt,
  nowMs: () => number,
  books: () => Books | undefined,
): () => void {
  let heardMs = nowMs()
  let beating = false
  const timer = setInterval(async () => {
    if (nowMs() - heardMs > silentMaxMs) halt.stop({ kind: 'lost' }, { abort: true })
    if (beating) return
    beating = true
    try {
      const { state, cap } = await keepLease(scope, runId, holder, books()?.pace() ?? 0)
      heardMs = nowMs()
      const current = books()
      if (current) current.capNanoUsd = cap
      if (state !== 'queued' && state !== 'running') halt.stop({ kind: 'asked' }, { abort: state === 'cancelled' })
    } catch (error) {
      if (error instanceof LeaseLost) halt.stop({ kind: 'lost' }, { abort: true })
    } finally {
      beating = false
    }
  }, heartbeatMs)
  return () => clearInterval(timer)
}

function leaveWhenAsked(leaving: AbortSignal, halt: Halt): () => void {
  let grace: NodeJS.Timeout | undefined
  const leave = () => {
    halt.stop({ kind: 'leaving' })
    grace = setTimeout(() => halt.stop({ kind: 'leaving' }, { abort: true }), graceMs)
  }
  const turn = setTimeout(leave, turnMs)
  leaving.addEventListener('abort', leave)
  if (leaving.aborted) leave()
  return () => {
    clearTimeout(turn)
    clearTimeout(grace)
    leaving.removeEventListener('abort', leave)
  }
}

/** Whoever started the run pays for it, by what they may today. */
async function callerOfRun(scope: Scope, run: RunRowOf): Promise<Caller | { problem: string }> {
  const actor: Actor = { kind: run.actorKind as Actor['kind'], id: run.actorId, label: run.actorLabel }
  const { workspaceId } = scope
  if (actor.kind !== 'key') return { workspaceId, actor, keyId: '', modelIds: [] }
  const key = await scope.tx((tx) => tx.apiKey.findFirst({ where: { workspaceId, id: actor.id } }))
  if (!key || key.revokedAt) return { problem: 'The API key that started this run was revoked.' }
  if (key.expiresAt && key.expiresAt <= scope.now())
    return { problem: 'The API key that started this run has expired.' }
  return { workspaceId, actor, keyId: key.id, modelIds: key.modelIds }
}

/** What one call of each kind is expected to cost, as long as none was made. */
function expectedCosts(run: RunRowOf): Map<string, bigint> {
  const { parts } = run.estimate as RunEstimate
  const { candidates, evaluators } = readPinned(run)
  const judges = evaluators.flatMap(({ config }, index) => ('model' in config ? [`e${index}`] : []))
  const keys = [...candidates.map((_, index) => `c${index}`), ...judges]
  return new Map(
    keys.flatMap((key, index): [string, bigint][] => {
      const part = parts[index]
      return part?.cost && part.calls > 0 ? [[key, BigInt(part.cost.nanoUsd) / BigInt(part.calls)]] : []
    }),
  )
}

/** The ledger's writer is a moment behind the calls. */
async function untilRecorded(scope: Scope, run: RunRowOf, books: Books, nowMs: () => number): Promise<void> {
  const untilMs = nowMs() + recordedWithinMs
  while (nowMs() < untilMs && !(await areRecorded(scope, run, books.lastRequestIds)))
    await new Promise((resolve) => setTimeout(resolve, 100))
}
