import { at, expect, makeTenant, manage, practiceModel, signIn, test } from './fixtures.ts'

interface Made {
  id: string
  slug: string
}

const call = (apiKey: string, model: string) =>
  fetch(`${at.gateway}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }),
  })

test('a second workspace sees nothing of the first: pages, management API, gateway', async ({ page }) => {
  const [mine, theirs] = [await makeTenant('mine'), await makeTenant('theirs')]
  const model = await manage<Made>(
    mine,
    'POST',
    '/models',
    practiceModel({ name: 'Secret plan', aliases: ['plan/secret'] }),
  )
  const first = await call(mine.apiKey, model.slug)
  expect(first.status).toBe(200)
  const requestId = first.headers.get('x-request-id')!
  await expect
    .poll(async () =>
      (await manage<{ items: Made[] }>(mine, 'GET', '/requests')).items.some(({ id }) => id === requestId),
    )
    .toBe(true)

  await test.step('pages', async () => {
    await signIn(page, theirs)
    const absent = [
      ...[
        'router',
        'router/keys',
        'router/groups',
        `router/models/${model.slug}`,
        'requests',
        `requests/${requestId}`,
        'analytics',
      ],
      ...['settings/general', 'settings/members', 'settings/data', 'settings/audit'],
    ].map((path) => `/${mine.workspace}/${path}`)
    for (const path of [
      ...absent,
      `/${theirs.workspace}/router/models/${model.slug}`,
      `/${theirs.workspace}/router/models/${model.id}`,
    ]) {
      await page.goto(at.studio + path)
      await expect(page.getByRole('heading', { name: 'There is nothing here' }), path).toBeVisible()
      await expect(page.locator('body'), path).not.toContainText('Secret plan')
    }
    await page.goto(`${at.studio}/${theirs.workspace}/requests/${requestId}`)
    await expect(page.getByText('practice-chat')).toHaveCount(0)
    await page.goto(`${at.studio}/${theirs.workspace}/requests`)
    await expect(page.getByRole('heading', { name: 'No calls yet' })).toBeVisible()
    await page.goto(`${at.studio}/${theirs.workspace}/router`)
    await expect(page.getByRole('heading', { name: 'Nothing is plugged in yet' })).toBeVisible()
    await page.getByRole('button', { name: /change workspace/ }).click()
    await expect(page.getByRole('menuitem', { name: theirs.workspace })).toBeVisible()
    await expect(page.getByRole('menuitem')).toHaveCount(2)
  })

  await test.step('management API, by session and by key', async () => {
    const origin = { origin: at.studio }
    const own = `/api/workspaces/${theirs.workspace}`
    const foreign = `/api/workspaces/${mine.workspace}`
    const asked: [string, string][] = [
      ...['', '/models', `/models/${model.id}`, '/requests', '/keys', '/members', '/analytics/usage'].map(
        (path): [string, string] => ['GET', foreign + path],
      ),
      ['GET', `${own}/models/${model.id}`],
      ['GET', `${own}/models/${model.slug}`],
      ['PATCH', `${own}/models/${model.id}`],
      ['DELETE', `${own}/models/${model.id}`],
      ['POST', `${own}/models/${model.id}/validate`],
      ['GET', `${own}/models/${model.id}/prices`],
      ['GET', `${own}/requests/${requestId}`],
    ]
    const bodies: Record<string, object> = {
      PATCH: { name: 'Taken', version: 1 },
      DELETE: { name: 'Secret plan', version: 1 },
      POST: {},
    }
    for (const [method, path] of asked) {
      const data = bodies[method]
      const bySession = await page.request.fetch(at.studio + path, { method, headers: origin, ...(data && { data }) })
      expect([method, path, bySession.status()]).toEqual([method, path, 404])
      expect(await bySession.text()).not.toContain('Secret plan')
      const byKey = await fetch(at.studio + path, {
        method,
        headers: { authorization: `Bearer ${theirs.apiKey}`, 'content-type': 'application/json' },
        ...(data && { body: JSON.stringify(data) }),
      })
      expect([method, path, byKey.status]).toEqual([method, path, 404])
    }
    expect(await manage<{ items: [] }>(theirs, 'GET', '/models')).toMatchObject({ items: [] })
    expect(await manage<{ items: [] }>(theirs, 'GET', '/requests')).toMatchObject({ items: [] })
    expect(await manage<Made>(mine, 'GET', `/models/${model.id}`)).toMatchObject({ name: 'Secret plan', version: 1 })
  })

  await test.step('gateway', async () => {
    const absent = await (await call(theirs.apiKey, 'no-such-model')).json()
    for (const address of [model.slug, model.id, 'plan/secret', `${mine.workspace}@openai-compatible/practice-chat`]) {
      const answer = await call(theirs.apiKey, address)
      expect([address, answer.status, await answer.json()]).toMatchObject([
        address,
        404,
        { error: { code: 'model_not_found' } },
      ])
    }
    expect(absent).toMatchObject({ error: { code: 'model_not_found' } })
    const listed = await fetch(`${at.gateway}/v1/models`, { headers: { authorization: `Bearer ${theirs.apiKey}` } })
    expect(await listed.json()).toMatchObject({ data: [] })
  })
})
