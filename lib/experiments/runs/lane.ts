/** Calls to one model, so many at once. Judgements come before answers: they finish what is begun. */
export class Lane<Task> {
  /** Calls in a row that failed for their server's sake. */
  failures = 0
  readonly #width: number
  readonly #perform: (task: Task, lane: Lane<Task>) => Promise<void>
  readonly #onFree: () => void
  readonly #first: Task[] = []
  readonly #rest: Task[] = []
  #active = 0
  #timer: NodeJS.Timeout | undefined
  #halted = false

  /** `onFree` is told whenever a task is over. */
  constructor(width: number, perform: (task: Task, lane: Lane<Task>) => Promise<void>, onFree: () => void) {
    this.#width = width
    this.#perform = perform
    this.#onFree = onFree
  }

  get active(): number {
    return this.#active
  }

  /** Tasks that wait. */
  get waiting(): number {
    return this.#first.length + this.#rest.length
  }

  add(task: Task, { first }: { first: boolean }): void {
    ;(first ? this.#first : this.#rest).push(task)
    this.#pump()
  }

  /** Puts a task back and rests for a while. */
  rest(task: Task, forMs: number): void {
    this.#first.unshift(task)
    clearTimeout(this.#timer)
    if (this.#halted) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#pump()
    }, forMs)
  }

  /** Begins nothing more. */
  halt(): void {
    this.#halted = true
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #pump(): void {
    while (!this.#halted && !this.#timer && this.#active < this.#width) {
      const task = this.#first.shift() ?? this.#rest.shift()
      if (task === undefined) break
      this.#active++
      void this.#perform(task, this).finally(() => {
        this.#active--
        this.#pump()
        this.#onFree()
      })
    }
  }
}
