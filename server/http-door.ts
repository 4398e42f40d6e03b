import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Leave } from '#lib/core/leave.ts'
import { doorError } from '#lib/gateway/index.ts'
import type { GatewayCall, GatewayReply, ReadBody } from '#lib/gateway/schema.ts'
import { answerReadiness } from '#lib/platform/readiness.ts'
import { repeatedAuthorization } from '#lib/tenancy/index.ts'

/** Bytes of one request's body. */
const bodyBytesMax = 20 * 1024 * 1024
/** Request bodies held by a process at one time. */
const heldBytesMaxDefault = 512 * 1024 * 1024
const headersTimeoutMs = 15_000
const requestTimeoutMs = 120_000
const keepAliveTimeoutMs = 75_000
/** A caller who takes none of the bytes waiting for him for so long is taken for gone. */
const stalledMsDefault = 120_000
/** A body up to this size is taken to its end although nobody wants it, and the connection serves the next call. */
const unwantedBytesMax = 64 * 1024
/** Who sends a longer one has so long to read the answer before the connection ends. */
const lingerMs = 2000
/** Up to this size a copy is cheaper than a second write. */
const oneWriteBytesMax = 16 * 1024

interface HttpDoorDeps {
  gateway: { handle(call: GatewayCall, readBody: ReadBody): Promise<GatewayReply> }
  /** Whether a `Host` header names us. */
  isOurHost(host: string | undefined): boolean
  /** Empty when calls can be served, else what is missing. */
  notReady(): string[]
  onError(error: unknown): void
  stalledMs?: number
  heldBytesMax?: number
}

/** The fast door: `/v1` on bare `node:http`. Adapts Node's objects to the engine's and nothing else. */
export function createHttpDoor(deps: HttpDoorDeps): Server {
  const { stalledMs = stalledMsDefault, heldBytesMax = heldBytesMaxDefault } = deps
  let heldBytes = 0
  /** Answers that are not yet out, by connection; callers may send the next request before. */
  const unanswered = new WeakMap<Socket, ServerResponse[]>()
  const server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      connectionsCheckingInterval: 5000,
      requireHostHeader: false,
    },
    (request, response) => answer(request, response),
  )
  server.maxHeadersCount = 200
  // Who asks first sends nothing before we want it.
  server.on('checkContinue', answer)
  server.on('clientError', onClientError)
  server.on('connect', (_request, socket) => socket.destroy())
  // Nothing listens to `upgrade`: some clients offer HTTP/2 with every call (`Upgrade: h2c`), and HTTP/1.1 is the answer.

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request
    const running = unanswered.get(socket) ?? []
    if (running.push(response) === 1) unanswered.set(socket, running)
    // They close in the order they came.
    response.on('close', () => running.splice(running.indexOf(response), 1))
    serve(request, response).catch((error: unknown) => {
      deps.onError(error)
      if (!response.headersSent) send(response, doorError('internal_error'))
      else response.destroy()
    })
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const receivedAtMs = Date.now()
    const target = request.url ?? ''
    // Absolute-form targets are for proxies, and we are none.
    if (target.charCodeAt(0) !== 47)
      return refuse(request, response, doorError('invalid_request', 'The request target must be a path.'))
    const mark = target.indexOf('?')
    const path = mark < 0 ? target : target.slice(0, mark)
    if (path.startsWith('/health/')) return answerHealth(path, response)
    if (isHostRepeated(request.rawHeaders))
      return refuse(request, response, doorError('invalid_request', 'The request has more than one Host header.'))
    if (!deps.isOurHost(request.headers.host)) return refuse(request, response, doorError('wrong_host'))

    let held = 0
    /** Bytes count from the moment they come in: a slow upload takes memory, too. */
    const hold = (bytes: number) => {
      held += bytes
      heldBytes += bytes
      return heldBytes <= heldBytesMax
    }
    const repeated = repeatedAuthorization(request.rawHeaders)
    if (repeated !== null) request.headers.authorization = repeated
    const announced = Number(request.headers['content-length'] ?? 0)
    const readWhole: ReadBody = async () => {
      if (announced > bodyBytesMax) return 'too_large'
      if (heldBytes + announced > heldBytesMax) return 'overloaded'
      if (request.headers.expect !== undefined) response.writeContinue()
      return readBody(request, hold)
    }
    try {
      const leave = new Leave()
      response.on('close', () => {
        if (!response.writableFinished) leave.abort()
      })
      const call: GatewayCall = {
        method: request.method ?? 'GET',
        path,
        headers: request.headers as GatewayCall['headers'],
        body: null,
        peer: request.socket.remoteAddress ?? '',
        signal: leave,
        receivedAtMs,
      }
      const reply = await deps.gateway.handle(call, readWhole)
      if (!request.complete && !(announced <= unwantedBytesMax && isLengthKnown(request)))
        return refuse(request, response, reply)
      if (reply.body === null || reply.body instanceof Uint8Array) send(response, reply, stalledMs)
      else await sendStream(response, reply, reply.body, stalledMs)
    } finally {
      heldBytes -= held
    }
  }

  function answerHealth(path: string, response: ServerResponse): void {
    if (path === '/health/ready') {
      const { body, ...answer } = answerReadiness(deps.notReady())
      send(response, { ...answer, body: Buffer.from(body) })
      return
    }
    const isLive = path === '/health/live'
    send(response, {
      status: isLive ? 200 : 404,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: Buffer.from(isLive ? '{"status":"live"}' : '{"status":"unknown"}'),
    })
  }

  /** What came cannot be read as HTTP. Nothing that comes after it on this connection is served. */
  function onClientError(error: Error & { code?: string }, socket: Socket): void {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    const running = unanswered.get(socket) ?? []
    // Calls that came whole before it are answered first: written now, the refusal would be taken for their answer.
    const before = running.filter(({ req }) => req.complete)
    if (before.length > 0) before.at(-1)!.once('close', () => socket.destroySoon())
    // Who was refused before the end of the body has heard so, and `refuse` ends the connection.
    else if (!running.some(({ headersSent }) => headersSent)) refuseBytes(error, socket)
  }

  return server
}

/** Node keeps the first `Host` and drops the others, where something before us may have gone by the last. */
function isHostRepeated(rawHeaders: readonly string[]): boolean {
  let hosts = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  return hosts > 1
}

function isLengthKnown(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] === undefined && request.headers.expect === undefined
}

/**
 * The rest of the request is not wanted: the connection ends after the answer. Not at once, because bytes that meet a
 * closed connection would take the answer with them; but no more than a little is read of what comes.
 */
function refuse(request: IncomingMessage, response: ServerResponse, reply: GatewayReply): void {
  const body = reply.body as Uint8Array | null
  response.setHeader('connection', 'close')
  response.writeHead(reply.status, { ...reply.headers, 'content-length': String(body?.length ?? 0) })
  response.flushHeaders()
  if (body?.length) response.write(body)
  const end = () => {
    clearTimeout(late)
    response.end()
  }
  const late = setTimeout(end, lingerMs)
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > unwantedBytesMax) request.pause()
  })
  request.on('end', end)
  request.on('close', end)
}

function send(response: ServerResponse, reply: GatewayReply, stalledMs = stalledMsDefault): void {
  const body = reply.body as Uint8Array | null
  reply.headers['content-length'] = String(body?.length ?? 0)
  response.writeHead(reply.status, reply.headers)
  if (!body?.length) response.end()
  // As text Node puts a body into one write with the headers, which costs half of two. Latin 1 is one character a byte.
  else if (body.length <= oneWriteBytesMax)
    response.end(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1'), 'latin1')
  else {
    response.end(body)
    // Node takes it back with the answer's end.
    response.socket?.setTimeout(stalledMs)
  }
}

async function sendStream(
  response: ServerResponse,
  reply: GatewayReply,
  body: AsyncIterable<Uint8Array>,
  stalledMs: number,
): Promise<void> {
  response.writeHead(reply.status, reply.headers)
  const reader = body[Symbol.asyncIterator]()
  /** The head leaves with the first part. */
  let isBegun = false
  try {
    for (;;) {
      const step = await reader.next()
      if (step.done) break
      if (response.destroyed) return
      // A slow caller pauses the upstream: nothing is read until this one has room again.
      const isRoomy = isBegun ? writePart(response, step.value) : response.write(step.value)
      isBegun = true
      if (!isRoomy && !(await hasRoom(response, stalledMs))) return
    }
    response.end()
  } finally {
    await reader.return?.()
  }
}

/**
 * A part of a chunked answer after its first. Node hands its length, its bytes and the line ends over as four buffers on
 * the next tick; copied into one they cost a fifth less. False where the caller is slow.
 */
function writePart(response: ServerResponse, part: Uint8Array): boolean {
  const { socket } = response
  // An answer that waits for another one has no socket yet.
  if (!socket || !response.chunkedEncoding || part.length === 0 || part.length > oneWriteBytesMax)
    return response.write(part)
  const head = `${part.length.toString(16)}\r\n`
  const chunk = Buffer.allocUnsafe(head.length + part.length + 2)
  chunk.write(head, 0, 'latin1')
  chunk.set(part, head.length)
  chunk.write('\r\n', head.length + part.length, 'latin1')
  return socket.write(chunk)
}

/** False when the caller left instead, or stands there without taking anything. */
function hasRoom(response: ServerResponse, stalledMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const { socket } = response
    socket?.setTimeout(stalledMs)
    const done = (room: boolean) => {
      if (room) socket?.setTimeout(0)
      response.off('drain', onDrain)
      socket?.off('drain', onDrain)
      response.off('close', onClose)
      resolve(room)
    }
    const onDrain = () => done(true)
    const onClose = () => done(false)
    response.on('drain', onDrain)
    socket?.on('drain', onDrain)
    response.on('close', onClose)
    if (response.destroyed) done(false)
  })
}

function readBody(
  request: IncomingMessage,
  hold: (bytes: number) => boolean,
): Promise<Uint8Array | 'too_large' | 'overloaded' | 'gone'> {
  return new Promise((resolve) => {
    let first: Buffer | undefined
    let chunks: Buffer[] | undefined
    let bytes = 0
    let settled = false
    const done = (value: Uint8Array | 'too_large' | 'overloaded' | 'gone') => {
      if (settled) return
      settled = true
      resolve(value)
    }
    request.on('data', (chunk: Buffer) => {
      if (settled) return
      bytes += chunk.length
      const hasRoom = hold(chunk.length)
      if (bytes > bodyBytesMax || !hasRoom) {
        chunks = undefined
        first = undefined
        done(hasRoom ? 'too_large' : 'overloaded')
      } else if (!first) {
        first = chunk
      } else {
        chunks ??= [first]
        chunks.push(chunk)
      }
    })
    request.on('end', () => done(chunks ? Buffer.concat(chunks, bytes) : (first ?? new Uint8Array(0))))
    request.on('error', () => done('gone'))
    request.on('close', () => done('gone'))
  })
}

function refuseBytes(error: Error & { code?: string }, socket: Socket): void {
  const reply =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? doorError('headers_too_large')
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? doorError('request_timeout')
        : doorError('invalid_request', 'The request is not valid HTTP.')
  const body = Buffer.from(reply.body as Uint8Array)
  const head = Object.entries(reply.headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(
    `HTTP/1.1 ${reply.status} Refused\r\n${head.join('')}content-length: ${body.length}\r\nconnection: close\r\n\r\n${body.toString('utf8')}`,
  )
}
