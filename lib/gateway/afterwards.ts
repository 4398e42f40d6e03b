import type { GiveFeedback } from '#lib/metering/index.ts'
import type { CallContext } from './call.ts'
import { seeReply } from './keep.ts'
import type { GatewayReply, PlanCheck, Seen } from './schema.ts'

/** Evaluators that look at calls at one time, and calls that wait for it, in a process. */
const atOnceMax = 8
const waitingMax = 1_000
const waitingBytesMax = 64 * 1024 * 1024
/** Of one call, prompt and answer; nobody judges a longer one. */
const callBytesMax = 4 * 1024 * 1024
const tellEveryMs = 60_000
const streamEnd = Buffer.from('[DONE]')
/** The end of a stream is looked for here. */
const tailBytes = 64

interface Job {
  workspaceId: string
  requestId: string
  check: PlanCheck
  seen: Seen
  bytes: number
  /** The words of the call are kept: then what an evaluator says of them is, too. */
  isKept: boolean
}

interface Deps {
  feedback?: GiveFeedback
  logger: { error(details: object, message: string): void }
  clock: { monotonicMs(): number }
}

/**
 * Has calls judged that were answered well. Nobody waits for it, and nothing of it fails a call: what would be too much at
 * one time is left out and told in the log. What is said is feedback, by the evaluator.
 */
export class Afterwards {
  readonly #deps: Deps
  readonly #closing = new AbortController()
  readonly #waiting: Job[] = []
  #waitingBytes = 0
  #running = 0
  #leftOut = 0
  #toldMs = Number.NEGATIVE_INFINITY

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** The same reply; once its last byte has left, it is judged. */
  see(
    { identity, requestId, call }: CallContext,
    reply: GatewayReply,
    { checks, isKept }: { checks: readonly PlanCheck[]; isKept: boolean },
  ): GatewayReply {
    if (reply.status < 200 || reply.status > 299) return reply
    const request = call.body!
    const parts: Uint8Array[] = []
    let bytes = request.length
    let isOver = false
    return seeReply(reply, {
      answer: (part) => {
        bytes += part.length
        if (bytes <= callBytesMax) parts.push(part)
      },
      end: (kind) => {
        if (isOver) return
        isOver = true
        const answer = bytes <= callBytesMax ? Buffer.concat(parts) : null
        // A stream that broke or was left is no answer to judge.
        if (answer && kind === 'stream' && answer.lastIndexOf(streamEnd) < answer.length - tailBytes) return
        const { workspaceId } = identity
        for (const check of checks)
          if (answer) this.#add({ workspaceId, requestId, check, seen: { request, answer }, bytes, isKept })
          else this.#leaveOut()
      },
    })
  }

  /** Nothing more is judged. */
  close(): void {
    this.#closing.abort()
    this.#waiting.length = 0
  }

  #add(job: Job): void {
    if (this.#closing.signal.aborted) return
    if (this.#waiting.length >= waitingMax || this.#waitingBytes + job.bytes > waitingBytesMax) {
      this.#leaveOut()
      return
    }
    this.#waiting.push(job)
    this.#waitingBytes += job.bytes
    this.#next()
  }

  #next(): void {
    if (this.#running >= atOnceMax) return
    const job = this.#waiting.shift()
    if (!job) return
    this.#waitingBytes -= job.bytes
    this.#running++
    void this.#judge(job)
      .catch((error: unknown) => {
        if (this.#closing.signal.aborted) return
        const { requestId, check } = job
        this.#deps.logger.error({ err: error, requestId, evaluatorId: check.id }, 'A call could not be judged.')
      })
      .finally(() => {
        this.#running--
        this.#next()
      })
  }

  async #judge({ workspaceId, requestId, check, seen, isKept }: Job): Promise<void> {
    const { passed, why } = await check.judge(seen, this.#closing.signal)
    if (passed === null || !this.#deps.feedback) return
    await this.#deps.feedback(
      { workspaceId, actor: { kind: 'job', id: check.id } },
      // Why it says so may hold words of the answer.
      { request_id: requestId, rating: passed ? 'good' : 'bad', ...(isKept && why !== '' && { comment: why }) },
    )
  }

  #leaveOut(): void {
    this.#leftOut++
    const nowMs = this.#deps.clock.monotonicMs()
    if (nowMs - this.#toldMs < tellEveryMs) return
    this.#deps.logger.error({ count: this.#leftOut }, 'Evaluators cannot keep up with the calls: some are not judged.')
    this.#toldMs = nowMs
    this.#leftOut = 0
  }
}
