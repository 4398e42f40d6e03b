import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'

export interface HostileServer {
  /** With `/v1` at its end. */
  url: string
  port: number
  /** Connections that are open now, and that were ever made. */
  open(): number
  made(): number
  /** The requests as they came in, head and body. */
  requests: string[]
  /** Settles once no connection is open. */
  whenIdle(): Promise<void>
  close(): Promise<void>
}

/** Answers one request on a socket; `count` is 0 for the first request of the server. */
export type HostileAnswer = (socket: Socket, count: number) => void

/**
 * A server that speaks no HTTP of its own: it waits for the end of each request and lets `answer` write whatever it
 * likes, so that tests decide every byte. With `tls` the same behind a certificate.
 */
export async function startHostile(answer: HostileAnswer, tls?: { key: string; cert: string }): Promise<HostileServer> {
  const sockets = new Set<Socket>()
  const requests: string[] = []
  const idle: (() => void)[] = []
  let made = 0
  const onSocket = (socket: Socket) => {
    made++
    sockets.add(socket)
    let received = ''
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      if (sockets.size === 0) for (const wake of idle.splice(0)) wake()
    })
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      for (let end = requestEnd(received); end > 0; end = requestEnd(received)) {
        requests.push(received.slice(0, end))
        received = received.slice(end)
        answer(socket, requests.length - 1)
      }
    })
  }
  const server: Server = tls
    ? createTlsServer({ ...tls, noDelay: true }, onSocket)
    : createServer({ noDelay: true }, onSocket)
  if (tls) server.on('tlsClientError', () => {})
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${address.port}/v1`,
    port: address.port,
    requests,
    open: () => sockets.size,
    made: () => made,
    whenIdle: () => (sockets.size === 0 ? Promise.resolve() : new Promise((settle) => idle.push(settle))),
    close: () =>
      new Promise((settle) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => settle())
      }),
  }
}

/** An answer with the right length. */
export function httpAnswer(status: string, headers: string[], body: string | Buffer): Buffer {
  const bytes = Buffer.from(body)
  const head = [`HTTP/1.1 ${status}`, ...headers, `content-length: ${bytes.length}`, '', ''].join('\r\n')
  return Buffer.concat([Buffer.from(head), bytes])
}

/** The head of a chunked event stream. */
export const streamHead = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'

/** One chunk of a chunked body; an empty one ends it. */
export function httpChunk(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])
}

function requestEnd(received: string): number {
  const head = received.indexOf('\r\n\r\n')
  if (head < 0) return 0
  const length = Number(/\r\ncontent-length: *(\d+)/i.exec(received.slice(0, head))?.[1] ?? 0)
  return received.length >= head + 4 + length ? head + 4 + length : 0
}
