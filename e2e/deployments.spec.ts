import type { Page } from '@playwright/test'
import OpenAI from 'openai'
import { at, expect, expectAccessible, manage, practiceModel, signIn, type Tenant, test } from './fixtures.ts'

const address = 'deployment/support-answer'
const saved = (page: Page) => expect(page.getByRole('status').filter({ hasText: /^Draft saved/ })).toBeVisible()
const message = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true })
const dialog = (page: Page) => page.getByRole('dialog')
const tab = (page: Page, name: string) => page.getByRole('tab', { name: new RegExp(`^${name}`) })

/** Calls the deployment by the official client: what version and variant answered, by which environment. */
async function ask(tenant: Tenant, base: string, model = address): Promise<string[]> {
  const client = new OpenAI({ baseURL: `${base}/v1`, apiKey: tenant.apiKey, maxRetries: 0 })
  const { data, response } = await client.chat.completions
    .create({ model, messages: [], variables: { question: 'Where is my order?' } } as never)
    .withResponse()
  expect((data as OpenAI.ChatCompletion).choices).toHaveLength(1)
  return ['version', 'variant', 'environment'].map((name) => response.headers.get(`x-patchbay-${name}`)!)
}

/** Chooses in an open list of models, by keyboard, as fast as somebody types. */
async function choose(page: Page, name: string) {
  await page.getByRole('combobox', { name: 'Search models' }).fill(name)
  // At once: what is still on its way is waited for, not what stands there.
  await page.keyboard.press('Enter')
}

test('a prompt is written, published, called, changed, promoted and rolled back, by keyboard', async ({
  page,
  tenant,
}) => {
  test.setTimeout(240_000)
  for (const name of ['Support chat', 'Second chat']) await manage(tenant, 'POST', '/models', practiceModel({ name }))
  await signIn(page, tenant)
  await page.getByRole('link', { name: 'Deployments' }).click()
  await expect(page.getByRole('heading', { name: 'No deployments yet' })).toBeVisible()

  const draftVersion = async () =>
    (await manage<{ version: number }>(tenant, 'GET', '/deployments/support-answer/draft')).version

  await test.step('a key and a first model', async () => {
    await page.getByRole('button', { name: 'New deployment' }).press('Enter')
    await expect(dialog(page).getByLabel('Key', { exact: true })).toBeFocused()
    await page.keyboard.type('support answer')
    await page.keyboard.press('Control+Enter')
    await expect(dialog(page).getByText('2 fields to fix')).toBeVisible()
    await dialog(page).getByLabel('Key', { exact: true }).fill('support-answer')
    await dialog(page).getByRole('button', { name: 'Choose the first model' }).press('Enter')
    await choose(page, 'Support chat')
    await expect(dialog(page).getByRole('button', { name: 'Choose the first model: Support chat' })).toBeFocused()
    await page.keyboard.press('Control+Enter')
    await expect(page).toHaveURL(/\/deployments\/support-answer$/)
  })

  await test.step('a prompt with variables, a function and a JSON schema', async () => {
    await page.getByRole('button', { name: 'Write a prompt' }).press('Enter')
    await message(page, 'System message 1').fill('You answer customers of {{shop}}.\nBe kind.')
    await message(page, 'User message 2').fill('{{question}}')
    await page.getByRole('button', { name: 'Declare them' }).press('Enter')
    const shop = page.getByRole('group', { name: 'Variable shop' })
    await shop.getByLabel('Default').fill('Cable & Co')
    await page.getByRole('button', { name: /^Functions/ }).press('Enter')
    await page.getByRole('button', { name: 'Function', exact: true }).press('Enter')
    await page.keyboard.type('find_order')
    await page.getByRole('button', { name: /^Answer format/ }).press('Enter')
    await page.getByRole('radio', { name: 'JSON schema' }).press('Space')
    await expect(message(page, 'Schema')).toHaveValue(/"answer"/)
    await saved(page)
  })

  await test.step('a model saved a second ago is offered; where it cannot do it, the fallback is marked and refused', async () => {
    await manage(tenant, 'POST', '/models', practiceModel({ name: 'Plain chat', modelId: 'practice-chat:no-tools' }))
    await page.getByRole('button', { name: 'Fallback', exact: true }).press('Enter')
    await choose(page, 'Plain chat')
    const models = page.getByRole('list', { name: 'Models, in their order' })
    await expect(models.getByText('Plain chat does not support function calling')).toBeVisible()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Publish', exact: true }).press('Enter')
    await expect(dialog(page).getByText('It cannot be published as it stands')).toBeVisible()
    await expect(dialog(page).getByText(/^Plain chat does not support function calling/)).toBeVisible()
    await expect(dialog(page).getByRole('button', { name: 'Publish 1.0' })).toBeDisabled()
    const refused = manage(tenant, 'POST', '/deployments/support-answer/publish', {
      draftVersion: await draftVersion(),
    })
    await expect(refused).rejects.toThrow(/not_publishable/)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Fallback 1: Plain chat' }).press('Enter')
    await choose(page, 'Second chat')
    await expect(models.getByText('does not support')).toHaveCount(0)
    await saved(page)
  })

  async function publish(environment: string, version: string, words: string) {
    await page.getByRole('button', { name: 'Publish', exact: true }).press('Enter')
    await dialog(page).getByLabel('Serves').fill(environment)
    await dialog(page).getByLabel('What is new').fill(words)
    await expect(dialog(page).getByRole('button', { name: `Publish ${version}` })).toBeEnabled()
    await page.keyboard.press('Control+Enter')
    await expect(page.getByText(`${environment} serves ${version}`)).toBeVisible()
    await expect(dialog(page)).toHaveCount(0)
  }

  await test.step('1.0 answers the official client on both doors', async () => {
    await publish('production', '1.0', 'The first one')
    for (const base of [at.gateway, at.studio])
      await expect.poll(() => ask(tenant, base).catch(String)).toEqual(['1.0', 'main', 'production'])
  })

  await test.step('the draft is tried as it stands', async () => {
    await message(page, 'System message 1').fill('You answer customers of {{shop}}.\nBe short.')
    const panel = page.getByRole('region', { name: 'Try it' })
    await panel.getByRole('textbox', { name: 'question' }).fill('Where is my order?')
    await page.keyboard.press('Control+Enter')
    await expect(panel.getByText(/\$0\.\d+/)).toBeVisible({ timeout: 15_000 })
    await expect(panel.getByRole('link', { name: 'Trace' })).toBeVisible()
  })

  await test.step('what changed is shown, published to staging, promoted, and rolled back', async () => {
    await tab(page, 'Versions').click()
    await page.getByRole('button', { name: 'Compare 1.0 with the draft' }).press('Enter')
    const prompt = page.getByRole('region', { name: 'Prompt of main' })
    await expect(prompt.getByText('kind', { exact: true })).toBeVisible()
    await expect(prompt.getByText('short', { exact: true })).toBeVisible()
    await expect(page.getByText('1 change', { exact: true })).toBeVisible()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'All versions' }).press('Enter')
    await publish('staging', '1.1', 'Shorter')
    await expect
      .poll(() => ask(tenant, at.gateway, `${address}@staging`).catch(String))
      .toEqual(['1.1', 'main', 'staging'])
    await page.getByRole('button', { name: 'Promote to production' }).press('Enter')
    await dialog(page).getByRole('button', { name: 'Serve 1.1' }).press('Enter')
    await expect.poll(() => ask(tenant, at.gateway)).toEqual(['1.1', 'main', 'production'])
    await page.getByRole('button', { name: 'Roll back to 1.0' }).press('Enter')
    await expect(page.getByText('production serves 1.0 again')).toBeVisible()
    await expect.poll(() => ask(tenant, at.gateway)).toEqual(['1.0', 'main', 'production'])
  })

  await test.step('every call shows its version and variant', async () => {
    await tab(page, 'Figures').click()
    const versions = page.getByRole('region', { name: 'By version' })
    await expect(async () => {
      await page.reload()
      for (const name of ['1.0', '1.1', 'draft']) await expect(versions.getByRole('row', { name })).toBeVisible()
    }).toPass()
    await page.getByRole('link', { name: 'Show its requests' }).click()
    await page.getByRole('region', { name: 'Requests' }).getByRole('row').nth(1).click()
    await expect(page.getByText(/support-answer.*1\.0.*main.*production/).first()).toBeVisible()
  })

  await test.step('a variant is opened in the playground, its models beside each other', async () => {
    await page.goto(`${at.studio}/${tenant.workspace}/deployments/support-answer`)
    const panel = page.getByRole('region', { name: 'Try it' })
    await panel.getByRole('textbox', { name: 'question' }).fill('Where is my parcel?')
    await panel.getByRole('button', { name: 'Open in the playground' }).press('Enter')
    await expect(page).toHaveURL(/\/playground\/[^/]+$/)
    await expect(page.getByRole('textbox', { name: 'question' })).toHaveValue('Where is my parcel?')
    for (const name of ['Support chat', 'Second chat'])
      await expect(page.getByRole('region', { name, exact: true })).toBeVisible()
    await page.getByRole('textbox', { name: 'question' }).press('Control+Enter')
    for (const name of ['Support chat', 'Second chat'])
      await expect(page.getByRole('region', { name, exact: true })).toContainText(/\$0\.\d+/, { timeout: 15_000 })
  })
})

test('two people at one draft: both are shown, and what is left can be taken back', async ({ page, tenant }) => {
  const { id: model } = await manage<{ id: string }>(tenant, 'POST', '/models', practiceModel())
  const configOf = (content: string) => ({ variants: [{ name: 'main', model, messages: [{ role: 'user', content }] }] })
  await manage(tenant, 'POST', '/deployments', { key: 'shared', config: configOf('As it was') })
  await signIn(page, tenant)
  await page.goto(`${at.studio}/${tenant.workspace}/deployments/shared`)
  const box = message(page, 'User message 1')
  await expect(box).toHaveValue('As it was')

  await manage(tenant, 'PUT', '/deployments/shared/draft', { version: 1, config: configOf('Theirs') })
  await box.fill('Mine')
  await expect(dialog(page).getByText('Somebody else saved this draft')).toBeVisible()
  await expect(dialog(page).getByText('Theirs', { exact: true })).toBeVisible()
  await expect(dialog(page).getByText('Mine', { exact: true })).toBeVisible()
  await expectAccessible(page)
  const stands = async () =>
    (await manage<{ config: ReturnType<typeof configOf> }>(tenant, 'GET', '/deployments/shared/draft')).config
      .variants[0]!.messages[0]!.content
  expect(await stands()).toBe('Theirs')

  // A reload in the middle of it loses nothing either.
  await page.reload()
  await dialog(page).getByRole('button', { name: 'Take theirs' }).press('Enter')
  await expect(box).toHaveValue('Theirs')
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(box).toHaveValue('Mine')
  await expect.poll(stands).toBe('Mine')
  await saved(page)
})
