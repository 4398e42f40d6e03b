import { createServer, request as forward } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { start } from '#lib/practice/index.ts'
import { freePort } from '#lib/testing/free-port.ts'

/** The practice provider, each answer of which comes after `answerAfterMs`. Gives it to `work`, and ends it. */
export async function withSlowProvider(answerAfterMs: number, work: (port: number) => Promise<void>): Promise<void> {
  const practice = await start({ port: 0, latencyScale: 0 })
  const slow = createServer(async (request, response) => {
    await delay(answerAfterMs)
    const { method, url: path, headers } = request
    request.pipe(
      forward({ host: '127.0.0.1', port: practice.port, method, path, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      }),
    )
  })
  const port = await freePort()
  await new Promise<void>((resolve) => slow.listen(port, '127.0.0.1', resolve))
  try {
    await work(port)
  } finally {
    slow.close()
    slow.closeAllConnections()
    await practice.close()
  }
}
