import type { Clock } from '#lib/core/clock.ts'
import type { Source } from '#lib/metering/schema.ts'
import type { ModelEntry } from '#lib/models/schema.ts'
import { Breaker } from './breaker.ts'

/** A model that calls are kept away from because it failed again and again; or, `openForMs` 0, no more. */
export interface BreakerReport {
  workspaceId: string
  modelId: string
  openForMs: number
}

/** What this process has under way with one model, for one kind of traffic. */
export interface Line {
  /** Calls in flight, those that wait for a retry included. */
  calls: number
  /** Of them, those that wait for a retry or are one. */
  retries: number
  /** Retries that may still be made: every call brings a fifth of one. */
  credit: number
  /** Monotonic; when credit was last given for time that passed. */
  creditedMs: number
  /** What calls have brought since then. */
  brought: number
  readonly breaker: Breaker
  /** Traffic of our own: it respects the breaker and does not move it. */
  readonly isBackground: boolean
}

export interface LinesPorts {
  clock: Clock
  /** Puts it where people see it. Off the calls' path. */
  report(report: BreakerReport): Promise<void>
  logger: { error(details: object, message: string): void }
}

/** Calls that nobody waits for at a screen or a client: they must neither starve callers nor judge for them. */
const background: ReadonlySet<Source> = new Set(['validation', 'drift', 'experiment', 'judge'])
const backgroundCallsMax = 32
const retryShare = 0.2
const retriesMin = 3
/** Until a model that is called now and then has all of these again. */
const creditEveryMs = 10_000
const linesMax = 20_000

/** The lines to all models, in memory; kept in each process by itself. */
export class Lines {
  readonly #ports: LinesPorts
  readonly #callers = new Map<string, Line>()
  readonly #background = new Map<string, Line>()

  constructor(ports: LinesPorts) {
    this.#ports = ports
  }

  of(entry: Pick<ModelEntry, 'id'>, source: Source): Line {
    const own = this.#callers.get(entry.id) ?? this.#open(this.#callers, entry.id, new Breaker(), false)
    if (!background.has(source)) return own
    return this.#background.get(entry.id) ?? this.#open(this.#background, entry.id, own.breaker, true)
  }

  /** The server answered, whatever it said. */
  worked(entry: Pick<ModelEntry, 'id' | 'workspaceId'>, line: Line): void {
    if (!line.isBackground && line.breaker.worked()) this.#tell(entry, 0)
  }

  /** The server did not answer, or only that it cannot. */
  failed(entry: Pick<ModelEntry, 'id' | 'workspaceId'>, line: Line): void {
    if (line.isBackground) return
    const openForMs = line.breaker.failed(this.#ports.clock.monotonicMs())
    if (openForMs > 0) this.#tell(entry, openForMs)
  }

  #open(lines: Map<string, Line>, id: string, breaker: Breaker, isBackground: boolean): Line {
    if (lines.size >= linesMax)
      for (const [key, line] of lines) if (line.calls === 0 && !line.breaker.isOpen) lines.delete(key)
    const line: Line = { calls: 0, retries: 0, credit: retriesMin, creditedMs: 0, brought: 0, breaker, isBackground }
    lines.set(id, line)
    return line
  }

  #tell({ id: modelId, workspaceId }: Pick<ModelEntry, 'id' | 'workspaceId'>, openForMs: number): void {
    this.#ports.report({ workspaceId, modelId, openForMs }).catch((error: unknown) => {
      this.#ports.logger.error({ err: error, modelId }, 'The state of a breaker could not be reported.')
    })
  }
}

/** A call goes to this model. */
export function enterLine(line: Line): void {
  line.calls++
  line.credit = Math.min(line.credit + retryShare, retriesMin + retryShare * line.calls)
  line.brought += retryShare
  line.breaker.entered()
}

/**
 * Retries are 20 % of what is in flight, at least 3, and of any flood 20 % of its calls and 3: a server in trouble is not
 * buried under them, however fast it fails. Time gives credit where calls brought less.
 */
export function mayRetry(line: Line, nowMs: number): boolean {
  const earned = ((nowMs - line.creditedMs) / creditEveryMs) * retriesMin - line.brought
  if (earned > 0 && line.credit < retriesMin) line.credit = Math.min(line.credit + earned, retriesMin)
  line.creditedMs = nowMs
  line.brought = 0
  return line.credit >= 1 && line.retries < Math.max(retriesMin, Math.floor(line.calls * retryShare))
}

/** A retry waits or is under way from now on. */
export function startRetry(line: Line): void {
  line.retries++
  line.credit--
}

/** True where traffic of our own would take more of a model than its share. */
export function isCrowded(line: Line): boolean {
  return line.isBackground && line.calls >= backgroundCallsMax
}
