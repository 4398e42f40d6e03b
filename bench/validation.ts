/**
 * `npm run bench -- validation`: how long somebody waits in the dialog for the whole card of a chat model whose server
 * answers after 50 ms. Rows, events and records are written as there. Ends with 1 where one takes 3 s.
 */
import { createServer, request as forward } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { newId } from '#lib/core/ids.ts'
import { start } from '#lib/practice/index.ts'
import type { Runtime } from '#lib/runtime.ts'
import { freePort } from '#lib/testing/free-port.ts'
import { upstreamKey, withHouse } from './house.ts'

const { values: options } = parseArgs({ options: { runs: { type: 'string', default: '5' } } })
const runs = Number(options.runs)
const answerAfterMs = 50
const targetMs = 3_000
/** One that can do everything; one that thinks first; one that refuses much, and is asked twice for it. */
const modelIds = ['practice-chat', 'practice-reasoner', 'practice-chat:no-tools+no-logprobs+no-seed+no-vision']

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
  await withHouse(async (house) => {
    house.variables.PATCHBAY_ALLOWED_ENDPOINTS = `127.0.0.1:${port}`
    const apiKey = house.headers.authorization!.replace(/^Bearer /, '')
    await house.withRuntime((runtime) => measure(runtime, apiKey))
  })
} finally {
  slow.close()
  slow.closeAllConnections()
  await practice.close()
}

async function measure({ models, tenancy }: Runtime, apiKey: string): Promise<void> {
  const scope = await tenancy.scopeForKey(apiKey, 'bench', { id: newId('req'), address: '127.0.0.1' })
  console.log(`A full chat validation of a server that answers after ${answerAfterMs} ms, the slowest of ${runs}.\n`)
  for (const modelId of modelIds) {
    let slowestMs = 0
    let calls = 0
    for (let run = 0; run < runs; run++) {
      const beganMs = performance.now()
      const baseUrl = `http://127.0.0.1:${port}/v1`
      const draft = { type: 'chat', baseUrl, apiKey: upstreamKey, name: 'Bench', modelId, region: 'own' } as const
      const { events } = await models.startValidation(scope, { draft })
      for await (const event of events) {
        if (event.type !== 'finished') continue
        const { status } = event.validation
        if (status !== 'passed') throw new Error(`the validation of ${modelId} ended as ${status}`)
        calls = event.validation.calls
      }
      slowestMs = Math.max(slowestMs, performance.now() - beganMs)
    }
    const isMet = slowestMs < targetMs
    if (!isMet) process.exitCode = 1
    const seconds = `${(slowestMs / 1000).toFixed(2)} s`
    console.log(
      `  ${seconds}  ${calls} calls  ${modelId}  (under ${targetMs / 1000} s, at most 40 calls: ${isMet ? 'met' : 'MISSED'})`,
    )
  }
}
