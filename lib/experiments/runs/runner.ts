import type { Scope } from '#lib/tenancy/index.ts'
import { type CallResult, callModel } from '../call.ts'
import type { Caller } from '../caller.ts'
import { judgeByModel } from '../evaluators/by-model.ts'
import type { JudgeConfig, SimilarityConfig } from '../evaluators/config.ts'
import { compileFunction, type Evaluate } from '../evaluators/functions.ts'
import { failure, type Subject } from '../evaluators/score.ts'
import type { Books } from './books.ts'
import { composeCall, type RunRow } from './compose.ts'
import type { Halt } from './halt.ts'
import type { House } from './house.ts'
import { Lane } from './lane.ts'
import { outcomeOf } from './outcome.ts'
import { recordedCells } from './recorded.ts'
import { type CellAnswer, readAnswer } from './reply.ts'
import type { PinnedCandidate, PinnedSetup } from './setup.ts'
import { type AnsweredCell, countLeft, endOf, loadAnswered, loadWaiting, type ScoreResult } from './store.ts'
import { addressOf, type RunRowOf, readPinned } from './stored.ts'
import {
  type AnswerTask,
  failedCell,
  isJudge,
  type JudgedCell,
  laneKey,
  type ScoreTask,
  safely,
  subjectOf,
  type Task,
} from './tasks.ts'

const pageRows = 64
/** With more judgements waiting no answers are asked for. */
const judgementsMax = 500
const failuresMax = 20

/**
 * Executes what is left of a run that this process holds: each candidate's rows in their order, so many calls at once to
 * each model, and each answer judged as soon as it is there. Resolves when nothing is left or `halt` says so, with every
 * call under way finished and written.
 */
export class Runner {
  readonly #house: House
  readonly #scope: Scope
  readonly #run: RunRowOf
  readonly #setup: PinnedSetup
  readonly #caller: Caller
  readonly #halt: Halt
  readonly #books: Books
  readonly #lanes = new Map<string, Lane<Task>>()
  readonly #functions: { evaluator: number; evaluate: Evaluate }[] = []
  readonly #judges: { evaluator: number; config: JudgeConfig | SimilarityConfig }[] = []
  /** By candidate: the position that was read last; null: all of them. */
  readonly #read = new Map<number, number | null>()
  readonly #loading = new Set<number>()
  #wake: () => void = () => undefined

  constructor(house: House, scope: Scope, run: RunRowOf, caller: Caller, halt: Halt, books: Books) {
    this.#house = house
    this.#scope = scope
    this.#run = run
    this.#setup = readPinned(run)
    this.#caller = caller
    this.#halt = halt
    this.#books = books
    for (const [evaluator, { config }] of this.#setup.evaluators.entries()) {
      if (isJudge(config)) this.#judges.push({ evaluator, config })
      else this.#functions.push({ evaluator, evaluate: compileFunction(config) })
    }
  }

  async run(): Promise<void> {
    this.#halt.onHalt(() => {
      for (const lane of this.#lanes.values()) lane.halt()
      this.#wake()
    })
    // Once more where cells came back meanwhile: failed ones that somebody retries.
    do await this.#pass()
    while (!this.#halt.reason && (await countLeft(this.#scope, this.#run.id)) > 0)
    await this.#books.close()
  }

  async #pass(): Promise<void> {
    await this.#takeUpJudging()
    for (const [index, candidate] of this.#setup.candidates.entries()) {
      if (candidate.kind === 'recorded') await this.#takeRecorded(index, candidate.column)
      else {
        this.#read.set(index, 0)
        void this.#load(index)
      }
    }
    while (!this.#isDone()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    await this.#books.flush()
  }

  #isDone(): boolean {
    const lanes = [...this.#lanes.values()]
    if (this.#halt.reason) return lanes.every((lane) => lane.active === 0) && this.#loading.size === 0
    return (
      lanes.every((lane) => lane.active === 0 && lane.waiting === 0) &&
      this.#loading.size === 0 &&
      [...this.#read.values()].every((at) => at === null)
    )
  }

  /** Answers that were not judged to the end before. */
  async #takeUpJudging(): Promise<void> {
    let after = { candidate: -1, position: 0 }
    while (!this.#halt.reason) {
      const cells = await loadAnswered(this.#scope, this.#run, after, pageRows)
      for (const cell of cells) this.#judge(cell.candidate, cell.row, subjectOf(cell.row, cell.answer, cell), cell)
      const last = cells.at(-1)
      if (!last || cells.length < pageRows) return
      after = { candidate: last.candidate, position: last.row.position }
      await this.#untilJudged()
    }
  }

  /** Keeps the judgements in memory few. */
  async #untilJudged(): Promise<void> {
    while (!this.#halt.reason && this.#judgements() > judgementsMax)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
  }

  #judgements(): number {
    let waiting = 0
    for (const key of new Set(this.#judges.map(({ config }) => config.model)))
      waiting += this.#lanes.get(`model ${key}`)?.waiting ?? 0
    return waiting
  }

  async #takeRecorded(candidate: number, column: string | null): Promise<void> {
    for (let after = 0; !this.#halt.reason; ) {
      const page = await loadWaiting(this.#scope, this.#run, candidate, after, pageRows)
      const cells = await recordedCells(this.#scope, page, column)
      for (const { row, answer, ...facts } of cells) {
        if (answer) this.#answered({ ...facts, candidate, row, answer })
        else
          this.#books.add(
            failedCell({ candidate, row, tries: 0 }, 'nothing_recorded', 'Nothing is recorded for this row.'),
          )
      }
      const last = page.at(-1)
      if (!last) return
      after = last.row.position
      await this.#untilJudged()
      await this.#books.room()
    }
  }

  #laneOf(key: string): Lane<Task> {
    let lane = this.#lanes.get(key)
    if (!lane) {
      lane = new Lane<Task>(
        this.#run.concurrency,
        (task, own) => this.#perform(task, own),
        () => {
          for (const index of this.#read.keys()) void this.#load(index)
          this.#wake()
        },
      )
      this.#lanes.set(key, lane)
      if (this.#halt.reason) lane.halt()
    }
    return lane
  }

  /** Brings the next rows of a candidate to its lane, where they are wanted. */
  async #load(index: number): Promise<void> {
    const after = this.#read.get(index)
    const candidate = this.#setup.candidates[index]!
    const lane = this.#laneOf(laneKey(candidate))
    if (after === null || after === undefined || this.#loading.has(index) || this.#halt.reason) return
    if (lane.waiting >= this.#run.concurrency || this.#judgements() > judgementsMax) return
    this.#loading.add(index)
    try {
      const page = await loadWaiting(this.#scope, this.#run, index, after, pageRows)
      this.#read.set(index, page.length < pageRows ? null : page.at(-1)!.row.position)
      for (const { row, tries } of page) lane.add({ kind: 'answer', candidate: index, row, tries }, { first: false })
    } catch (error) {
      this.#halt.fail(error)
    } finally {
      this.#loading.delete(index)
      this.#wake()
    }
  }

  async #perform(task: Task, lane: Lane<Task>): Promise<void> {
    try {
      const expected = this.#books.reserve(task.kind === 'answer' ? `c${task.candidate}` : `e${task.evaluator}`)
      if (!expected) {
        // It waits for whoever resumes the run.
        this.#halt.pause({ kind: 'cap', message: 'The run has reached its cap.' }, null)
        return
      }
      const result = task.kind === 'answer' ? await this.#ask(task, lane) : await this.#askJudge(task, lane)
      this.#books.release(expected, result)
      await this.#books.room()
    } catch (error) {
      this.#halt.fail(error)
    }
  }

  /** Asks a candidate. Returns what it cost. */
  async #ask(task: AnswerTask, lane: Lane<Task>): Promise<bigint | null> {
    const candidate = this.#setup.candidates[task.candidate] as Exclude<PinnedCandidate, { kind: 'recorded' }>
    const address = this.#addressOf(candidate)
    const composed = composeCall(candidate, task.row, address)
    if ('problem' in composed) {
      this.#books.add(failedCell(task, 'nothing_to_send', composed.problem))
      return null
    }
    const result = await callModel(this.#house, {
      ...this.#caller,
      ...composed,
      source: 'experiment',
      thread: this.#run.id,
      name: `${task.candidate}/${task.row.rowId}`,
      signal: this.#halt.signal,
    })
    // Nobody knows what became of it: it is made once more.
    if (this.#halt.signal.aborted) return null
    task.tries += result.attempts > 0 ? 1 : 0
    if (!this.#goesOn(task, lane, result)) return result.costNanoUsd
    const { requestId, status, costNanoUsd, latencyMs, firstTokenMs } = result
    const facts = { tries: task.tries, requestId, status, costNanoUsd, latencyMs: Math.round(latencyMs), firstTokenMs }
    const read = result.code === '' ? readAnswer(result.body) : null
    if (read) this.#answered({ ...facts, ...read, candidate: task.candidate, row: task.row })
    else {
      const [code, message] =
        result.code === '' ? ['unreadable', 'The answer cannot be read.'] : [result.code, result.message]
      this.#books.add({ ...failedCell(task, code, message), ...facts })
    }
    return costNanoUsd
  }

  #addressOf(candidate: PinnedCandidate): string {
    if (candidate.kind !== 'model') return addressOf(candidate)
    // Its slug may be another one by now.
    return this.#house.findModel(this.#run.workspaceId, candidate.model)?.slug ?? candidate.slug
  }

  #answered(given: {
    candidate: number
    row: RunRow
    answer: CellAnswer
    finishReason: string
    inputTokens: number | null
    outputTokens: number | null
    tries: number
    requestId: string
    status: number
    costNanoUsd: bigint | null
    latencyMs: number | null
    firstTokenMs: number | null
  }): void {
    const { row, ...facts } = given
    const { candidate, answer } = facts
    const subject = subjectOf(row, answer, given)
    const scores: ScoreResult[] = this.#functions.map(({ evaluator, evaluate }) => ({
      evaluator,
      state: 'done',
      score: safely(evaluate, subject),
      requestIds: [],
      costNanoUsd: null,
    }))
    for (const { evaluator } of this.#judges)
      scores.push({ evaluator, state: 'waiting', score: null, requestIds: [], costNanoUsd: null })
    const state = this.#judges.length > 0 ? 'answered' : 'done'
    this.#books.add({ ...facts, rowId: row.rowId, state, errorCode: '', errorMessage: '', scores })
    const waiting = this.#judges.map(({ evaluator }) => evaluator)
    if (waiting.length > 0) this.#judge(candidate, row, subject, { waiting, failed: false })
  }

  #judge(
    candidate: number,
    row: RunRow,
    subject: Subject,
    { waiting, failed }: Pick<AnsweredCell, 'waiting' | 'failed'>,
  ): void {
    const cell: JudgedCell = {
      candidate,
      rowId: row.rowId,
      subject,
      left: waiting.length,
      problem: failed ? 'A judgement failed.' : '',
    }
    if (waiting.length === 0) this.#books.end(candidate, row.rowId, cell.problem)
    for (const evaluator of waiting) {
      const judge = this.#judges.find((each) => each.evaluator === evaluator)
      if (judge) this.#laneOf(`model ${judge.config.model}`).add({ kind: 'score', evaluator, cell }, { first: true })
    }
  }

  /** Asks a judge. Returns what it cost. */
  async #askJudge(task: ScoreTask, lane: Lane<Task>): Promise<bigint | null> {
    const { cell, evaluator } = task
    const { config } = this.#judges.find((each) => each.evaluator === evaluator)!
    const judged = await judgeByModel(
      this.#house,
      {
        ...this.#caller,
        source: 'judge',
        thread: this.#run.id,
        name: `${cell.candidate}/${cell.rowId}/${evaluator}`,
        signal: this.#halt.signal,
      },
      config,
      cell.subject,
    )
    if (this.#halt.signal.aborted) return null
    const cost = judged.calls.reduce((sum, each) => sum + (each.costNanoUsd ?? 0n), 0n)
    if ('failed' in judged && !this.#goesOn(task, lane, judged.failed)) return cost
    lane.failures = 'failed' in judged ? lane.failures : 0
    const score = 'score' in judged ? judged.score : failure(judged.failed.message)
    const isFailed = score.error !== null
    if (isFailed) cell.problem ||= `${this.#setup.evaluators[evaluator]!.name}: ${score.error}`
    cell.left--
    this.#books.addJudged({
      candidate: cell.candidate,
      rowId: cell.rowId,
      evaluator,
      state: isFailed ? 'failed' : 'done',
      score,
      requestIds: judged.calls.filter(({ attempts }) => attempts > 0).map(({ requestId }) => requestId),
      costNanoUsd: judged.calls.some(({ costNanoUsd }) => costNanoUsd !== null) ? cost : null,
      cell: cell.left === 0 ? endOf(cell.problem) : null,
    })
    return cost
  }

  /** False where the call says nothing of its cell: it is made later, or the run pauses. */
  #goesOn(task: Task, lane: Lane<Task>, result: CallResult): boolean {
    const outcome = outcomeOf(result)
    if (outcome.kind === 'wait') {
      lane.rest(task, outcome.forMs)
      return false
    }
    if (outcome.kind === 'pause') {
      this.#halt.pause(outcome.reason, outcome.forMs)
      return false
    }
    lane.failures = outcome.kind === 'failed' && outcome.blame === 'server' ? lane.failures + 1 : 0
    if (lane.failures >= failuresMax)
      this.#halt.pause(
        { kind: 'failing', message: `${failuresMax} calls in a row failed. The last one: ${result.message}` },
        null,
      )
    return true
  }
}
