import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Page } from '@playwright/test'
import { at, expect, expectAccessible, operator, signIn, test } from './fixtures.ts'
import { picture } from './screens/picture.ts'

const run = promisify(execFile)

/** As people run it, beside the running installation. */
async function demo(): Promise<string> {
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, '../bin/patchbay.mjs'), 'demo'], {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      PATCHBAY_DATA_DIR: at.dataDir,
      PORT: new URL(at.studio).port,
      GATEWAY_PORT: new URL(at.gateway).port,
      PRACTICE_PORT: new URL(at.practice).port,
    },
  })
  return stdout
}

test('the demo stands within a minute, says on every page what it is, and goes by one click', async ({ page }) => {
  test.setTimeout(240_000)
  expect(await demo()).toContain(`${at.studio}/demo`)
  await signIn(page, operator())
  const label = page.getByRole('region', { name: 'Demo' })
  await expect(label).toHaveCount(0)
  await page.getByRole('button', { name: /change workspace/ }).click()
  await page.getByRole('menuitem', { name: /^Demo/ }).click()
  await expect(label).toBeVisible()
  const open = async (path: string, seen: (page: Page) => Promise<unknown>) => {
    await page.goto(`${at.studio}/demo/${path}`)
    await expect(label).toBeVisible()
    await expect(page).toHaveTitle(/Demo/)
    await seen(page)
  }
  await open('router', () => expect(page.getByRole('row', { name: /Support chat/ })).toContainText('Healthy'))
  await open('deployments', () => expect(page.getByRole('row', { name: /support-answer/ })).toContainText('1.2'))
  await open('experiments', () => page.getByRole('link', { name: 'Which prompt sorts mail best' }).click())
  await page.getByRole('tab', { name: 'Compare' }).click()
  await expect(page.getByText(/The difference is real/).first()).toBeVisible()
  await picture(page, 'demo-compare')
  await open('datasets', () => expect(page.getByRole('row', { name: /Mails of a week/ })).toBeVisible())
  await open('requests?thread=humming', () => expect(page.getByRole('row')).toHaveCount(4))
  await open('analytics', () => expect(page.locator('main .recharts-surface').first()).toBeVisible())
  await picture(page, 'demo-analytics')
  await open('settings/data', () => expect(page.getByRole('link', { name: 'Export workspace' })).toBeVisible())

  await page.getByRole('button', { name: 'Remove demo' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog).toContainText('Other workspaces stay as they are')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Remove demo' }).press('Enter')
  await page.waitForURL((url) => url.pathname.startsWith(`/${operator().workspace}`))
  const gone = await page.goto(`${at.studio}/demo/router`)
  expect(gone!.status()).toBe(404)
})
