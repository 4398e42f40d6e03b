/**
 * `npm run bench -- validation`: how long somebody waits in the dialog for the whole card of a chat model whose server
 * answers after 50 ms. Rows, events and records are written as there. Ends with 1 where one takes 3 s.
 */
import { parseArgs } from 'node:util'
import { newId } from '#lib/core/ids.ts'
import type { Runtime } from '#lib/runtime.ts'
import { upstreamKey, withHouse } from './house.ts'
import { withSlowProvider } from './slow-provider.ts'

const { values: options } = parseArgs({ options: { runs: { type: 'string', default: '5' } } })
const runs = Number(options.runs)
const answerAfterMs = 50
const targetMs = 3_000
/** One that can do everything; one that thinks first; one that refuses much, and is asked twice for it. */
const modelIds = ['practice-chat', 'practice-reasoner', 'practice-chat:no-tools+no-logprobs+no-seed+no-vision']

await withSlowProvider(answerAfterMs, (port) =>
  withHouse(async (house) => {
    house.variables.PATCHBAY_ALLOWED_ENDPOINTS = `127.0.0.1:${port}`
    const apiKey = house.headers.authorization!.replace(/^Bearer /, '')
    await house.withRuntime((runtime) => measure(runtime, apiKey, `http://127.0.0.1:${port}/v1`))
  }),
)

async function measure({ models, tenancy }: Runtime, apiKey: string, baseUrl: string): Promise<void> {
  const scope = await tenancy.scopeForKey(apiKey, 'bench', { id: newId('req'), address: '127.0.0.1' })
  console.log(`A full chat validation of a server that answers after ${answerAfterMs} ms, the slowest of ${runs}.\n`)
  for (const modelId of modelIds) {
    let slowestMs = 0
    let calls = 0
    for (let run = 0; run < runs; run++) {
      const beganMs = performance.now()
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
