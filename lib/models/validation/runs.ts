import type { Clock } from '#lib/core/clock.ts'
import { AppError, notFound } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import { toMoneyView } from '#lib/core/money.ts'
import type { Logger } from '#lib/platform/logger.ts'
import type { SecretBox } from '#lib/platform/secret-box.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import type { ModelDraft } from '../form/draft.ts'
import type { CheckView, ValidationEvent, ValidationReason, ValidationStatus, ValidationView } from '../views.ts'
import { hashDraft } from './draft-hash.ts'
import type { Findings } from './findings.ts'
import { pollEvents } from './poll.ts'
import { priceOf } from './proof.ts'
import {
  closeRow,
  createRow,
  finishRow,
  handRowOver,
  type RunFacts,
  type RunSubject,
  readRow,
  updateRow,
} from './rows.ts'
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
  reason: ValidationReason
  startedBy: string
  /** Resolves when it is over; its rows are written. */
  done: Promise<void>
  /** Resolves as soon as the model may be saved, or when it is over. */
  decided: Promise<void>
  /** Somebody stopped it: what it did not find out is no finding. */
  isCancelled(): boolean
}

interface LiveRun extends Run {
  events: ValidationEvent[]
  waiters: Set<() => void>
  abort: AbortController
  /** The worker goes on with it: nothing of this process is written any more. */
  handedOver: boolean
  /** Another process began it. */
  resumed: boolean
  written: Promise<void>
}

export interface StartOptions {
  modelId?: string
  priceId?: string | null
  requiredOnly?: boolean
  /** `form` for a new draft, `edit` for a model that stands, unless told otherwise. */
  reason?: ValidationReason
  /** The command bounds how many it starts: they are not counted for the person. */
  bounded?: boolean
  /** Who asked, where the worker runs it for somebody. */
  startedBy?: string
}

export interface Runs {
  start(scope: Scope, draft: ModelDraft, options: StartOptions): Promise<Run>
  /** Goes on with what another process handed over; what it has decided stands. */
  resume(scope: Scope, draft: ModelDraft, paused: RunFacts): Run
  /**
   * Hands what is undecided to another process, in the transaction that tells it so. Call what is returned once that has
   * committed: it ends the probes of this process. A run that is over is left as it is: null.
   */
  handOver(tx: Tx, scope: Scope, run: Run): Promise<(() => void) | null>
  /** Ends the probes of a resumed run and leaves its row for whoever resumes it next. */
  pause(run: Run): Promise<void>
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
/** Rows of a run that others follow by reading are written at most so often. */
const writeEveryMs = 500

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

  async function start(scope: Scope, draft: ModelDraft, options: StartOptions): Promise<Run> {
    if (!options.bounded) requireRoom(scope.actor.id)
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
      imageConsent: draft.imageConsent,
    }
    const run = newRun({
      id: newId('val', startedAtMs),
      workspaceId: scope.workspaceId,
      actorId: scope.actor.id,
      startedBy: options.startedBy ?? scope.actor.label,
      draftHash: hashDraft(draft, secrets),
      subject,
      findings: validator.prepare({ draft, price: priceOf(subject) }),
      startedAtMs,
      reason: options.reason ?? (options.modelId ? 'edit' : 'form'),
    })
    // Counted from now on, so that starts of one moment do not pass the limit together.
    live.set(run.id, run)
    try {
      await createRow(scope, run, options.modelId)
    } catch (error) {
      live.delete(run.id)
      throw error
    }
    execute(scope, draft, run, { requiredOnly: options.requiredOnly })
    return run
  }

  function resume(scope: Scope, draft: ModelDraft, paused: RunFacts): Run {
    forgetOld()
    const run = newRun({ ...paused, draftHash: hashDraft(draft, secrets), resumed: true })
    live.set(run.id, run)
    execute(scope, draft, run, { resumed: true })
    return run
  }

  function execute(
    scope: Scope,
    draft: ModelDraft,
    run: LiveRun,
    how: { requiredOnly?: boolean | undefined; resumed?: boolean },
  ): void {
    const { subject } = run
    emit(run, { type: 'started', validation: toLiveView(run) })
    let decide: () => void = () => undefined
    run.decided = new Promise((resolve) => {
      decide = resolve
    })
    if (how.resumed) decide()
    const write = (work: () => Promise<void>) => {
      run.written = run.written
        .then(() => (run.handedOver ? undefined : work()))
        .catch((error: unknown) => logger.error({ err: error, validationId: run.id }, 'validation: row not written'))
    }
    let writtenAsSavable = false
    let lastWrittenMs = Number.NEGATIVE_INFINITY
    const report = (check: CheckView | null) => {
      if (check) emit(run, { type: 'check', check: structuredClone(check) })
      else
        emit(run, {
          type: 'progress',
          calls: run.findings.calls,
          cost: toMoneyView(run.findings.costNanoUsd),
          savable: run.findings.savable,
        })
      // Whoever follows a resumed run does so by its row.
      if (how.resumed && clock.monotonicMs() - lastWrittenMs >= writeEveryMs) {
        lastWrittenMs = clock.monotonicMs()
        // Somebody else ended it meanwhile.
        write(async () => void ((await updateRow(scope, run)) || run.abort.abort()))
      }
      if (run.findings.savable && !writtenAsSavable) {
        writtenAsSavable = true
        if (!how.resumed) write(async () => void (await updateRow(scope, run)))
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
          price: priceOf(subject),
          signal: run.abort.signal,
          ...(how.requiredOnly && { requiredOnly: true }),
          ...(how.resumed && { resumed: true }),
        },
        run.findings,
        report,
      )
      .then(
        (passed): ValidationStatus => (passed ? 'passed' : run.abort.signal.aborted ? 'cancelled' : 'failed'),
        (error: unknown): ValidationStatus => {
          logger.error({ err: error, validationId: run.id }, 'validation: broke off')
          closeOpenChecks(run.findings, report)
          return 'failed'
        },
      )
      .then(async (status) => {
        run.status = status
        run.finishedAtMs = clock.nowMs()
        write(() => finishRow(scope, run))
        await run.written
        if (!run.handedOver) emit(run, { type: 'finished', validation: toLiveView(run) })
        decide()
      })
  }

  function emit(
    run: LiveRun,
    event: ValidationEvent extends infer Event ? (Event extends unknown ? Omit<Event, 'seq'> : never) : never,
  ): void {
    if (run.handedOver) return
    run.events.push({ ...event, seq: run.events.length + 1 } as ValidationEvent)
    wake(run)
  }

  function wake(run: LiveRun): void {
    for (const resolve of [...run.waiters]) resolve()
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
    if (!run) return yield* pollEvents({ scope, id, clock, signal })
    for (let next = Math.max(0, Math.min(afterSeq, run.events.length)); ; ) {
      while (next < run.events.length) {
        const event = run.events[next++]!
        yield event
        if (event.type === 'finished') return
      }
      if (signal?.aborted) return
      if (run.handedOver) return yield* pollEvents({ scope, id, clock, signal, seenSeq: next, seen: toLiveView(run) })
      await new Promise<void>((resolve) => {
        run.waiters.add(resolve)
        signal?.addEventListener('abort', () => resolve(), { once: true })
      })
    }
  }

  return {
    start,
    resume,
    async handOver(tx, scope, given) {
      const run = findLive(scope, given.id)
      if (run?.status !== 'running') return null
      await handRowOver(tx, scope, run)
      return () => {
        run.handedOver = true
        run.abort.abort()
        wake(run)
      }
    },
    async pause({ id }) {
      const run = live.get(id)
      if (!run?.resumed) return
      run.handedOver = true
      run.abort.abort()
      wake(run)
      await run.done
    },
    find: (scope, id) => {
      const run = findLive(scope, id)
      return run?.handedOver ? undefined : run
    },
    events,
    async cancel(scope, id) {
      const run = findLive(scope, id)
      if (!run || run.handedOver) {
        if (!(await readRow(scope, id, clock))) throw notFound('Validation')
        return closeRow(scope, id)
      }
      run.abort.abort()
      await run.done
    },
    running: (scope) =>
      [...live.values()].filter(
        (run) => run.workspaceId === scope.workspaceId && run.status === 'running' && !run.handedOver,
      ),
    async close() {
      for (const run of live.values()) {
        // What was handed over goes on elsewhere, or after the restart.
        if (run.resumed) run.handedOver = true
        run.abort.abort()
      }
      await Promise.all([...live.values()].map((run) => run.done))
    },
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

function newRun(parts: RunFacts & { draftHash: string; resumed?: boolean }): LiveRun {
  const abort = new AbortController()
  return {
    resumed: false,
    ...parts,
    status: 'running',
    finishedAtMs: null,
    done: Promise.resolve(),
    decided: Promise.resolve(),
    events: [],
    waiters: new Set(),
    abort,
    isCancelled: () => abort.signal.aborted,
    handedOver: false,
    written: Promise.resolve(),
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
    reason: run.reason,
  })
}
