import { hash, timingSafeEqual } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { Settings } from '#lib/platform/env.ts'
import { joinMetrics } from '#lib/telemetry/index.ts'
import type { Child } from './child.ts'

/** `/metrics` of the whole installation, as Prometheus reads it. One question at a time is passed on. */
export function openMetricsPage(
  { host }: Pick<Settings, 'host'>,
  { port, token }: NonNullable<Settings['metrics']>,
  children: () => readonly Pick<Child, 'ask'>[],
): Server {
  let page: Promise<string> | undefined

  async function read(): Promise<string> {
    const told = await Promise.all(children().map((child) => child.ask('metrics')))
    return joinMetrics(told.filter(Array.isArray).flatMap(toRegistries))
  }

  const server = createServer((request, response) => {
    const refuse = (status: number, headers: Record<string, string> = {}) =>
      response.writeHead(status, headers).end(`${status}\n`)
    if (request.url !== '/metrics') return refuse(404)
    if (request.method !== 'GET') return refuse(405, { allow: 'GET' })
    if (token !== undefined && !isSame(request.headers.authorization ?? '', `Bearer ${token}`))
      return refuse(401, { 'www-authenticate': 'Bearer' })
    page ??= read().finally(() => {
      page = undefined
    })
    page.then(
      (text) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text),
      () => refuse(500),
    )
  })
  server.headersTimeout = 5_000
  server.requestTimeout = 10_000
  server.maxConnections = 64
  server.on('error', (error) => process.stderr.write(`metrics: ${error.message}\n`))
  return server.listen(port, host)
}

/** A process tells its own registry; one that stands before others tells a list of theirs. */
function toRegistries(told: object[]): object[][] {
  return told.every((part) => Array.isArray(part)) ? (told as object[][]) : [told]
}

function isSame(one: string, other: string): boolean {
  return timingSafeEqual(hash('sha256', one, 'buffer'), hash('sha256', other, 'buffer'))
}
