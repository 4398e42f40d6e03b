import type { Buffer } from 'node:buffer'

type Result = IteratorResult<Buffer, undefined>

/**
 * Above this much unread the server is paused, below the other it goes on. With the reads that are on their way then, and
 * what a door has written and nobody took, it stays below 256 KB a stream.
 */
const pauseBytes = 64 * 1024
const resumeBytes = 32 * 1024

/** Between the socket and the reader of a stream: hands pieces over as they came, and says when to hold the socket. */
export class ChunkQueue implements AsyncIterableIterator<Buffer, undefined> {
  readonly #chunks: Buffer[] = []
  readonly #onRoom: () => void
  readonly #onLeave: () => void
  #bytes = 0
  #isFull = false
  #isOver = false
  #error: Error | null = null
  #waiting: { resolve: (result: Result) => void; reject: (error: Error) => void } | null = null

  constructor(onRoom: () => void, onLeave: () => void) {
    this.#onRoom = onRoom
    this.#onLeave = onLeave
  }

  /** False once the socket shall be paused. */
  push(chunk: Buffer): boolean {
    if (this.#waiting) {
      const { resolve } = this.#waiting
      this.#waiting = null
      resolve({ value: chunk, done: false })
      return true
    }
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes >= pauseBytes) this.#isFull = true
    return !this.#isFull
  }

  /** The end, after what is still unread. */
  finish(error: Error | null): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#error = error
    const waiting = this.#waiting
    this.#waiting = null
    if (!waiting) return
    if (error) waiting.reject(this.#takeError(error))
    else waiting.resolve({ value: undefined, done: true })
  }

  next(): Promise<Result> {
    const chunk = this.#chunks.shift()
    if (chunk) {
      this.#bytes -= chunk.length
      if (this.#isFull && this.#bytes <= resumeBytes) {
        this.#isFull = false
        if (!this.#isOver) this.#onRoom()
      }
      return Promise.resolve({ value: chunk, done: false })
    }
    if (this.#error) return Promise.reject(this.#takeError(this.#error))
    if (this.#isOver) return Promise.resolve({ value: undefined, done: true })
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
  }

  return(): Promise<Result> {
    this.#chunks.length = 0
    this.#bytes = 0
    this.#error = null
    if (!this.#isOver) {
      this.#onLeave()
      this.#isOver = true
      this.#error = null
    }
    return Promise.resolve({ value: undefined, done: true })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #takeError(error: Error): Error {
    this.#error = null
    return error
  }
}
