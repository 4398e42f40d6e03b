import { type Practice, start } from '../lib/practice/index.ts'
import { expect, expectAccessible, test } from './fixtures.ts'
import { type House, startHouse } from './house.ts'
import { openAddModel } from './model-form.ts'
import { picture } from './screens/picture.ts'

let house: House
let server: Practice

test.beforeAll(async () => {
  server = await start({ port: 0 })
  house = await startHouse()
})
test.afterAll(async () => {
  await house.stop()
  await server.close()
})

test('a server on another local port is connected from the browser alone', async ({ page }) => {
  const entry = `127.0.0.1:${server.port}`
  const key = 'sk-practice-ownserver1'
  await page.goto(house.studioUrl)
  await page.waitForURL('**/claim')
  await picture(page, 'claim')
  await page.getByLabel('Your name').fill('Robin Vale')
  await page.getByLabel('E-mail').fill('robin@example.test')
  await page.getByLabel('Password').fill('a long enough password')
  await page.getByLabel('Name', { exact: true }).fill('Acme')
  await page.getByRole('button', { name: 'Set up Patchbay' }).click()
  await page.waitForURL('**/acme/router**')

  const form = await openAddModel(page, house.studioUrl, 'acme', 'openai')
  await form.box('baseUrl').fill(`http://${entry}/v1`)
  await form.box('apiKey').fill(key)
  await form.box('name').fill('My own server')
  await form.box('modelId').fill('practice-chat')
  await form.dialog.getByRole('combobox', { name: 'Region' }).click()
  await page.getByRole('option', { name: 'Own servers' }).click()
  const typed = await form.values()

  // Refused: the server has not heard of us.
  await form.submit.click()
  const allow = form.below('baseUrl').getByRole('button', { name: `Allow ${entry} and check again` })
  await expect(allow).toBeVisible()
  await expect(form.footer('Nothing was saved. 1 field to fix.')).toBeVisible()
  await expectAccessible(page)
  expect(server.account(key).calls).toBe(0)

  // Allowed, and checked at once.
  await allow.click()
  await expect(form.footer('Checked. Ready to save.')).toBeVisible({ timeout: 30_000 })
  expect(await form.values()).toEqual(typed)
  const provenCalls = server.account(key).calls
  expect(provenCalls).toBeGreaterThan(0)

  // What was proven is saved without asking the server again, and called.
  await form.submit.click()
  await expect(page.getByText('Ready to call.')).toBeVisible()
  expect(server.account(key).calls).toBe(provenCalls)
  await page.getByRole('textbox', { name: 'Say something' }).fill('Hello')
  await page.getByRole('button', { name: 'Send' }).click()
  await expect(page.getByText(/^\d+ → \d+$/)).toBeVisible()
  expect(server.account(key).calls).toBe(provenCalls + 1)

  await page.getByRole('button', { name: 'Create an API key' }).click()
  await page.getByRole('button', { name: 'Copy the API key' }).click()
  const apiKey = await page.evaluate(() => navigator.clipboard.readText())
  const answer = await fetch(`${house.gatewayUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'my-own-server', messages: [{ role: 'user', content: 'Hello' }] }),
  })
  expect([answer.status, await answer.json()]).toMatchObject([200, { object: 'chat.completion' }])

  await page.goto(`${house.studioUrl}/acme/settings/network`)
  await expect(page.getByRole('row', { name: entry })).toContainText('Robin Vale')
  expect(house.child.exitCode).toBeNull()
})
