import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { Gateway } from '#lib/gateway/index.ts'
import { createHostCheck } from '#lib/platform/hosts.ts'
import { type Runtime, setRuntime } from '#lib/runtime.ts'
import { watchPeers } from '#lib/web/peers.ts'
import { watchServers } from '#lib/web/servers.ts'
import * as route from '../../app/v1/[...path]/route.ts'
import * as root from '../../app/v1/route.ts'
import { createHttpDoor } from '../../server/http-door.ts'
import { listen, serveFetch } from './doors.ts'
import type { TestHouse } from './house.ts'

/** The fast door of a gateway, on a port of its own. */
export async function openFastDoor(gateway: Gateway): Promise<number> {
  const port: number = await listen(
    createHttpDoor({
      gateway,
      isOurHost: (host) => createHostCheck({ bind: '127.0.0.1', port, publicUrls: [] })(host),
      notReady: () => [],
      onError: (error) => {
        throw error
      },
    }),
  )
  return port
}

/** Both doors of a test's house, on ports of their own. */
export async function openBothDoors(house: Pick<TestHouse, 'gateway'>): Promise<{ fast: number; studio: number }> {
  const fast = await openFastDoor(house.gateway)
  const server = serveFetch((request) => {
    const handlers = new URL(request.url).pathname === '/v1' ? root : route
    return handlers[request.method as 'GET'](request)
  })
  // As Next does: whoever offers another protocol is hung up on.
  server.on('upgrade', (_request, socket) => socket.destroy())
  const studio = await listen(server)
  watchPeers()
  watchServers()
  // All that the route handler asks of its process.
  setRuntime({ env: { host: '127.0.0.1', port: studio }, gateway: house.gateway } as Runtime)
  return { fast, studio }
}

export type Act = (body: Buffer, response: ServerResponse, request: IncomingMessage) => void

/** A model's server that does what the test says. */
export interface Scripted {
  url: string
  act: Act
  /** Bodies that arrived. */
  seen: Buffer[]
}

export async function openScripted(): Promise<Scripted> {
  const scripted: Scripted = { url: '', act: (_body, response) => response.end(), seen: [] }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      scripted.seen.push(body)
      scripted.act(body, response, request)
    })
  })
  scripted.url = `http://127.0.0.1:${await listen(server)}/v1`
  return scripted
}

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** One call as it is, without a client's help. `key` null: without one. */
export function call(
  port: number,
  key: string | null,
  body: object | string | Buffer,
  {
    method = 'POST',
    path = '/v1/chat/completions',
    headers: more = {},
  }: { method?: string; path?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/json',
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...more,
    }
    const request = httpRequest({ host: '127.0.0.1', port, method, path, agent: false, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode: status = 0, headers } = response
        resolve({ status, headers, body: Buffer.concat(chunks).toString('utf8') })
      })
    })
    request.on('error', reject)
    request.end(typeof body === 'string' || body instanceof Buffer ? body : JSON.stringify(body))
  })
}

/** Bytes as they are. Resolves with what came until the connection ended or `enough` was there. */
export function sendBytes(port: number, text: string, enough?: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1')
      if (enough?.test(answer)) socket.destroy()
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}
