import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, expectAccessible, test } from './fixtures.ts'
import { type House, startHouse } from './house.ts'

const run = promisify(execFile)
let house: House

test.beforeAll(async () => {
  house = await startHouse()
})
test.afterAll(() => house.stop())

test('from a fresh start to a first call and its cost', async ({ page }) => {
  await page.goto(house.studioUrl)
  await page.waitForURL('**/claim')
  await expectAccessible(page)
  await page.getByLabel('Your name').fill('Robin Vale')
  await page.getByLabel('E-mail').fill('robin@example.test')
  await page.getByLabel('Password').fill('a long enough password')
  await page.getByLabel('Name', { exact: true }).fill('Acme')
  await page.getByRole('button', { name: 'Set up Patchbay' }).click()

  // Straight to Add Model, with the practice provider filled in.
  await page.waitForURL('**/acme/router?add=practice')
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByLabel('Base URL')).toHaveValue(`${house.practiceUrl}/v1`)
  await dialog.getByRole('button', { name: /^Add Model/ }).click()
  await expect(dialog.getByText('Ready to call.')).toBeVisible({ timeout: 30_000 })
  await expectAccessible(page)

  await dialog.getByRole('button', { name: 'Send' }).click()
  await expect(dialog.getByText(/\d → \d/)).toBeVisible()

  await dialog.getByRole('button', { name: 'Create an API key' }).click()
  await expect(dialog.getByText('This key is shown once')).toBeVisible()
  await dialog.getByRole('button', { name: 'Copy the curl code' }).click()
  const snippet = await page.evaluate(() => navigator.clipboard.readText())
  expect(snippet).toContain('export PATCHBAY_API_KEY=pb_')
  const { stdout } = await run('bash', ['-c', snippet])
  expect(JSON.parse(stdout)).toMatchObject({ object: 'chat.completion' })

  await dialog.getByRole('button', { name: 'Done' }).click()
  await expect(
    page.getByRole('table', { name: 'Private models' }).or(page.getByRole('region', { name: 'Private models' })),
  ).toBeVisible()

  await page.getByRole('link', { name: 'Requests' }).first().click()
  await page.waitForURL('**/acme/requests**')
  await expect(page.getByText('try').first()).toBeVisible()
  await page.getByRole('link', { name: 'Analytics' }).first().click()
  await page.waitForURL('**/acme/analytics**')
  await expect(page.getByText(/\$0\.0000/).first()).toBeVisible()
})
