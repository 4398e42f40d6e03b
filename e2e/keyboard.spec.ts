import type { Locator, Page } from '@playwright/test'
import { at, expect, manage, practiceModel, test } from './fixtures.ts'
import { modelForm } from './model-form.ts'

/** Presses Tab until the focus is there: it must be reachable, and visible when it is. */
async function tabTo(page: Page, target: Locator, key = 'Tab') {
  for (let presses = 0; presses < 60; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) {
      await expect(target).toBeInViewport()
      return
    }
    await page.keyboard.press(key)
  }
  throw new Error(`${key} does not lead to ${target}`)
}

const type = (page: Page, text: string) => page.keyboard.type(text)

test('sign in, add a model, try it: by keyboard alone', async ({ page, tenant }) => {
  await page.goto(`${at.studio}/sign-in`)
  // The first field has the focus.
  await expect(page.getByLabel('E-mail')).toBeFocused()
  await type(page, tenant.email)
  await page.keyboard.press('Tab')
  await type(page, tenant.password)
  await page.keyboard.press('Enter')
  await page.waitForURL(`**/${tenant.workspace}/router`)

  await tabTo(page, page.getByRole('button', { name: 'Add Model' }).first())
  await page.keyboard.press('Enter')
  await expect(page.getByRole('menuitem', { name: /^OpenAI compatible/ })).toBeFocused()
  await page.keyboard.press('Enter')
  const form = modelForm(page)
  await expect(form.dialog).toBeVisible()

  await tabTo(page, form.dialog.getByRole('radio', { name: 'Chat Completion' }))
  await page.keyboard.press('ArrowRight', { delay: 50 })
  await expect(form.dialog.getByRole('radio', { name: 'Completion', exact: true })).toBeChecked()
  await page.keyboard.press('ArrowLeft', { delay: 50 })
  await tabTo(page, form.box('baseUrl'))
  await type(page, `${at.practice}/v1`)
  await tabTo(page, form.box('apiKey'))
  await type(page, 'sk-practice-keyboard01')
  await tabTo(page, form.box('name'))
  await type(page, 'Typed')
  await tabTo(page, form.box('modelId'))
  // The list of the server's models narrows while typing; the arrow and Enter choose.
  await type(page, 'practice-ch')
  await expect(page.getByRole('option', { name: /^practice-chat/ })).toBeVisible()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect(form.box('modelId')).toHaveValue('practice-chat')
  await tabTo(page, form.dialog.getByRole('combobox', { name: 'Region' }))
  await page.keyboard.press('Enter')
  const own = page.getByRole('option', { name: 'Own servers' })
  await expect(own).toBeVisible()
  await type(page, 'Own')
  await expect(own).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(form.dialog.getByRole('combobox', { name: 'Region' })).toHaveText('Own servers')
  // What is wrong takes the focus, and the button that mends it is the next stop.
  await page.keyboard.press('Shift+Tab')
  await tabTo(page, form.box('modelId'), 'Shift+Tab')
  await page.keyboard.press('End')
  await type(page, 't')
  await page.keyboard.press('Control+Enter')
  await expect(form.footer('Nothing was saved. 1 field to fix.')).toBeVisible({ timeout: 30_000 })
  await expect(form.box('modelId')).toBeFocused()
  await tabTo(page, form.below('modelId').getByRole('button', { name: 'practice-chat' }))
  await page.keyboard.press('Enter')
  await expect(form.box('modelId')).toHaveValue('practice-chat')
  await expect(form.box('modelId')).toBeFocused()
  await page.keyboard.press('Control+Enter')

  await expect(page.getByText('Ready to call.')).toBeVisible({ timeout: 30_000 })
  await tabTo(page, page.getByRole('textbox', { name: 'Say something' }))
  await type(page, 'Hello')
  await page.keyboard.press('Enter')
  await expect(page.getByText(/^\d+ → \d+$/)).toBeVisible()
  await tabTo(page, page.getByRole('button', { name: 'Create an API key' }))
  await page.keyboard.press('Enter')
  await expect(page.getByText('This key is shown once')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(page.getByRole('link', { name: /^Typed/ })).toBeVisible()
})

test('the keys go everywhere: ⌘K, ?, g, /, j, k, Enter', async ({ page, tenant }) => {
  for (const name of ['Anna', 'Berta', 'Carla']) {
    await manage(
      tenant,
      'POST',
      '/models',
      practiceModel({ name, slug: `model-${name.toLowerCase()}`, modelId: 'practice-small' }),
    )
  }
  await page.goto(`${at.studio}/sign-in`)
  await type(page, tenant.email)
  await page.keyboard.press('Tab')
  await type(page, tenant.password)
  await page.keyboard.press('Enter')
  await page.waitForURL(`**/${tenant.workspace}/router`)
  await expect(page.getByRole('link', { name: /^Anna/ })).toBeVisible()

  await test.step('j and k walk over the rows, Enter opens', async () => {
    const rows = page.locator('tr[data-row]')
    await page.keyboard.press('j')
    await expect(rows.nth(0)).toBeFocused()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('k')
    await expect(rows.nth(1)).toBeFocused()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/router/models/model-berta')
  })
  await test.step('? lists the keys, Escape closes it', async () => {
    await page.keyboard.press('?')
    await expect(page.getByRole('dialog', { name: 'Keys' })).toContainText('Next, previous row')
    await page.keyboard.press('Escape')
    await expect(page.getByRole('dialog')).toHaveCount(0)
  })
  await test.step('⌘K finds a model by its name', async () => {
    await page.keyboard.press('Control+k')
    await expect(page.getByRole('combobox')).toBeFocused()
    await type(page, 'carl')
    await expect(page.getByRole('option', { name: /^Carla/ })).toHaveAttribute('aria-selected', 'true')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/router/models/model-carla')
  })
  await test.step('⌘K runs what the page can do', async () => {
    await page.keyboard.press('g')
    await page.keyboard.press('r')
    await page.waitForURL(`**/${tenant.workspace}/router`)
    await expect(page.getByRole('link', { name: /^Anna/ })).toBeVisible()
    await page.keyboard.press('Control+k')
    await type(page, 'add model')
    await page.keyboard.press('Enter')
    await expect(modelForm(page).dialog).toBeVisible()
    await page.keyboard.press('Escape')
    await expect(page.getByRole('dialog')).toHaveCount(0)
  })
  await test.step('/ goes to the search, g to the areas', async () => {
    await page.keyboard.press('/')
    await expect(page.getByRole('searchbox', { name: 'Search name, ID, host' })).toBeFocused()
    await type(page, 'bert')
    await expect(page.locator('tr[data-row]')).toHaveCount(1)
    await page.keyboard.press('Escape')
    await tabTo(page, page.getByRole('link', { name: /^Berta/ }))
    for (const [key, area] of [
      ['l', 'requests'],
      ['a', 'analytics'],
      ['s', 'settings/general'],
    ] as const) {
      await page.keyboard.press('g')
      await page.keyboard.press(key)
      await page.waitForURL(`**/${tenant.workspace}/${area}**`)
    }
  })
})
