import { Bag } from '#lib/core/bag.ts'
import type { Clock } from '#lib/core/clock.ts'
import { newId } from '#lib/core/ids.ts'
import type { GiveFeedback, Meter, PayloadKeeper } from '#lib/metering/index.ts'
import type { Upstream } from '#lib/openai/upstream.ts'
import type { Idempotency } from '#lib/platform/idempotency.ts'
import { Afterwards } from './afterwards.ts'
import type { AnswerCache } from './answer-cache.ts'
import { factsOf, refuseCall, serveCall } from './call.ts'
import { routeOf, servedText } from './endpoints.ts'
import {
  doorReply,
  errorReply,
  foreignError,
  type GatewayError,
  type GatewayErrorCode,
  gatewayError,
  statusLeft,
} from './errors.ts'
import { giveFeedback } from './feedback-endpoint.ts'
import { createKeyWatch, type KeyReport, type KeyWatch } from './key-watch.ts'
import { type BreakerReport, Lines } from './lines.ts'
import { getModel, listModels } from './models-endpoint.ts'
import { serveOnce } from './once.ts'
import { Turns } from './route.ts'
import { RunningCall } from './running-call.ts'
import type {
  Authenticate,
  DeploymentDirectory,
  GatewayCall,
  GatewayIdentity,
  GatewayReply,
  ListGroups,
  ListModels,
  LoadPlan,
  OpenTarget,
  ReadBody,
} from './schema.ts'

export { createAnswerCache } from './answer-cache.ts'
export { handleFetch, wrongHostResponse } from './fetch-door.ts'
export { forgetKeptAnswers } from './kept-answers.ts'
export type { KeyReport } from './key-watch.ts'
export type { BreakerReport } from './lines.ts'
export { TryQuery } from './try-query.ts'

/** What the engine stands on; `lib/runtime.ts` plugs the rooms in. */
export interface GatewayPorts {
  authenticate: Authenticate
  loadPlan: LoadPlan
  listModels: ListModels
  listGroups: ListGroups
  /** Without it there are none. */
  deployments?: DeploymentDirectory
  openTarget: OpenTarget
  /** True when something new was loaded: what was not found a moment ago may be there now. */
  catchUp(): Promise<boolean>
  /** Tells everybody of a key that a server refuses. Off the calls' path; resolves once this process knows it too. */
  reportKey(report: KeyReport): Promise<void>
  /** Tells everybody that calls are kept away from a model that fails, or no more. Off the calls' path. */
  reportBreaker(report: BreakerReport): Promise<void>
  meter: Meter
  idempotency: Idempotency
  /** Without it there is no place for it. */
  feedback?: GiveFeedback
  /** Without it no prompts and answers are kept. */
  payloads?: PayloadKeeper
  cache: AnswerCache
  upstream: Pick<Upstream, 'send'>
  clock: Clock
  logger: { error(details: object, message: string): void }
  /** From 0 up to, and not, 1: spreads retries and weighted traffic. */
  random?: () => number
}

/** The ports, and what the engine keeps for itself. */
export interface EnginePorts extends GatewayPorts {
  keyWatch: KeyWatch
  lines: Lines
  turns: Turns
  afterwards: Afterwards
  random: () => number
}

export interface Gateway {
  /**
   * Answers one call of a caller with an API key. Never throws: failure is an answer in OpenAI's shape. `readBody`, where
   * it is given, is asked for the body of a call whose key is good.
   */
  handle(call: GatewayCall, readBody?: ReadBody): Promise<GatewayReply>
  /** The same for somebody who is authenticated already, as a person who tries a model in the studio. */
  handleAs(identity: GatewayIdentity, call: GatewayCall, readBody?: ReadBody): Promise<GatewayReply>
  /** Calls that are not settled yet. */
  inFlight(): number
  /** Refuses new calls from now on; resolves once the last one in flight is settled. */
  drain(): Promise<void>
  /**
   * Refuses new calls and ends those in flight, settled with what they used, as `shutting_down`: a stream by an error
   * event, any other by 503.
   */
  cut(): void
  /** True once `drain` or `cut` was called. */
  isDraining(): boolean
}

/** authenticate -> plan -> admit -> attempt(s) -> relay -> settle. Doors are adapters of this. */
export function createGateway(given: GatewayPorts): Gateway {
  const { clock, logger, random = Math.random } = given
  const ports: EnginePorts = {
    ...given,
    keyWatch: createKeyWatch({ clock, report: given.reportKey, logger }),
    lines: new Lines({ clock, report: given.reportBreaker, logger }),
    turns: new Turns(),
    afterwards: new Afterwards(given),
    random,
  }
  const inFlight = new Bag<RunningCall>()
  let draining = false
  const waiting: (() => void)[] = []

  async function serve(
    call: GatewayCall,
    identify: () => ReturnType<Authenticate>,
    readBody?: ReadBody,
  ): Promise<GatewayReply> {
    const requestId = newId('req', call.receivedAtMs)
    const fail = (error: GatewayError) => tagged(errorReply(error), requestId)
    const route = routeOf(call.method, call.path)
    if (route.kind === 'unknown')
      return fail(
        gatewayError('unsupported_endpoint', {
          message: `${call.method} ${call.path.slice(0, 200)} is not served. Served: ${servedText}.`,
        }),
      )
    if (route.kind === 'wrong_method') {
      const reply = fail(gatewayError('method_not_allowed', { message: `This path is served with ${route.allow}.` }))
      reply.headers.allow = route.allow
      return reply
    }
    let identity = identify()
    // A key made a moment ago, by a process whose notice is still on its way.
    if (!identity.ok && identity.mayBeNew && (await ports.catchUp())) identity = identify()
    const refuse = (caller: GatewayIdentity, error: GatewayError) => {
      if (route.kind !== 'call') return fail(error)
      const context = { identity: caller, call, endpoint: route.endpoint, requestId, onSettled: () => undefined }
      return tagged(refuseCall(ports, context, factsOf(context), error), requestId)
    }
    if (!identity.ok) {
      const error = foreignError(identity)
      return identity.caller ? refuse(identity.caller, error) : fail(error)
    }
    if (draining) return fail(gatewayError('shutting_down'))
    if (route.kind === 'models' || route.kind === 'model') await ports.catchUp()
    if (route.kind === 'models') return tagged(json(listModels(identity, ports)), requestId)
    if (route.kind === 'model') {
      const found = getModel(identity, route.address, ports)
      return found.ok ? tagged(json(found.body), requestId) : fail(found.error)
    }
    let { body } = call
    if (readBody) {
      const read = await readBody()
      if (read === 'gone') return { status: statusLeft, headers: {}, body: null }
      if (typeof read === 'string') return refuse(identity, gatewayError(read))
      if (draining) return fail(gatewayError('shutting_down'))
      body = read
    }
    // Whoever sent an `Idempotency-Key` comes back for the answer: such a call goes on when its caller leaves.
    const isOnce = call.headers['idempotency-key'] !== undefined
    const running = new RunningCall(isOnce ? null : call.signal)
    inFlight.add(running)
    const onSettled = () => {
      running.end()
      inFlight.delete(running)
      if (inFlight.size === 0) for (const resolve of waiting.splice(0)) resolve()
    }
    try {
      if (route.kind === 'feedback') {
        const given = await giveFeedback(ports, identity, body, requestId)
        onSettled()
        return given.ok ? tagged(json(given.body), requestId) : fail(given.error)
      }
      const answer = isOnce ? serveOnce : serveCall
      const context = {
        identity,
        call: { ...call, body, signal: running },
        endpoint: route.endpoint,
        requestId,
        onSettled,
      }
      const reply = await answer(ports, context)
      const written = ports.meter.written()
      if (written) await written
      return tagged(reply, requestId)
    } catch (error) {
      onSettled()
      ports.logger.error({ err: error, requestId }, 'A call failed in a way that nobody foresaw.')
      return fail(gatewayError('internal_error', { message: `Something went wrong on our side (${requestId}).` }))
    }
  }

  return {
    handle: (call, readBody) => serve(call, () => ports.authenticate(call.headers, call.peer), readBody),
    handleAs: (identity, call, readBody) => serve(call, () => ({ ok: true, ...identity }), readBody),
    inFlight: () => inFlight.size,
    drain() {
      draining = true
      ports.afterwards.close()
      return inFlight.size === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))
    },
    cut() {
      draining = true
      for (const call of inFlight) call.cut()
    },
    isDraining: () => draining,
  }
}

/** An error that a door makes before the engine sees the call. */
export function doorError(code: GatewayErrorCode, message?: string): GatewayReply {
  return tagged(doorReply(code, message), newId('req'))
}

function tagged(reply: GatewayReply, requestId: string): GatewayReply {
  reply.headers['x-request-id'] = requestId
  return reply
}

function json(body: Uint8Array): GatewayReply {
  return { status: 200, headers: { 'content-type': 'application/json', 'cache-control': 'no-store' }, body }
}
