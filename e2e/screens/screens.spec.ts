import type { Page } from '@playwright/test'
import { at, expect, makeTenant, manage, operator, signIn, type Tenant, test } from '../fixtures.ts'
import { modelForm } from '../model-form.ts'
import { fillWorkspace } from './full-workspace.ts'
import { picture } from './picture.ts'

test.describe.configure({ timeout: 180_000 })

const open = (page: Page, tenant: Tenant, path: string) => page.goto(`${at.studio}/${tenant.workspace}/${path}`)
const heading = (page: Page, name: string | RegExp) => expect(page.getByRole('heading', { name }).first()).toBeVisible()

test('screens of a workspace in which something has happened', async ({ page }) => {
  const tenant = await makeTenant('acme')
  const { model, requestId, failedId } = await fillWorkspace(tenant)
  await expect
    .poll(async () =>
      (await manage<{ items: { id: string }[] }>(tenant, 'GET', `/requests?limit=200`)).items.map(({ id }) => id),
    )
    .toEqual(expect.arrayContaining([requestId, failedId]))
  await signIn(page, tenant)

  await open(page, tenant, 'router')
  await expect(page.getByRole('row')).toHaveCount(8)
  await expect(page.getByText('Healthy').first()).toBeVisible()
  await picture(page, 'router-full')
  await page.getByRole('searchbox').fill('nothing like it')
  await heading(page, 'No model fits')
  await picture(page, 'router-nothing-fits')

  const at24h = page.getByText('Calls, 24 h')
  const detail = `router/models/${model.slug}`
  await open(page, tenant, detail)
  await expect(at24h).toBeVisible()
  await picture(page, 'model-full')
  await open(page, tenant, `${detail}?tab=try`)
  await page.getByRole('textbox', { name: 'Say something' }).fill('Say hello')
  await page.getByRole('button', { name: 'Send' }).click()
  await expect(page.getByText(/^\d+ → \d+$/)).toBeVisible()
  await picture(page, 'model-try')
  await open(page, tenant, `${detail}?tab=validations`)
  await expect(page.getByText(/checks/).first()).toBeVisible()
  await picture(page, 'model-validations')
  await open(page, tenant, `${detail}?tab=history`)
  await expect(page.getByRole('region', { name: 'Prices' })).toBeVisible()
  await picture(page, 'model-history')
  await open(page, tenant, `${detail}?edit=model`)
  await expect(modelForm(page).dialog).toBeVisible()
  await picture(page, 'model-edit')
  await open(page, tenant, `${detail}?edit=key`)
  await expect(page.getByRole('checkbox', { name: 'Small and quick' })).toBeVisible()
  await picture(page, 'model-rotate-key')

  await open(page, tenant, 'router/keys')
  await expect(page.getByRole('row', { name: /Website/ })).toBeVisible()
  await picture(page, 'keys-full')
  await page.getByRole('button', { name: 'Create an API key' }).first().click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await picture(page, 'keys-create')

  await open(page, tenant, 'requests?source=gateway')
  await expect(page.getByRole('row').nth(10)).toBeVisible()
  await picture(page, 'requests-full')
  await open(page, tenant, `requests/${requestId}`)
  await expect(page.getByText(requestId).first()).toBeVisible()
  await picture(page, 'request-full')
  await open(page, tenant, `requests/${failedId}`)
  await expect(page.getByText(failedId).first()).toBeVisible()
  await picture(page, 'request-failed')
  await open(page, tenant, 'analytics?practice=true')
  await expect(page.getByText('Support chat').first()).toBeVisible()
  await picture(page, 'analytics-full')

  for (const tab of ['general', 'members', 'data', 'audit', 'network'] as const) {
    await open(page, tenant, `settings/${tab}`)
    await expect(page.getByRole('heading', { name: 'Settings' })).toBeVisible()
    await expect(page.locator('main [aria-busy=true]')).toHaveCount(0)
    await picture(page, `settings-${tab}`)
  }
  await page.goto(`${at.studio}/account`)
  await heading(page, 'Account')
  await picture(page, 'account')
})

test('screens of an empty workspace, and those without one', async ({ page }) => {
  const tenant = await makeTenant('empty')
  await page.goto(`${at.studio}/sign-in`)
  await expect(page.getByLabel('E-mail')).toBeVisible()
  await picture(page, 'sign-in')
  await page.getByLabel('E-mail').fill(tenant.email)
  await page.getByLabel('Password').fill('not the password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByRole('alert').filter({ hasText: /./ }).first()).toBeVisible()
  await picture(page, 'sign-in-refused')
  await signIn(page, tenant)

  await heading(page, 'Nothing is plugged in yet')
  await picture(page, 'router-empty')
  await open(page, tenant, 'requests')
  await heading(page, 'No calls yet')
  await picture(page, 'requests-empty')
  await open(page, tenant, 'analytics')
  await heading(page, 'No calls in this range')
  await picture(page, 'analytics-empty')
  await open(page, tenant, 'router/models/no-such-model')
  await heading(page, 'There is nothing here')
  await picture(page, 'not-found')

  const { token } = await manage<{ token: string }>(tenant, 'POST', '/invitations', {
    email: `new-${tenant.email}`,
    role: 'viewer',
  })
  await page.context().clearCookies()
  await page.goto(`${at.studio}/invite/${token}`)
  await heading(page, /^Join /)
  await picture(page, 'invitation')
  await page.goto(`${at.studio}/invite/${token}x`)
  await heading(page, 'This invitation does not work')
  await picture(page, 'invitation-broken')
  await signIn(page, operator())
  await open(page, operator(), 'settings/network')
  await expect(page.getByRole('button', { name: 'Allow' })).toBeVisible()
  await picture(page, 'settings-network-operator')
})

test('the Add Model dialog before, in and after a validation', async ({ page }) => {
  const tenant = await makeTenant('adding')
  await signIn(page, tenant)
  await open(page, tenant, 'router?add=openai')
  const form = modelForm(page)
  await expect(form.dialog).toBeVisible()
  await picture(page, 'add-empty')
  await open(page, tenant, 'router?add=practice')
  await expect(form.box('modelId')).toHaveValue('practice-chat')
  await form.dialog.getByRole('button', { name: /^More/ }).click()
  await picture(page, 'add-more')
  await form.dialog.getByRole('button', { name: /^More/ }).click()

  await form.box('modelId').fill('practice-chatt')
  await form.submit.click()
  await expect(form.footer('Nothing was saved. 1 field to fix.')).toBeVisible({ timeout: 30_000 })
  await picture(page, 'add-failed')

  // The server takes two seconds to its first byte: time enough to look at it.
  await form.box('modelId').fill('practice-chat:slow')
  await form.dialog.getByRole('button', { name: 'Validate' }).click()
  await expect(form.dialog.getByText('Checking')).toBeVisible()
  await page.screenshot({ path: 'e2e/pictures/add-running.light.1440.png', animations: 'disabled' })
  await form.dialog.getByRole('button', { name: 'Stop' }).click()
  await form.box('modelId').fill('practice-chat')
  await form.submit.click()
  await expect(page.getByText('Ready to call.')).toBeVisible({ timeout: 30_000 })
  await page.getByRole('textbox', { name: 'Say something' }).fill('Write a haiku about patch cables')
  await page.getByRole('button', { name: 'Send' }).click()
  await expect(page.getByText(/^\d+ → \d+$/)).toBeVisible()
  await page.getByRole('button', { name: 'Create an API key' }).click()
  await expect(page.getByText('This key is shown once')).toBeVisible()
  await picture(page, 'add-saved')
})
