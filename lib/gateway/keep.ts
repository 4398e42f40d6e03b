import type { PayloadDraft } from '#lib/metering/index.ts'
import type { PayloadPlan } from '#lib/metering/schema.ts'
import type { CallContext } from './call.ts'
import type { EnginePorts } from './index.ts'
import { isNoStore } from './read-request.ts'
import type { GatewayReply } from './schema.ts'

/** Whether prompt and answer of a call are kept. What a caller asks for with `X-No-Store` wins. */
export function planPayload({ payloads }: EnginePorts, { identity, call }: CallContext): PayloadPlan {
  const plan = payloads?.plan(identity.workspaceId) ?? ''
  return plan !== '' && isNoStore(call.headers) ? 'no_store' : plan
}

/** The same reply, kept on its way to the caller. */
export function keepReply(
  { payloads }: EnginePorts,
  { identity, call, requestId }: CallContext,
  reply: GatewayReply,
): GatewayReply {
  return seeReply(reply, payloads!.open({ workspaceId: identity.workspaceId, requestId, request: call.body! }))
}

/** The same reply, seen by somebody on its way to the caller. */
export function seeReply(reply: GatewayReply, draft: Pick<PayloadDraft, 'answer' | 'end'>): GatewayReply {
  const { body } = reply
  if (body !== null && !(body instanceof Uint8Array)) return { ...reply, body: new SeenStream(body, draft) }
  if (body) draft.answer(body)
  draft.end('whole')
  return reply
}

class SeenStream implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array> {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #draft: Pick<PayloadDraft, 'answer' | 'end'>

  constructor(source: AsyncIterable<Uint8Array>, draft: Pick<PayloadDraft, 'answer' | 'end'>) {
    this.#source = source[Symbol.asyncIterator]()
    this.#draft = draft
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    return this.#source.next().then(this.#see)
  }

  return(): Promise<IteratorResult<Uint8Array>> {
    this.#draft.end('stream')
    return this.#source.return?.() ?? Promise.resolve({ done: true, value: undefined })
  }

  readonly #see = (step: IteratorResult<Uint8Array>): IteratorResult<Uint8Array> => {
    if (step.done) this.#draft.end('stream')
    else this.#draft.answer(step.value)
    return step
  }
}
