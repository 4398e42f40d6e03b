import { at, expect, manage, practiceModel, pressOn, signIn, test } from './fixtures.ts'
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
    await pressOn(page.getByRole('button', { name: 'More actions' }).first())
    await pressOn(page.getByRole('menuitem', { name: 'Save as a variant' }))
    await dialog.getByLabel('Key of the new deployment').fill('support-answer')
    await page.keyboard.press('Control+Enter')
    await pressOn(page.getByRole('button', { name: 'Open', exact: true }))
    await pressOn(page.getByRole('button', { name: 'Publish', exact: true }))
    await pressOn(dialog.getByRole('button', { name: /^Publish/ }))
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
    await pressOn(page.getByRole('button', { name: 'Save as a row' }))
    await dialog.getByRole('combobox', { name: 'Dataset' }).fill('Good')
    await pressOn(page.getByRole('option', { name: /^Good answers/ }))
    await dialog.getByLabel('Expected').fill('Yes, within 30 days.')
    await pressOn(dialog.getByRole('button', { name: 'Save the row' }))
    await pressOn(page.getByRole('button', { name: 'Open', exact: true }))
    await expect(page).toHaveURL(new RegExp(dataset.id))
    await expect(page.getByText('Yes, within 30 days.')).toBeVisible()
  })

  await test.step('another model answers the same, and gets a part of the calls', async () => {
    await open('experiments')
    await pressOn(page.getByRole('button', { name: 'Replay requests' }).first())
    await dialog.getByRole('combobox', { name: 'Deployment' }).fill('support')
    await pressOn(page.getByRole('option', { name: /^support-answer/ }))
    await pressOn(dialog.getByRole('button', { name: 'Model: Choose a model', exact: true }))
    await pressOn(page.getByRole('option', { name: /^Second chat/ }))
    await pressOn(dialog.getByRole('button', { name: 'Set it up' }))
    await expect(page.getByText(/^About, for 2 rows/)).toBeVisible()
    await pressOn(page.getByRole('button', { name: /^Run/ }))
    await expect(page.getByText('Completed').first()).toBeVisible({ timeout: 30_000 })
    await pressOn(page.getByRole('tab', { name: 'Compare' }))
    await pressOn(page.getByRole('button', { name: 'Make Another model a canary' }))
    await dialog.getByLabel('Of the calls').fill('100')
    await page.keyboard.press('Control+Enter')
    await expect(dialog.getByText('More than 0 and below 100')).toBeVisible()
    await dialog.getByLabel('Of the calls').fill('40')
    await page.keyboard.press('Control+Enter')
    await expect(page).toHaveURL(/deployments\/support-answer\?tab=versions/)
    await expect(page.getByRole('table', { name: 'Canary in production' })).toBeVisible()
  })

  await test.step('it is stopped, begun again, and promoted', async () => {
    await pressOn(page.getByRole('button', { name: 'Stop the canary' }))
    await expect(page.getByRole('table', { name: 'Canary in production' })).toHaveCount(0)
    await pressOn(page.getByRole('button', { name: 'Actions for production' }))
    await pressOn(page.getByRole('menuitem', { name: 'Start a canary' }))
    await pressOn(dialog.getByRole('combobox', { name: 'Version' }))
    await pressOn(page.getByRole('option', { name: /^1\.1/ }))
    await pressOn(dialog.getByRole('button', { name: 'Start the canary' }))
    await pressOn(page.getByRole('button', { name: 'Let 1.1 serve all' }))
    await expect(page.getByText('production serves 1.1')).toBeVisible()
    expect((await ask('Still here?')).body.choices).toHaveLength(1)
  })
})
