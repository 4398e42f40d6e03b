import type { Clock } from '#lib/core/clock.ts'
import { AppError, notFound } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import { toMoneyView } from '#lib/core/money.ts'
import type { Logger } from '#lib/platform/logger.ts'
import type { SecretBox } from '#lib/platform/secret-box.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import type { ModelDraft } from '../form/draft.ts'
import type { CheckView, ValidationEvent, ValidationStatus, ValidationView } from '../views.ts'
import { hashDraft } from './draft-hash.ts'
import type { Findings } from './findings.ts'
import { priceOf } from './proof.ts'
import { createRow, finishRow, type RunSubject, readRow, updateRow } from './rows.ts'
import type { Validator } from './validator.ts'

/** One validation while it runs in this process, and for ten minutes after. */
export interface Run {
  id: string
  workspaceId: string
  actorId: string
  draftHash: string
  subject: RunSubject
  findings: Findings
  status: ValidationStatus
  startedAtMs: number
  finishedAtMs: number | null
  /** Resolves when it is over; its rows are written. */
  done: Promise<void>
  /** Resolves as soon as the model may be saved, or when it is over. */
  decided: Promise<void>
}

interface LiveRun extends Run {
  events: ValidationEvent[]
  waiters: Set<() => void>
  abort: AbortController
  startedBy: string
}

export interface Runs {
  start(
    scope: Scope,
    draft: ModelDraft,
    options: { modelId?: string; priceId?: string | null; requiredOnly?: boolean },
  ): Promise<Run>
  find(scope: Scope, id: string): Run | undefined
  /** All events after `afterSeq`, then those to come, until the last. Also for a run of another process: then by polling. */
  events(scope: Scope, id: string, afterSeq?: number, signal?: AbortSignal): AsyncGenerator<ValidationEvent>
  cancel(scope: Scope, id: string): Promise<void>
  /** Running validations of the workspace in this process. */
  running(scope: Scope): Run[]
  close(): Promise<void>
}

const keptMs = 10 * 60_000
const runsMax = 500
const runningPerActorMax = 4
const startsPerActorMax = 30
const startsWindowMs = 60_000
const pollMs = 1_000

interface Deps {
  validator: Validator
  secrets: Pick<SecretBox, 'keyedHash'>
  clock: Clock
  logger: Pick<Logger, 'error'>
}

/** Validations as rows with a stream of events. The secret of a draft stays in the memory of this process. */
export function createRuns({ validator, secrets, clock, logger }: Deps): Runs {
  const live = new Map<string, LiveRun>()
  const starts = new Map<string, number[]>()

  function requireRoom(actorId: string): void {
    const now = clock.monotonicMs()
    const recent = (starts.get(actorId) ?? []).filter((at) => now - at < startsWindowMs)
    const active = [...live.values()].filter((run) => run.actorId === actorId && run.status === 'running').length
    if (recent.length >= startsPerActorMax || active >= runningPerActorMax) {
      const waitMs = active >= runningPerActorMax ? 5_000 : startsWindowMs - (now - recent[0]!)
      throw new AppError({
        kind: 'limit_exceeded',
        code: 'validation_rate_limit',
        message: `That is too many validations at once. Try again in ${Math.ceil(waitMs / 1_000)} s.`,
        retryAfterMs: waitMs,
      })
    }
    starts.set(actorId, [...recent, now])
    if (starts.size > 10_000)
      for (const [id, times] of starts) if (now - (times.at(-1) ?? 0) > startsWindowMs) starts.delete(id)
  }

  function forgetOld(): void {
    const now = clock.nowMs()
    for (const run of live.values()) {
      if (run.finishedAtMs !== null && (now - run.finishedAtMs > keptMs || live.size > runsMax)) live.delete(run.id)
    }
  }

  async function start(
    scope: Scope,
    draft: ModelDraft,
    options: { modelId?: string; priceId?: string | null; requiredOnly?: boolean },
  ): Promise<Run> {
    requireRoom(scope.actor.id)
    forgetOld()
    const startedAtMs = clock.nowMs()
    const subject: RunSubject = {
      type: draft.type,
      name: draft.name,
      baseUrl: draft.baseUrl,
      modelId: draft.modelId,
      reservedModelId: options.modelId ?? newId('mdl', startedAtMs),
      reservedPriceId: options.priceId === undefined ? newId('prc', startedAtMs) : options.priceId,
      prices: [draft.inputPrice, draft.outputPrice, draft.cachedInputPrice, draft.imagePrice],
    }
    const price = priceOf(subject)
    const abort = new AbortController()
    const run: LiveRun = {
      id: newId('val', startedAtMs),
      workspaceId: scope.workspaceId,
      actorId: scope.actor.id,
      startedBy: scope.actor.label,
      draftHash: hashDraft(draft, secrets),
      subject,
      findings: validator.prepare({ draft, price }),
      status: 'running',
      startedAtMs,
      finishedAtMs: null,
      done: Promise.resolve(),
      decided: Promise.resolve(),
      events: [],
      waiters: new Set(),
      abort,
    }
    // Counted from now on, so that starts of one moment do not pass the limit together.
    live.set(run.id, run)
    try {
      await createRow(scope, run, options.modelId)
    } catch (error) {
      live.delete(run.id)
      throw error
    }
    emit(run, { type: 'started', validation: toLiveView(run) })
    let decide: () => void = () => undefined
    run.decided = new Promise((resolve) => {
      decide = resolve
    })
    let writtenAsSavable = false
    const report = (check: CheckView | null) => {
      if (check) emit(run, { type: 'check', check: structuredClone(check) })
      else
        emit(run, {
          type: 'progress',
          calls: run.findings.calls,
          cost: toMoneyView(run.findings.costNanoUsd),
          savable: run.findings.savable,
        })
      if (run.findings.savable && !writtenAsSavable) {
        writtenAsSavable = true
        void updateRow(scope, run).catch((error: unknown) =>
          logger.error({ err: error }, 'validation: row not written'),
        )
        decide()
      }
    }
    run.done = validator
      .run(
        {
          draft,
          workspaceId: scope.workspaceId,
          modelId: subject.reservedModelId,
          actor: scope.actor,
          operator: scope.operator,
          price,
          signal: abort.signal,
          ...(options.requiredOnly && { requiredOnly: true }),
        },
        run.findings,
        report,
      )
      .then(
        (passed): ValidationStatus => (passed ? 'passed' : abort.signal.aborted ? 'cancelled' : 'failed'),
        (error: unknown): ValidationStatus => {
          logger.error({ err: error, validation: run.id }, 'validation: broke off')
          closeOpenChecks(run.findings, report)
          return 'failed'
        },
      )
      .then(async (status) => {
        run.status = status
        run.finishedAtMs = clock.nowMs()
        await finishRow(scope, run).catch((error: unknown) =>
          logger.error({ err: error }, 'validation: row not written'),
        )
        emit(run, { type: 'finished', validation: toLiveView(run) })
        decide()
      })
    return run
  }

  function emit(
    run: LiveRun,
    event: ValidationEvent extends infer Event ? (Event extends unknown ? Omit<Event, 'seq'> : never) : never,
  ): void {
    run.events.push({ ...event, seq: run.events.length + 1 } as ValidationEvent)
    for (const wake of [...run.waiters]) wake()
    run.waiters.clear()
  }

  function findLive(scope: Scope, id: string): LiveRun | undefined {
    const run = live.get(id)
    return run?.workspaceId === scope.workspaceId ? run : undefined
  }

  async function* events(
    scope: Scope,
    id: string,
    afterSeq = 0,
    signal?: AbortSignal,
  ): AsyncGenerator<ValidationEvent> {
    const run = findLive(scope, id)
    if (!run) return yield* pollEvents(scope, id, clock, signal)
    for (let next = Math.max(0, Math.min(afterSeq, run.events.length)); ; ) {
      while (next < run.events.length) {
        const event = run.events[next++]!
        yield event
        if (event.type === 'finished') return
      }
      if (signal?.aborted) return
      await new Promise<void>((resolve) => {
        run.waiters.add(resolve)
        signal?.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }

  return {
    start,
    find: findLive,
    events,
    async cancel(scope, id) {
      const run = findLive(scope, id)
      if (!run) {
        if (!(await readRow(scope, id, clock))) throw notFound('Validation')
        return
      }
      run.abort.abort()
      await run.done
    },
    running: (scope) =>
      [...live.values()].filter((run) => run.workspaceId === scope.workspaceId && run.status === 'running'),
    async close() {
      for (const run of live.values()) run.abort.abort()
      await Promise.all([...live.values()].map((run) => run.done))
    },
  }
}

/** A run of another process has no events here: its row is read until it is over. */
async function* pollEvents(
  scope: Scope,
  id: string,
  clock: Clock,
  signal?: AbortSignal,
): AsyncGenerator<ValidationEvent> {
  for (let seq = 1; ; seq++) {
    const view = await readRow(scope, id, clock)
    if (!view) throw notFound('Validation')
    if (view.status !== 'running') return yield { seq, type: 'finished', validation: view }
    if (seq === 1) yield { seq, type: 'started', validation: view }
    if (signal?.aborted) return
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
}

/** Our own fault, not the server's: no row is left spinning. */
function closeOpenChecks(findings: Findings, report: (check: CheckView) => void): void {
  for (const check of findings.checks) {
    if (check.state !== 'running' && check.state !== 'waiting') continue
    const broken = check.state === 'running'
    check.state = broken && check.required ? 'failed' : 'skipped'
    check.summary = broken ? 'Patchbay failed here. Try again.' : 'Not run'
    report(check)
  }
}

function toLiveView(run: LiveRun): ValidationView {
  const { findings, subject } = run
  return structuredClone({
    id: run.id,
    status: run.status,
    savable: findings.savable,
    modelId: null,
    subject: { type: subject.type, name: subject.name, baseUrl: subject.baseUrl, modelId: subject.modelId },
    checks: findings.checks,
    capabilities: findings.card,
    profile: findings.profile,
    offered: findings.offered,
    baseUrl: findings.baseUrl,
    limits: findings.limits,
    calls: findings.calls,
    cost: toMoneyView(findings.costNanoUsd),
    startedAt: new Date(run.startedAtMs).toISOString(),
    finishedAt: run.finishedAtMs === null ? null : new Date(run.finishedAtMs).toISOString(),
    startedBy: run.startedBy,
  })
}
