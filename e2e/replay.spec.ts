import { at, expect, manage, practiceModel, signIn, test } from './fixtures.ts'
import { call, keepPayloads } from './screens/full-workspace.ts'

test('from a trial to a canary: saved as a variant, called, kept as a row, replayed on another model, promoted', async ({
  page,
  tenant,
}) => {
  test.setTimeout(120_000)
  await keepPayloads(tenant)
  for (const name of ['Second chat', 'Support chat']) await manage(tenant, 'POST', '/models', practiceModel({ name }))
  const dataset = await manage<{ id: string }>(tenant, 'POST', '/datasets', { name: 'Good answers' })
  await signIn(page, tenant)
  const open = (path: string) => page.goto(`${at.studio}/${tenant.workspace}/${path}`)
  const dialog = page.getByRole('dialog')

  await test.step('a prompt of the playground becomes the variant of a new deployment', async () => {
    await open('playground')
    // The newest model is there already.
    await expect(page.getByRole('region', { name: 'Support chat' })).toBeVisible()
    await page.getByRole('textbox', { name: 'User message 2' }).fill('Answer shortly: {{question}}')
    await page.getByRole('button', { name: 'More actions' }).first().click()
    await page.getByRole('menuitem', { name: 'Save as a variant' }).click()
    await dialog.getByLabel('Key of the new deployment').fill('support-answer')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('button', { name: 'Open', exact: true }).click()
    await page.getByRole('button', { name: 'Publish', exact: true }).click()
    await dialog.getByRole('button', { name: /^Publish/ }).click()
    await expect(page.getByText(/production serves 1\.0/).first()).toBeVisible()
  })

  const ask = (question: string) =>
    call(tenant, 'chat/completions', { model: 'deployment/support-answer', messages: [], variables: { question } })
  let id = ''
  for (const question of ['Where is my order?', 'May I send it back?']) ({ id } = await ask(question))

  await test.step('a call is kept as a row, with what it should have answered', async () => {
    await expect
      .poll(() =>
        manage<{ payload: { state: string } }>(tenant, 'GET', `/requests/${id}`).then(
          ({ payload }) => payload.state,
          () => '',
        ),
      )
      .toBe('kept')
    await open(`requests/${id}`)
    await page.getByRole('button', { name: 'Save as a row' }).click()
    await dialog.getByRole('combobox', { name: 'Dataset' }).fill('Good')
    await page.getByRole('option', { name: /^Good answers/ }).click()
    await dialog.getByLabel('Expected').fill('Yes, within 30 days.')
    await dialog.getByRole('button', { name: 'Save the row' }).click()
    await page.getByRole('button', { name: 'Open', exact: true }).click()
    await expect(page).toHaveURL(new RegExp(dataset.id))
    await expect(page.getByText('Yes, within 30 days.')).toBeVisible()
  })

  await test.step('another model answers the same, and gets a part of the calls', async () => {
    await open('experiments')
    await page.getByRole('button', { name: 'Replay requests' }).first().click()
    await dialog.getByRole('combobox', { name: 'Deployment' }).fill('support')
    await page.getByRole('option', { name: /^support-answer/ }).click()
    await dialog.getByRole('button', { name: 'Model: Choose a model', exact: true }).click()
    await page.getByRole('option', { name: /^Second chat/ }).click()
    await dialog.getByRole('button', { name: 'Set it up' }).click()
    await page.getByRole('button', { name: /^Run/ }).click()
    await expect(page.getByText('Completed').first()).toBeVisible({ timeout: 30_000 })
    await page.getByRole('tab', { name: 'Compare' }).click()
    await page.getByRole('button', { name: 'Make Another model a canary' }).click()
    await dialog.getByLabel('Of the calls').fill('100')
    await page.keyboard.press('Control+Enter')
    await expect(dialog.getByText('More than 0 and below 100')).toBeVisible()
    await dialog.getByLabel('Of the calls').fill('40')
    await page.keyboard.press('Control+Enter')
    await expect(page).toHaveURL(/deployments\/support-answer\?tab=versions/)
    await expect(page.getByRole('table', { name: 'Canary in production' })).toBeVisible()
  })

  await test.step('it is stopped, begun again, and promoted', async () => {
    await page.getByRole('button', { name: 'Stop the canary' }).click()
    await expect(page.getByRole('table', { name: 'Canary in production' })).toHaveCount(0)
    await page.getByRole('button', { name: 'Actions for production' }).click()
    await page.getByRole('menuitem', { name: 'Start a canary' }).click()
    await dialog.getByRole('combobox', { name: 'Version' }).click()
    await page.getByRole('option', { name: /^1\.1/ }).click()
    await dialog.getByRole('button', { name: 'Start the canary' }).click()
    await page.getByRole('button', { name: 'Let 1.1 serve all' }).click()
    await expect(page.getByText('production serves 1.1')).toBeVisible()
    expect((await ask('Still here?')).body.choices).toHaveLength(1)
  })
})
