import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { anyRequest, at, expect, manage, practiceModel, savedPrompt, signIn, someDeployment, test } from './fixtures.ts'
import { pathOf, routes } from './routes.ts'

/** Of the provider's key: what comes before says only whose key it is. */
const secretPart = randomBytes(24).toString('hex')
const windows = Array.from({ length: secretPart.length - 7 }, (_, start) => secretPart.slice(start, start + 8))

const isTold = (text: string) => windows.some((part) => text.includes(part))

test('no page, payload or file holds eight characters of a key of a server', async ({ page, tenant }) => {
  test.setTimeout(120_000)
  const apiKey = `sk-practice-${secretPart}`
  await manage(tenant, 'POST', '/models', practiceModel({ name: 'Canary', slug: 'canary', apiKey }))
  const texts = new Map<string, string>()
  // A server that gives the key back in what it refuses: the exchange is told as evidence.
  const refused = await fetch(`${at.studio}/api/workspaces/${tenant.workspace}/models`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenant.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(practiceModel({ name: 'Echo', apiKey, modelId: 'practice-chat:key-echo' })),
  })
  expect(refused.status).toBe(422)
  texts.set('refusal', await refused.text())
  expect(texts.get('refusal')).toContain('evidence')
  const { token } = await manage<{ token: string }>(tenant, 'POST', '/invitations', {
    email: `new-${tenant.email}`,
    role: 'viewer',
  })
  const { id: datasetId } = await manage<{ id: string }>(tenant, 'POST', '/datasets', { name: 'Examples' })
  const samples = {
    ...tenant,
    slug: 'canary',
    operation: 'listModels',
    'requests/id': await anyRequest(tenant),
    'playground/id': await savedPrompt(tenant),
    key: await someDeployment(tenant),
    'datasets/id': datasetId,
    'experiments/id': (await manage<{ id: string }>(tenant, 'POST', '/experiments', { name: 'Compare', datasetId })).id,
    token,
  }
  await signIn(page, tenant)

  await test.step('as they are rendered, on the server and in the browser', async () => {
    // Settings as such moves on to its first tab.
    for (const route of routes.filter((each) => each !== '/[workspace]/settings')) {
      const path = pathOf(route, samples)
      const answer = await page.goto(at.studio + path)
      expect(answer?.status(), path).toBe(200)
      texts.set(`${path} as HTML`, await answer!.text())
      await expect(page.locator('[aria-busy=true]'), path).toHaveCount(0)
      texts.set(`${path} in the browser`, await page.content())
      const payload = await page.request.get(at.studio + path, { headers: { rsc: '1' } })
      expect(payload.headers()['content-type'], path).toContain('text/x-component')
      texts.set(`${path} as payload`, await payload.text())
    }
  })

  const detail = `${at.studio}/${tenant.workspace}/router/models/canary`
  await test.step('the tabs of a model, its proofs and its wire profile as a file', async () => {
    for (const tab of ['try', 'usage', 'validations', 'uses', 'routing', 'history', 'profile']) {
      await page.goto(`${detail}?tab=${tab}`)
      await expect(page.locator('main [aria-busy=true]')).toHaveCount(0)
      texts.set(`tab ${tab}`, await page.content())
    }
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export JSON' }).click(),
    ])
    texts.set('wire profile', await readFile(await download.path(), 'utf8'))
    await page.goto(detail)
    await page.getByRole('button', { name: /^Function calling/ }).click()
    await expect(page.getByText('Copy as curl, without the key')).toBeVisible()
    texts.set('proof', await page.content())
  })

  await test.step('files, lists and the document of the API', async () => {
    const api = `${at.studio}/api/workspaces/${tenant.workspace}`
    for (const [url, holds] of [
      [`${at.studio}/api/openapi.json`, '/models/export'],
      [`${api}/models/export`, 'canary'],
      [`${api}/requests/export`, 'chat/completions'],
      [`${api}/analytics/export`, 'requests'],
      [`${api}/audit`, 'Canary'],
      [`${api}/notices`, 'items'],
      [`${api}/validations?model=canary`, 'evidence'],
    ] as const) {
      const answer = await page.request.get(url)
      expect(answer.status(), url).toBe(200)
      const text = await answer.text()
      expect(text, url).toContain(holds)
      texts.set(url, text)
    }
  })

  expect(isTold(`x${apiKey}`)).toBe(true)
  expect([...texts].filter(([, text]) => isTold(text)).map(([name]) => name)).toEqual([])
  // What may be shown of it: a search that finds nothing at all has looked in the wrong place.
  expect(texts.get(`/${tenant.workspace}/router/models/canary in the browser`)).toContain(secretPart.slice(-4))
})
