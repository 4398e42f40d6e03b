import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { Agent, request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { newId } from '#lib/core/ids.ts'
import { handleFetch } from '#lib/gateway/index.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { listen, serveFetch } from '#lib/testing/doors.ts'
import { testInstallation } from '#lib/testing/installation.ts'
import { stopStudio } from './stop.ts'

/** An installation with a workspace, whose studio a test may stop. */
async function openStudio() {
  const { database, url } = await testDatabase()
  const installation = await testInstallation(url, { latencyScale: 1 })
  const { runtime, practice } = installation
  const { tenancy } = runtime
  const { person, workspace } = await tenancy.claim(
    { request: { id: 'req_test', address: '127.0.0.1' }, loopback: true },
    { name: 'A', email: 'a@example.test', password: randomBytes(12).toString('hex'), workspaceName: 'A' },
  )
  const scope = await tenancy.scopeForPerson(person, workspace.slug)

  /** Begins a stream of a model of the practice provider, over a connection that would serve the next call, too. */
  async function startStream(modelId: string) {
    const draft = { type: 'chat', baseUrl: practice.url, apiKey: 'sk-practice-stop00000001', name: 'Model', modelId }
    await runtime.models.addModel(scope, { draft: { ...draft, region: 'own' } as never })
    const { secret } = await tenancy.createKey(scope, { name: newId('key') })
    await runtime.feed.refresh()
    const server = serveFetch((request) => handleFetch(runtime.gateway.handle, request))
    const port = await listen(server)
    const agent = new Agent({ keepAlive: true })
    onTestFinished(() => agent.destroy())
    const id = Promise.withResolvers<string>()
    const text = new Promise<string>((resolve, reject) => {
      const call = httpRequest(
        {
          port,
          agent,
          method: 'POST',
          path: '/v1/chat/completions',
          headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
        },
        (response) => {
          let all = ''
          id.resolve(String(response.headers['x-request-id']))
          response.on('data', (chunk: Buffer) => (all += chunk.toString()))
          response.on('end', () => resolve(all))
          response.on('error', reject)
        },
      )
      call.on('error', reject)
      call.end(JSON.stringify({ model: 'model', stream: true, messages: [{ role: 'user', content: 'Say hello' }] }))
    })
    return { server, port, id: await id.promise, text }
  }

  async function recordOf(id: string) {
    const { rows } = await database.pool.query('select outcome, error_code from ledger.records where id = $1', [id])
    return rows
  }

  return { ...installation, scope, startStream, recordOf }
}

test('the studio finishes a running stream, takes no new call, writes the record down and closes everything', async () => {
  const { runtime, startStream, recordOf } = await openStudio()
  const { server, port, id, text } = await startStream('practice-small')
  expect(runtime.gateway.inFlight()).toBe(1)
  const stopped = stopStudio(runtime, [server])
  await expect(fetch(`http://127.0.0.1:${port}/v1/models`)).rejects.toThrow()
  expect(await text).toContain('data: [DONE]')
  await stopped
  expect(await recordOf(id)).toEqual([{ outcome: 'ok', error_code: '' }])
  await expect(runtime.database.pool.query('select 1')).rejects.toThrow()
})

test('the studio cuts a stream that still runs at the end of the drain time, and writes the record down', async () => {
  const { runtime, env, startStream, recordOf } = await openStudio()
  const { server, id, text } = await startStream('practice-chat:paced')
  await stopStudio({ ...runtime, env: { ...env, drainMs: 1 } }, [server])
  expect(await text).toContain('"code":"shutting_down"')
  expect(await recordOf(id)).toEqual([{ outcome: 'truncated', error_code: 'shutting_down' }])
})

/** The studio's process with the events of a run in place of its pages. */
const studioProcess = `
import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { getRuntime } from '#lib/runtime.ts'
import { eventStream } from '#lib/web/event-stream.ts'
import { startStudio } from '#lib/web/start.ts'

await startStudio()
const { experiments, tenancy } = getRuntime()
const [workspaceId, id] = process.argv.slice(1)
const scope = await tenancy.jobScope(workspaceId, 'test')
const server = createServer(async (request, response) => {
  const runs = await experiments.followRun(scope, { id })
  const answer = eventStream((async function* () { for await (const data of runs) yield { data } })())
  response.writeHead(answer.status, Object.fromEntries(answer.headers))
  Readable.fromWeb(answer.body).pipe(response)
})
server.listen(0, '127.0.0.1', () => console.log('port ' + server.address().port))`

test('a studio whose pages follow a paused run ends at once, with 0, and so do their streams', async () => {
  const { runtime, variables, scope } = await openStudio()
  const { datasets, experiments } = runtime
  const { id: datasetId } = await datasets.createDataset(scope, { name: 'Questions', columns: [{ name: 'question' }] })
  await datasets.addRows(scope, { id: datasetId, rows: [{ inputs: { question: 'Why?' } }] })
  const candidates = [{ key: 'r', name: 'R', kind: 'recorded' as const, column: 'question' }]
  const { id } = await experiments.createExperiment(scope, { name: 'Compare', datasetId, setup: { candidates } })
  const { id: runId } = await experiments.startRun(scope, { id })
  await experiments.pauseRun(scope, { id: runId })

  const child = spawn(process.execPath, ['--input-type=module', '-e', studioProcess, scope.workspaceId, runId], {
    cwd: join(import.meta.dirname, '../..'),
    env: { ...process.env, ...variables, NEXT_MANUAL_SIG_HANDLE: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const port = await new Promise<string>((resolve) =>
    child.stdout.on('data', (chunk: Buffer) => {
      const [, found] = /^port (\d+)$/m.exec(chunk.toString()) ?? []
      if (found) resolve(found)
    }),
  )
  const streams = await Promise.all(
    [1, 2].map(async () => (await fetch(`http://127.0.0.1:${port}/`)).body!.pipeThrough(new TextDecoderStream())),
  )
  const readers = streams.map((stream) => stream.getReader())
  for (const reader of readers) expect((await reader.read()).value).toContain('"state":"paused"')
  const sinceMs = performance.now()
  child.kill('SIGTERM')
  for (const reader of readers) expect((await reader.read()).done).toBe(true)
  expect(await gone).toBe(0)
  // The drain time is two minutes.
  expect(performance.now() - sinceMs).toBeLessThan(15_000)
})
