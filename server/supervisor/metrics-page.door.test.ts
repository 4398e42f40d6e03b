import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { testDatabase } from '#lib/testing/database.ts'
import { freePort } from '#lib/testing/free-port.ts'
import { testInstallation } from '#lib/testing/installation.ts'
import { testRequest } from '#lib/testing/tenancy.ts'
import { keepRunning } from './child.ts'
import { openMetricsPage } from './metrics-page.ts'

const { url } = await testDatabase()
const { runtime, practice, variables, env } = await testInstallation(url, {})
const { tenancy, models } = runtime
const setUp = { name: 'Ada', email: 'ada@example.test', password: 'correct horse battery', workspaceName: 'Counted' }
const { person, workspace } = await tenancy.claim({ request: testRequest, loopback: true }, setUp)
const scope = await tenancy.scopeForPerson(person, workspace.slug)
const { secret } = await tenancy.createKey(scope, { name: 'caller' })
const model = await models.addModel(scope, {
  draft: {
    ...{ type: 'embedding', baseUrl: practice.url, apiKey: 'sk-practice-metrics00001', name: 'Vectors' },
    ...{ modelId: 'practice-embed', region: 'own', inputPrice: '0.02' },
  },
})

test('the page joins what all workers of the gateway counted, with bounded labels, for who shows the token', async () => {
  const [port, metricsPort] = [await freePort(), await freePort()]
  const child = keepRunning(
    {
      name: 'gateway',
      args: [join(import.meta.dirname, '..', 'gateway.ts')],
      env: {
        ...process.env,
        ...variables,
        GATEWAY_WORKERS: '2',
        GATEWAY_PORT: String(port),
        METRICS_PORT: String(metricsPort),
      },
    },
    { dataDir: env.dataDir, show: () => undefined, onChange: () => undefined, onRefusal: () => undefined },
  )
  const token = 'a-token-of-the-scraper'
  const page = openMetricsPage({ host: '127.0.0.1' }, { port: metricsPort, token }, () => [child])
  onTestFinished(async () => {
    page.close()
    await child.stop(0, AbortSignal.abort())
  })
  const at = `http://127.0.0.1:${port}`
  await vi.waitFor(async () => expect((await fetch(`${at}/health/ready`)).status).toBe(200), {
    timeout: 60_000,
    interval: 50,
  })
  const ask = (name: string) =>
    fetch(`${at}/v1/embeddings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json', connection: 'close' },
      body: JSON.stringify({ model: name, input: 'one two three' }),
    }).then((answer) => answer.status)
  const statuses = await Promise.all(
    Array.from({ length: 40 }, (_, index) => ask(index % 8 === 0 ? 'nobody' : model.slug)),
  )
  expect(statuses.filter((status) => status === 200).length).toBe(35)

  const scrape = (headers: Record<string, string> = {}, path = '/metrics') =>
    fetch(`http://127.0.0.1:${metricsPort}${path}`, { headers })
  expect((await scrape()).status).toBe(401)
  expect((await scrape({ authorization: 'Bearer wrong' })).status).toBe(401)
  const authorization = `Bearer ${token}`
  expect((await scrape({ authorization }, '/')).status).toBe(404)
  // A call counts when it is on the record, a moment after its end.
  const text = await vi.waitFor(
    async () => {
      const body = await (await scrape({ authorization })).text()
      const counted = (outcome: string) =>
        [
          ...body.matchAll(new RegExp(`^patchbay_requests_total\\{[^}]*outcome="${outcome}"[^}]*\\} (\\d+)$`, 'gm')),
        ].reduce((sum, [, count]) => sum + Number(count), 0)
      expect([counted('ok'), counted('refused')]).toEqual([35, 5])
      return body
    },
    { timeout: 20_000, interval: 100 },
  )
  expect(text).toMatch(/^patchbay_attempts_total\{model="practice-embed",attempt="1",code="",process="gateway"\} 35$/m)
  expect(text).toMatch(/^patchbay_refusals_total\{reason="model_not_found",process="gateway"\} 5$/m)
  expect(text).toMatch(/^patchbay_overhead_seconds_count\{process="gateway"\} 35$/m)
  expect(text).toMatch(/^patchbay_in_flight\{process="gateway"\} 0$/m)
  expect(text).toMatch(/^nodejs_eventloop_lag_seconds/m)
  for (const word of [scope.workspaceId, workspace.slug, secret, model.slug, '127.0.0.1', 'key_'])
    expect(text).not.toContain(word)
}, 90_000)
