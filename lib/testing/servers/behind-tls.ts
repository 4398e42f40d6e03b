import { request } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll } from 'vitest'
import { certificates } from '../certificates.ts'

/** A server behind a certificate that nobody here knows; its origin. */
export async function behindTls(
  upstream: string,
  cert: string = certificates.good,
): Promise<{ origin: string; calls(): number }> {
  let calls = 0
  const server = createServer({ key: certificates.key, cert }, (incoming, outgoing) => {
    calls += 1
    const { method, headers, url } = incoming
    incoming.pipe(
      request(new URL(url ?? '/', upstream), { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      }),
    )
  })
  // Whoever does not trust the certificate hangs up.
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterAll(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  return { origin: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, calls: () => calls }
}
