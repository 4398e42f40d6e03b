import type { Page } from '@playwright/test'
import { at, expect, expectAccessible, manage, practiceModel, signIn, type Tenant, test } from './fixtures.ts'

/** Whole tokens at this price: a call of 400 bytes is bound to cost at most some $0.042, and costs a quarter of it. */
const price = '100'
const prompt = 'Name one river of Europe, and nothing else. '.repeat(9)

async function ask(tenant: Tenant): Promise<Response> {
  return fetch(`${at.gateway}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenant.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'capped', max_tokens: 1, messages: [{ role: 'user', content: prompt }] }),
  })
}

/** Presses Tab until the focus is there. */
async function tabTo(page: Page, name: string | RegExp) {
  const target = page.getByRole('button', { name })
  for (let presses = 0; presses < 20; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not lead to ${name}`)
}

test('a budget is set, refuses what does not fit, is raised by one press, changed and deleted', async ({
  page,
  tenant,
}) => {
  const model = practiceModel({ name: 'Capped', slug: 'capped', inputPrice: price, outputPrice: price })
  await manage(tenant, 'POST', '/models', model)
  await signIn(page, tenant)

  await test.step('a budget for a key that is found by its name', async () => {
    await page.goto(`${at.studio}/${tenant.workspace}/analytics`)
    await page.getByRole('link', { name: 'Budgets' }).click()
    await page.getByRole('button', { name: 'New budget' }).click()
    const dialog = page.getByRole('dialog', { name: 'New budget' })
    await dialog.getByRole('radio', { name: 'Model' }).check()
    await dialog.getByRole('combobox', { name: 'Model' }).fill('cap')
    await page.getByRole('option', { name: /^Capped/ }).click()
    await dialog.getByRole('radio', { name: 'A day' }).check()
    await dialog.getByRole('button', { name: 'Set budget' }).click()
    await expect(dialog.getByRole('textbox', { name: 'At most' })).toBeFocused()
    await dialog.getByRole('textbox', { name: 'At most' }).fill('0.2')
    await expectAccessible(page)
    await page.keyboard.press('Control+Enter')
    await expect(dialog).toHaveCount(0)
    await expect(page.getByRole('listitem', { name: 'capped' })).toContainText('$0.20 a day')
  })

  let refused: Response
  await test.step('calls are let in until one does not fit: 402 with scope and reset', async () => {
    const statuses: number[] = []
    const next = async () => {
      refused = await ask(tenant)
      statuses.push(refused.status)
      return refused.status
    }
    await expect.poll(next, { intervals: [20] }).toBe(402)
    expect(statuses[0]).toBe(200)
    expect((await refused.json()).error).toMatchObject({
      code: 'budget_exceeded',
      message: expect.stringMatching(
        /^The daily budget of the model “capped” does not allow this call.* It resets on /,
      ),
    })
  })

  await test.step('the record leads to the budget', async () => {
    const id = refused.headers.get('x-request-id')!
    await expect
      .poll(() =>
        manage(tenant, 'GET', `/requests/${id}`).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true)
    await page.goto(`${at.studio}/${tenant.workspace}/requests/${id}`)
    await expect(page.getByText(/It resets on/).first()).toBeVisible()
    await page.getByRole('link', { name: 'Daily budget' }).click()
    await expect(page.getByRole('listitem', { name: 'capped' })).toBeFocused()
    await expect(page.getByText('turns calls away')).toBeVisible()
  })

  await test.step('the notice leads there too; one press raises it, and calls go on within 5 s', async () => {
    await page.goto(`${at.studio}/${tenant.workspace}/router`)
    await page.getByRole('button', { name: 'Notices, 1' }).click()
    await expect(page.getByText('The daily budget of the model “capped” is used up')).toBeVisible()
    await page.getByRole('link', { name: 'Raise the budget' }).click()
    await expect(page.getByRole('listitem', { name: 'capped' })).toBeFocused()
    await tabTo(page, /^Raise by \$0\.05 until the reset/)
    await page.keyboard.press('Enter')
    await expect(page.getByRole('listitem', { name: 'capped' })).toContainText('raised by $0.05')
    await expect.poll(async () => (await ask(tenant)).status, { timeout: 5_000, intervals: [200] }).toBe(200)
    await expect(page.getByRole('button', { name: 'Notices, none' })).toBeVisible()
    await expectAccessible(page)
  })

  await test.step('who changes it at the same time is shown, and replaced only by pressing once more', async () => {
    await page.getByRole('button', { name: 'More actions: budget of capped' }).click()
    await page.getByRole('menuitem', { name: 'Change the amount' }).click()
    const dialog = page.getByRole('dialog')
    const amount = dialog.getByRole('textbox', { name: 'At most' })
    await amount.fill('3')
    const { items } = await manage<{ items: { id: string; version: number }[] }>(tenant, 'GET', '/budgets')
    const { id, version } = items[0]!
    await manage(tenant, 'PATCH', `/budgets/${id}`, { version, amount: '7' })
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(dialog.getByText('It is $7 now; you wrote $3.')).toBeVisible()
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(dialog).toHaveCount(0)
    await expect(page.getByRole('listitem', { name: 'capped' })).toContainText('$3.00 a day')
  })

  await test.step('and it is deleted', async () => {
    await page.getByRole('button', { name: 'More actions: budget of capped' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete budget' }).click()
    await expect(page.getByRole('heading', { name: 'Nothing caps what is spent' })).toBeVisible()
  })
})
