import type { Page } from '@playwright/test'
import { at, expect, expectAccessible, manage, practiceModel, signIn, type Tenant, test } from './fixtures.ts'
import { modelForm, openAddModel } from './model-form.ts'

interface Made {
  id: string
  slug: string
  version: number
}

const call = (tenant: Tenant, model: string) =>
  fetch(`${at.gateway}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenant.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }] }),
  })

const openModel = async (page: Page, tenant: Tenant, slug: string, query = '') => {
  await page.goto(`${at.studio}/${tenant.workspace}/router/models/${slug}${query}`)
}

test('a model is edited; an edit of something older shows both and lets the person choose', async ({
  page,
  tenant,
}) => {
  const made = await manage<Made>(tenant, 'POST', '/models', practiceModel({ name: 'First', maxTokens: 500 }))
  await signIn(page, tenant)
  await openModel(page, tenant, made.slug)
  await page.getByRole('button', { name: 'Edit', exact: true }).click()
  const form = modelForm(page)

  await test.step('what is not the connection is saved without a call', async () => {
    await form.box('name').fill('Renamed')
    await form.box('inputPrice').fill('0,3')
    await form.submit.click()
    await expect(form.dialog).toHaveCount(0)
    await expect(page.getByRole('heading', { name: 'Renamed', level: 1 })).toBeVisible()
    await expect(page.getByText('$0.30 per 1M tokens')).toBeVisible()
    // The name changed, the address did not.
    expect(await manage(tenant, 'GET', `/models/${made.slug}`)).toMatchObject({ name: 'Renamed', inputPrice: '0.3' })
  })

  await test.step('meanwhile somebody else: keep mine', async () => {
    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    await form.box('description').fill('Mine')
    const { version } = await manage<Made>(tenant, 'GET', `/models/${made.id}`)
    await manage(tenant, 'PATCH', `/models/${made.id}`, { version, name: 'Theirs', maxTokens: 900 })
    await form.submit.click()
    await expect(form.dialog.getByText('Somebody else changed this model meanwhile')).toBeVisible()
    await expect(form.dialog.getByText('Model Name: Renamed → Theirs')).toBeVisible()
    await expect(form.dialog.getByText('Max Tokens: 500 → 900')).toBeVisible()
    await form.dialog.getByRole('button', { name: 'Keep mine' }).click()
    await expect(form.box('description')).toHaveValue('Mine')
    await expect(form.box('maxTokens')).toHaveValue('900')
    await form.submit.click()
    await expect(form.dialog).toHaveCount(0)
    expect(await manage(tenant, 'GET', `/models/${made.id}`)).toMatchObject({
      name: 'Theirs',
      description: 'Mine',
      maxTokens: 900,
    })
  })

  await test.step('a new Base URL wants its key again', async () => {
    await page.getByRole('button', { name: 'Edit', exact: true }).click()
    await form.box('baseUrl').fill(`${at.practice}/no-models/v1`)
    await expect(
      form.dialog.getByText('A new Base URL needs its key again: a stored key is never sent to another address.'),
    ).toBeVisible()
    await form.submit.click()
    await expect(form.below('apiKey')).toHaveText('Paste the API key, or tick “This server needs no key”.')
    await form.box('apiKey').fill('sk-practice-browsertests2')
    await form.submit.click()
    await expect(form.dialog).toHaveCount(0, { timeout: 30_000 })
    expect(await manage(tenant, 'GET', `/models/${made.id}`)).toMatchObject({
      baseUrl: `${at.practice}/no-models/v1`,
      key: { lastFour: 'sts2' },
    })
  })

  await test.step('prices keep their history', async () => {
    await page.getByRole('tab', { name: 'History' }).click()
    const rows = page.getByRole('region', { name: 'Prices' }).locator('tbody tr')
    await expect(rows).toHaveCount(2)
    await expect(rows.first()).toContainText('$0.3')
    await expect(rows.last()).toContainText('$0.15')
  })
})

test('a key is rotated on every model that uses it, and one that it does not fit keeps the old one', async ({
  page,
  tenant,
}) => {
  const one = await manage<Made>(tenant, 'POST', '/models', practiceModel({ name: 'One' }))
  await manage(tenant, 'POST', '/models', practiceModel({ name: 'Two', modelId: 'practice-small' }))
  await signIn(page, tenant)
  await openModel(page, tenant, one.slug)
  await page.getByRole('button', { name: 'Rotate key' }).click()
  const dialog = page.getByRole('dialog', { name: 'Rotate key' })
  await expect(dialog.getByRole('checkbox', { name: 'Two' })).toBeChecked()

  await dialog.getByLabel('New API Key').fill('pb_live_0123456789')
  await dialog.getByRole('button', { name: 'Check and replace' }).click()
  await expect(dialog.getByText(/^This is a Patchbay key\. Paste the key of 127\.0\.0\.1:\d+\.$/)).toBeVisible()

  await dialog.getByLabel('New API Key').fill('sk-wrong-0000')
  await dialog.getByRole('button', { name: 'Check and replace' }).click()
  await expect(dialog.getByText('0 of 2 replaced. The others keep their old key.')).toBeVisible({ timeout: 30_000 })
  await dialog.getByRole('button', { name: 'Done' }).click()
  expect((await call(tenant, one.slug)).status).toBe(200)

  await page.getByRole('button', { name: 'Rotate key' }).click()
  await dialog.getByLabel('New API Key').fill('sk-practice-browsertests9')
  await dialog.getByRole('button', { name: 'Check and replace' }).click()
  await expect(dialog.getByText('The key of 2 models is replaced.')).toBeVisible({ timeout: 30_000 })
  await dialog.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByText(/ends in sts9/)).toBeVisible()
  expect((await call(tenant, 'two')).status).toBe(200)
})

test('a model is disabled and enabled at once, copied without its key, and deleted by its name', async ({
  page,
  tenant,
}) => {
  const made = await manage<Made>(tenant, 'POST', '/models', practiceModel({ name: 'Worker' }))
  expect((await call(tenant, made.slug)).status).toBe(200)
  await signIn(page, tenant)
  const menu = async (item: string) => {
    await page.getByRole('button', { name: 'Actions for Worker', exact: true }).click()
    await page.getByRole('menuitem', { name: item }).click()
  }
  const answers = () => expect.poll(async () => (await call(tenant, made.slug)).status)

  await menu('Disable')
  await expect(page.getByText('Worker is disabled. Calls to it are refused.')).toBeVisible()
  await expect(page.getByRole('row', { name: /Worker/ })).toContainText('Disabled')
  await answers().toBe(403)
  expect(await (await call(tenant, made.slug)).json()).toMatchObject({ error: { code: 'model_disabled' } })
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(page.getByRole('row', { name: /Worker/ })).not.toContainText('Disabled')
  await answers().toBe(200)

  await menu('Duplicate')
  const form = modelForm(page)
  await expect(form.box('name')).toHaveValue('Worker copy')
  await expect(form.box('modelId')).toHaveValue('practice-chat')
  await expect(form.box('apiKey')).toHaveValue('')
  await form.submit.click()
  await expect(form.footer('Nothing was saved. 1 field to fix.')).toBeVisible()
  await form.box('apiKey').fill('sk-practice-browsertests3')
  await form.submit.click()
  await expect(page.getByText('Ready to call.')).toBeVisible({ timeout: 30_000 })
  await page.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByRole('link', { name: /^Worker copy/ })).toBeVisible()

  await menu('Delete')
  const confirm = page.getByRole('dialog', { name: 'Delete Worker' })
  const remove = confirm.getByRole('button', { name: 'Delete model' })
  await expect(remove).toBeDisabled()
  await confirm.getByRole('textbox').fill('Work')
  await expect(remove).toBeDisabled()
  await confirm.getByRole('textbox').fill('Worker')
  await remove.click()
  await expect(page.getByRole('button', { name: 'Actions for Worker', exact: true })).toHaveCount(0)
  await answers().toBe(404)
  expect((await call(tenant, 'worker-copy')).status).toBe(200)
})

test('embeddings, pictures and completions are added through the form and tried', async ({ page, tenant }) => {
  test.setTimeout(120_000)
  await signIn(page, tenant)
  const form = await openAddModel(page, at.studio, tenant.workspace, 'practice')
  const tries = page.getByRole('region', { name: 'Try it' })

  async function add(type: string, name: string, modelId: string) {
    await form.dialog.getByRole('radio', { name: type, exact: true }).click()
    await form.box('name').fill(name)
    await form.box('modelId').fill(modelId)
    await form.submit.click()
  }
  async function next() {
    await page.getByRole('button', { name: 'Done' }).click()
    await openAddModel(page, at.studio, tenant.workspace, 'practice')
  }

  await test.step('embedding: the dimension', async () => {
    await add('Embedding', 'Vectors', 'practice-embed')
    await expect(page.getByText('Ready to call.')).toBeVisible({ timeout: 30_000 })
    await expect(page.getByText('512 dimensions, counted in an answer')).toBeVisible()
    await tries.getByRole('textbox').fill('A patch panel')
    await tries.getByRole('button', { name: 'Send' }).click()
    await expect(tries.getByText(/^512 dimensions: \[-?0\.\d{4}, /)).toBeVisible()
    await next()
  })

  await test.step('completion', async () => {
    await add('Completion', 'Legacy', 'practice-completion')
    await expect(page.getByText('Ready to call.')).toBeVisible({ timeout: 30_000 })
    await tries.getByRole('textbox').fill('Once upon a time')
    await tries.getByRole('button', { name: 'Send' }).click()
    await expect(tries.getByText(/^\d+ → \d+$/)).toBeVisible()
    await next()
  })

  await test.step('image: nothing is drawn before somebody agreed to the price', async () => {
    await form.dialog.getByRole('radio', { name: 'Image' }).click()
    await form.box('imagePrice').fill('0.04')
    const consent = form.dialog.getByRole('checkbox', {
      name: 'Make 3 pictures to see what the model does, for at most $0.12',
    })
    await expect(consent).not.toBeChecked()
    const key = await form.box('apiKey').inputValue()
    const account = async () => {
      const answer = await fetch(`${at.practice}/practice/account?key=${key}`)
      const { rows } = (await answer.json()) as { rows: { model: string; calls: number }[] }
      return rows.find((row) => row.model === 'practice-image')?.calls ?? 0
    }
    await form.box('name').fill('Pictures')
    await form.box('modelId').fill('practice-image')
    const drawn = await account()
    await form.dialog.getByRole('button', { name: 'Validate' }).click()
    await expect(form.footer('Checked. Ready to save.')).toBeVisible({ timeout: 30_000 })
    await expect(
      form.dialog.getByText('Listed, not called: that would make 3 pictures for at most $0.12'),
    ).toBeVisible()
    expect(await account()).toBe(drawn)
    await consent.click()
    await form.submit.click()
    await expect(page.getByText('Ready to call.')).toBeVisible({ timeout: 30_000 })
    expect(await account()).toBeGreaterThan(drawn)
    await tries.getByRole('textbox').fill('A red circle')
    await tries.getByRole('button', { name: 'Send' }).click()
    const picture = tries.getByRole('img', { name: 'A red circle' })
    await expect(picture).toBeVisible()
    expect(await picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0)
  })
})

test('a revoked key is shown at once, and one paste repairs every model that has it', async ({ page, tenant }) => {
  // Revoked for good: another one for each run.
  const apiKey = `sk-practice-revoked${tenant.workspace.replace(/\W/g, '').slice(-12)}`
  const one = await manage<Made>(tenant, 'POST', '/models', practiceModel({ name: 'One', apiKey }))
  await manage(tenant, 'POST', '/models', practiceModel({ name: 'Two', apiKey, modelId: 'practice-small' }))
  expect((await call(tenant, one.slug)).status).toBe(200)
  await fetch(`${at.practice}/practice/keys/${apiKey}/revoke`, { method: 'POST' })
  expect((await call(tenant, one.slug)).status).toBe(502)
  await expect
    .poll(async () => (await manage<{ items: unknown[] }>(tenant, 'GET', '/notices')).items.length, { timeout: 30_000 })
    .toBe(1)

  await signIn(page, tenant)
  for (const name of [/\bOne\b/, /\bTwo\b/]) await expect(page.getByRole('row', { name })).toContainText('Key refused')
  await page.getByRole('button', { name: 'Notices, 1' }).click()
  await expect(page.getByText(/refuses the key of 2 models$/)).toBeVisible()
  await page.getByRole('link', { name: 'Replace the key' }).click()
  const dialog = page.getByRole('dialog', { name: 'Rotate key' })
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Try again' }).click()
  await expect(dialog.getByText(/refuses this key/)).toBeVisible({ timeout: 30_000 })
  await dialog.getByLabel('New API Key').fill('sk-practice-browserrevoked2')
  await dialog.getByRole('button', { name: 'Check and replace' }).click()
  await expect(dialog.getByText('The key of 2 models is replaced.')).toBeVisible({ timeout: 30_000 })
  await dialog.getByRole('button', { name: 'Done' }).click()
  for (const model of ['one', 'two']) await expect.poll(async () => (await call(tenant, model)).status).toBe(200)
  await page.goto(`${at.studio}/${tenant.workspace}/router`)
  await expect(page.getByRole('row', { name: /\bOne\b/ })).not.toContainText('Key refused')
  await expect(page.getByRole('button', { name: 'Notices, none' })).toBeVisible()
})

test('many models are changed at once, and one in use goes once its uses point elsewhere', async ({ page, tenant }) => {
  for (const name of ['Alpha', 'Bravo', 'Charlie']) await manage(tenant, 'POST', '/models', practiceModel({ name }))
  await manage(tenant, 'POST', '/groups', { address: 'team-chat', members: [{ model: 'alpha', weight: 1 }] })
  await signIn(page, tenant)
  const tick = (name: string) => page.getByRole('checkbox', { name: `Select ${name}` }).click()

  await tick('Alpha')
  await tick('Bravo')
  await page.getByRole('button', { name: 'Disable' }).click()
  await expect(page.getByText('2 models are disabled. Calls to them are refused.')).toBeVisible()
  await expect(page.getByRole('row', { name: /Bravo/ })).toContainText('Disabled')
  await expect.poll(async () => (await call(tenant, 'bravo')).status).toBe(403)

  await tick('Alpha')
  await tick('Bravo')
  await page.getByRole('button', { name: 'Delete', exact: true }).click()
  const confirm = page.getByRole('dialog', { name: 'Delete 2 models' })
  await expect(confirm.getByRole('button', { name: 'Delete 2 models' })).toBeDisabled()
  await confirm.getByRole('textbox').fill('delete')
  await confirm.getByRole('button', { name: 'Delete 2 models' }).click()
  const told = page.getByRole('dialog', { name: 'How it went' })
  await expect(told.getByText('1 model is deleted. 1 of 2 did not work.')).toBeVisible()
  await expect(told.getByText(/is used by the group “team-chat”/)).toBeVisible()
  await told.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByRole('row', { name: /Bravo/ })).toHaveCount(0)

  await page.getByRole('button', { name: 'Actions for Alpha', exact: true }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete Alpha' })
  await dialog.getByRole('combobox', { name: 'In place of Alpha in the group “team-chat”' }).click()
  await page.getByRole('option', { name: 'Charlie' }).click()
  await dialog.getByRole('textbox').fill('Alpha')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Point elsewhere and delete' }).click()
  await expect(page.getByRole('row', { name: /Alpha/ })).toHaveCount(0)
  await expect.poll(async () => (await call(tenant, 'team-chat')).status).toBe(200)
})

test('what is still being fetched takes nothing away that stands: a tab, the dialog after saving', async ({
  page,
  tenant,
}) => {
  const made = await manage<Made>(tenant, 'POST', '/models', practiceModel({ name: 'Worker' }))
  await signIn(page, tenant)
  const hold = async () => {
    const held = Promise.withResolvers<void>()
    await page.route('**/_next/static/chunks/**', async (route) => {
      await held.promise
      await route.continue()
    })
    return held.resolve
  }

  await openModel(page, tenant, made.slug)
  await expect(page.getByText('Calls, 24 h')).toBeVisible()
  let release = await hold()
  const asked = page.waitForRequest('**/_next/static/chunks/**')
  await page.getByRole('tab', { name: 'History' }).click()
  await asked
  await expect(page.getByRole('heading', { name: 'Worker', level: 1 })).toBeVisible()
  await expect(page.getByRole('tab', { name: 'History' })).toBeFocused()
  release()
  await expect(page.getByRole('region', { name: 'Prices' })).toBeVisible()
  await page.unroute('**/_next/static/chunks/**')

  const form = await openAddModel(page, at.studio, tenant.workspace, 'practice')
  await expect(form.box('name')).toHaveValue(/./)
  release = await hold()
  await form.submit.click()
  await expect(page.getByText('Ready to call.')).toBeVisible({ timeout: 30_000 })
  release()
  await page.getByRole('button', { name: 'Send' }).click()
  await expect(page.getByText(/^Answer/)).toBeVisible()
})
