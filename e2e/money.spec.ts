import { at, expect, expectAccessible, manage, practiceModel, signIn, test } from './fixtures.ts'

test('feedback is given, changed and taken away; past calls get another price; the month leads to one call in three clicks', async ({
  page,
  tenant,
}) => {
  const price = { inputPrice: '100', outputPrice: '100' }
  const made = await manage<{ id: string }>(
    tenant,
    'POST',
    '/models',
    practiceModel({ name: 'Paid', slug: 'paid', ...price }),
  )
  const answer = await fetch(`${at.gateway}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenant.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'paid', max_tokens: 16, messages: [{ role: 'user', content: 'Name a river' }] }),
  })
  const id = answer.headers.get('x-request-id')!
  const said = await fetch(`${at.gateway}/v1/feedback`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenant.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ request_id: id, rating: 'bad', values: { stars: 2 } }),
  })
  expect(said.status).toBe(200)
  await signIn(page, tenant)

  await test.step('one’s own feedback stands beside the key’s', async () => {
    await page.goto(`${at.studio}/${tenant.workspace}/requests/${id}`)
    const part = page.getByRole('region', { name: 'Feedback' })
    await expect(part.getByText('stars = 2')).toBeVisible()
    await part.getByRole('button', { name: 'Good' }).click()
    await part.getByRole('button', { name: 'Correct or comment' }).click()
    await part.getByLabel('What it should have answered').fill('The Rhine.')
    await page.keyboard.press('Escape')
    await expect(part.getByRole('form')).toHaveCount(0)
    await part.getByRole('button', { name: 'Correct or comment' }).click()
    await part.getByLabel('What it should have answered').fill('The Meuse.')
    await part.getByRole('button', { name: 'Save' }).click()
    await expect(part.getByRole('form')).toHaveCount(0)
    await expect(part.getByRole('listitem')).toHaveCount(2)
    await expect(part.getByText('The Meuse.')).toBeVisible()
    await part.getByRole('button', { name: 'Remove the feedback of you' }).click()
    await expect(part.getByRole('listitem')).toHaveCount(1)
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect(part.getByText('The Meuse.')).toBeVisible()
  })

  const before = (await manage<{ cost: { usd: string } }>(tenant, 'GET', `/requests/${id}`)).cost.usd
  await test.step('a re-cost is seen before it is done, and both figures after it', async () => {
    await page.goto(`${at.studio}/${tenant.workspace}/router/models/paid?tab=history`)
    await page.getByRole('button', { name: 'Re-cost past calls' }).click()
    const dialog = page.getByRole('dialog')
    const today = new Date().toISOString().slice(0, 10)
    await dialog.getByLabel('From').fill(today)
    for (const name of [/^Input Price/, /^Output Price/]) await dialog.getByRole('textbox', { name }).fill('200')
    await dialog.getByRole('button', { name: 'Preview' }).click()
    await expect(dialog.getByRole('row', { name: /^Total/ })).toBeVisible()
    await expectAccessible(page)
    await dialog.getByRole('button', { name: /^Re-cost \d/ }).click()
    await expect(page.getByText('At input $200.00')).toBeVisible()
    const cost = () => manage<{ cost: { usd: string } }>(tenant, 'GET', `/requests/${id}`).then((view) => view.cost.usd)
    await expect.poll(cost).toBe(String(Number((Number(before) * 2).toFixed(9))))
    await page.goto(`${at.studio}/${tenant.workspace}/requests/${id}`)
    await expect(page.getByText(`When it ran it cost $${before}`)).toBeVisible()
  })

  await test.step('the month, one model, one day, one call', async () => {
    await page.goto(`${at.studio}/${tenant.workspace}/analytics?range=month&practice=true`)
    await page.getByRole('region', { name: 'By model' }).getByRole('link', { name: 'Paid' }).click()
    await page.waitForURL(`**model=${made.id}**`)
    await page.getByRole('region', { name: 'By day' }).getByRole('link').first().click()
    await page.getByRole('region', { name: 'Requests' }).getByRole('row').nth(1).waitFor()
    await page.getByRole('region', { name: 'Requests' }).getByRole('link').first().click()
    await expect(page.getByRole('region', { name: 'Feedback' })).toBeVisible()
  })
})
