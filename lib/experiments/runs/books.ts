import type { Scope } from '#lib/tenancy/index.ts'
import type { Halt } from './halt.ts'
import { type CellResult, endOf, type JudgedResult, LeaseLost, writeResults } from './store.ts'

const everyMs = 100
const writtenAtOnce = 200
const bytesAtOnce = 4_000_000
/** With more of them unwritten, calls wait. */
const unwrittenMax = 1_000
const paceOverMs = 10_000

/** A share of the cap that a call under way may cost. */
export interface Reservation {
  key: string
  nanoUsd: bigint
}

/** What a run has finished and not written yet, what it has spent, and how fast it goes. */
export class Books {
  readonly #scope: Scope
  readonly #run: { id: string; holder: string }
  readonly #halt: Halt
  readonly #nowMs: () => number
  capNanoUsd: bigint | null
  #spent: bigint
  #reserved = 0n
  /** By kind of call: what calls cost so far, on average. */
  readonly #costs = new Map<string, { sum: bigint; count: bigint }>()
  #cells: CellResult[] = []
  #judged: JudgedResult[] = []
  #bytes = 0
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> | undefined
  #finished: number[] = []
  readonly #requestIds: string[] = []

  constructor(
    scope: Scope,
    run: { id: string; holder: string; spent: bigint; cap: bigint | null; expected: ReadonlyMap<string, bigint> },
    halt: Halt,
    nowMs: () => number,
  ) {
    this.#scope = scope
    this.#run = run
    this.#halt = halt
    this.#nowMs = nowMs
    this.#spent = run.spent
    this.capNanoUsd = run.cap
    for (const [key, sum] of run.expected) this.#costs.set(key, { sum, count: 1n })
  }

  /** The last calls, which the ledger may not have yet. */
  get lastRequestIds(): readonly string[] {
    return this.#requestIds
  }

  /** Null where a call of this kind could lead above the cap. */
  reserve(key: string): Reservation | null {
    const known = this.#costs.get(key)
    const nanoUsd = known ? known.sum / known.count : 0n
    if (this.capNanoUsd !== null && this.#spent + this.#reserved + nanoUsd > this.capNanoUsd) return null
    this.#reserved += nanoUsd
    return { key, nanoUsd }
  }

  release({ key, nanoUsd }: Reservation, cost: bigint | null): void {
    this.#reserved -= nanoUsd
    if (cost === null) return
    this.#spent += cost
    const known = this.#costs.get(key) ?? { sum: 0n, count: 0n }
    this.#costs.set(key, { sum: known.sum + cost, count: known.count + 1n })
  }

  add(cell: CellResult): void {
    this.#cells.push(cell)
    this.#bytes += (cell.answer?.text.length ?? 0) + 500
    if (cell.requestId !== '') this.#note([cell.requestId])
    if (cell.state !== 'answered') this.#finished.push(this.#nowMs())
    this.#schedule()
  }

  addJudged(judged: JudgedResult): void {
    this.#judged.push(judged)
    this.#bytes += 1_000
    this.#note(judged.requestIds)
    if (judged.cell) this.#finished.push(this.#nowMs())
    this.#schedule()
  }

  /** A cell that has no judgement left to wait for. */
  end(candidate: number, rowId: string, problem: string): void {
    const none = { evaluator: -1, state: 'done' as const, score: null, requestIds: [], costNanoUsd: null }
    this.addJudged({ candidate, rowId, ...none, cell: endOf(problem) })
  }

  #note(requestIds: readonly string[]): void {
    this.#requestIds.push(...requestIds)
    if (this.#requestIds.length > 200) this.#requestIds.splice(0, this.#requestIds.length - 100)
  }

  /** Cells finished a second, lately. */
  pace(): number {
    const now = this.#nowMs()
    this.#finished = this.#finished.filter((at) => now - at < paceOverMs)
    const [first] = this.#finished
    if (first === undefined) return 0
    return (this.#finished.length * 1_000) / Math.max(1_000, Math.min(paceOverMs, now - first))
  }

  /** Resolves when there is room for more. */
  async room(): Promise<void> {
    if (this.#cells.length + this.#judged.length > unwrittenMax) await this.flush()
  }

  /** Resolves when everything is written. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    while (this.#writing || this.#cells.length + this.#judged.length > 0) await (this.#writing ?? this.#write())
  }

  async close(): Promise<void> {
    // What is held by another process by now is not ours to write.
    if (this.#halt.reason?.kind === 'lost') clearTimeout(this.#timer)
    else await this.flush()
  }

  #schedule(): void {
    const isMuch = this.#cells.length + this.#judged.length >= writtenAtOnce || this.#bytes >= bytesAtOnce
    if (this.#writing) return
    if (isMuch) void this.#write()
    else this.#timer ??= setTimeout(() => void this.#write(), everyMs)
  }

  #write(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const cells = this.#cells
    const judged = this.#judged
    this.#cells = []
    this.#judged = []
    this.#bytes = 0
    this.#writing = writeResults(this.#scope, this.#run, cells, judged)
      .catch((error: unknown) => {
        if (error instanceof LeaseLost) this.#halt.stop({ kind: 'lost' }, { abort: true })
        else this.#halt.fail(error)
      })
      .finally(() => {
        this.#writing = undefined
        if (this.#cells.length + this.#judged.length > 0) this.#schedule()
      })
    return this.#writing
  }
}
