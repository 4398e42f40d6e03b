import type { Page } from '@playwright/test'
import { at, expect, expectAccessible, manage, practiceModel, signIn, type Tenant, test } from './fixtures.ts'

interface Made {
  id: string
  slug: string
  version: number
}

const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** A call as a caller makes it, with what the gateway changed and refused. */
async function call(tenant: Tenant, model: string, body: object = {}) {
  const answer = await fetch(`${at.gateway}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenant.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Say hello' }], ...body }),
  })
  const { error } = (await answer.json()) as { error?: { code: string } }
  return { code: error?.code, adapted: answer.headers.get('x-patchbay-adapted') ?? '' }
}

const open = (page: Page, tenant: Tenant, slug: string, query = '') =>
  page.goto(`${at.studio}/${tenant.workspace}/router/models/${slug}${query}`)

test('a model is read, proven, corrected by hand and checked again on its own page', async ({ page, tenant }) => {
  test.setTimeout(180_000)
  const model = await manage<Made>(tenant, 'POST', '/models', practiceModel({ name: 'Support chat' }))
  await manage(tenant, 'POST', '/models', practiceModel({ name: 'Stand-in', modelId: 'practice-small' }))
  await call(tenant, model.slug)
  await signIn(page, tenant)
  await open(page, tenant, model.slug)
  await expect(page.getByText('Calls, 24 h')).toBeVisible()
  await expect(page.getByText(/^Added by/)).toBeVisible()
  await expectAccessible(page)

  await test.step('the proof of a capability, walked through by keyboard', async () => {
    await page.getByRole('button', { name: /^named, works/ }).click()
    const proof = page.getByRole('dialog', { name: 'Proof' })
    await expect(proof.getByRole('heading', { name: 'A named function' })).toBeVisible()
    await expectAccessible(page)
    await proof.getByRole('button', { name: 'Copy the call as curl' }).click()
    const curl = await page.evaluate(() => navigator.clipboard.readText())
    expect(curl).toContain('Bearer $API_KEY')
    expect(curl).not.toContain('sk-practice')
    const before = await proof.getByText(/^\d+ of \d+$/).textContent()
    await page.keyboard.press('ArrowRight')
    await expect(proof.getByText(/^\d+ of \d+$/)).not.toHaveText(before!)
    await page.keyboard.press('k')
    await expect(proof.getByText(/^\d+ of \d+$/)).toHaveText(before!)
    await proof.getByRole('button', { name: /^Listing with a wrong key/ }).click()
    await expect(proof.getByText('Negative control: a wrong key')).toBeVisible()
    // The address leads back to the same exchange.
    await page.reload()
    await expect(proof.getByText('Negative control: a wrong key')).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(proof).toBeHidden()
  })

  await test.step('a pinned verdict counts at once, and the pin is undone', async () => {
    await page.getByRole('button', { name: /^Vision, works/ }).click()
    const proof = page.getByRole('dialog', { name: 'Proof' })
    await proof.getByRole('button', { name: 'Pin another verdict' }).click()
    await proof.getByRole('radio', { name: 'Not offered' }).click()
    await proof.getByRole('textbox', { name: 'Reason' }).fill('Counts objects wrong')
    await proof.getByRole('button', { name: 'Pin', exact: true }).click()
    await expect(proof.getByText('Validation found: yes')).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(page.getByText('Counts objects wrong')).toBeVisible()
    const picture = {
      messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: pixel } }] }],
    }
    await expect.poll(async () => (await call(tenant, model.slug, picture)).code).toBe('unsupported_for_model')
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect(page.getByRole('button', { name: /^Vision, works/ })).toBeVisible()
  })

  await test.step('a field of the wire profile is set by hand, told of to callers, and given back', async () => {
    await page.getByRole('tab', { name: /^Wire profile/ }).click()
    await page.getByRole('button', { name: 'Edit Dropped parameters' }).click()
    const form = page.getByRole('form', { name: 'Dropped parameters' })
    await form.getByRole('textbox').fill('messages')
    await form.getByRole('button', { name: 'Save' }).click()
    await expect(form.getByText('A call cannot do without this parameter.')).toBeVisible()
    // Somebody else edits the model meanwhile: nothing typed is lost.
    await form.getByRole('textbox').fill('seed')
    const { version } = await manage<Made>(tenant, 'GET', `/models/${model.id}`)
    await manage(tenant, 'PATCH', `/models/${model.id}`, { version, description: 'Meanwhile' })
    await form.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByText('Somebody else changed this model meanwhile')).toBeVisible()
    await expect(form.getByRole('textbox')).toHaveValue('seed')
    await form.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByText('seed: cut before a call is sent')).toBeVisible()
    await expectAccessible(page)
    await expect.poll(async () => (await call(tenant, model.slug, { seed: 7 })).adapted).toContain('-seed')
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export JSON' }).click(),
    ])
    expect(file.suggestedFilename()).toBe('support-chat.wire-profile.json')
  })

  await test.step('a second validation is compared with the first, and leaves alone what was set by hand', async () => {
    await page.getByRole('tab', { name: 'Validations' }).click()
    await page.getByRole('button', { name: 'Run again' }).click()
    await expect(page.getByText('Changes since the run before')).toBeVisible({ timeout: 30_000 })
    await expect(page.getByText(/^Nothing changed/)).toBeVisible({ timeout: 30_000 })
    await expectAccessible(page)
    const first = page.getByRole('button', { name: /when it was added/ })
    await first.click()
    await expect(page).toHaveURL(/validation=val_/)
    await page.reload()
    await expect(first).toHaveAttribute('aria-current', 'true')
    await page.getByRole('tab', { name: /^Wire profile/ }).click()
    await page.getByRole('button', { name: 'Edit Dropped parameters' }).click()
    await page.getByRole('button', { name: 'Reset to as learned' }).click()
    await expect(page.getByText('set by hand')).toHaveCount(0)
  })

  await test.step('who answers in its place is chosen, told as a use, and taken back', async () => {
    await page.getByRole('tab', { name: 'Routing' }).click()
    const edit = page.getByRole('button', { name: 'Edit routing' })
    await edit.click()
    await page.getByRole('radio', { name: '2' }).click()
    const statuses = page.getByRole('textbox', { name: 'Only on these statuses' })
    await statuses.fill('429, all')
    await expect(page.getByText('Statuses are numbers, for example 429, 503.')).toBeVisible()
    await statuses.fill('429, 200')
    await page.getByRole('combobox', { name: 'Fallbacks' }).fill('stand')
    await page.getByRole('option', { name: /^Stand-in/ }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByText('Only 408, 409, 429 and 500 to 599 can be tried again.')).toBeVisible()
    await statuses.fill('429, 503')
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByText('2 on this model, on 429, 503')).toBeVisible()
    await expectAccessible(page)
    await page.getByRole('link', { name: 'Stand-in' }).click()
    await page.getByRole('tab', { name: /^Uses/ }).click()
    await expect(page.getByRole('listitem').filter({ hasText: 'Support chat' })).toContainText('fallback')
    await open(page, tenant, model.slug, '?tab=routing')
    await edit.click()
    await page.getByRole('button', { name: 'Remove Stand-in' }).click()
    await page.getByRole('radio', { name: '0' }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByText('None')).toHaveCount(2)
  })

  await test.step('prices, uses, figures and changes stand in tabs of their own', async () => {
    await page.getByRole('tab', { name: 'History' }).click()
    await page.getByRole('button', { name: 'Set a price' }).click()
    const dialog = page.getByRole('dialog', { name: 'Set a price' })
    await dialog.getByLabel('Input Price (per 1M tokens)', { exact: true }).fill('0,2')
    await dialog.getByRole('button', { name: 'Set price' }).click()
    await expect(dialog).toBeHidden()
    await expect(page.getByRole('row', { name: /in force.*\$0\.20/ })).toBeVisible()
    await expect(page.getByText('Pinned a verdict')).toBeVisible()
    await expect(page.getByText('Changed the wire profile').first()).toBeVisible()
    await expectAccessible(page)
    await page.getByRole('tab', { name: /^Uses/ }).click()
    await expect(page.getByText('Nothing uses it by name')).toBeVisible()
    await expectAccessible(page)
    await page.getByRole('tab', { name: 'Usage' }).click()
    await expect(page.getByRole('heading', { name: /^Calls per/ })).toBeVisible()
    await page.getByRole('radio', { name: '30 days' }).click()
    await expect(page).toHaveURL(/range=30d/)
    await expect(page.getByText('Calls, 30 d')).toBeVisible()
    await expectAccessible(page)
  })
})
