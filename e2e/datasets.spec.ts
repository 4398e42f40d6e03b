import { readFileSync } from 'node:fs'
import { at, expect, expectAccessible, makeTenant, manage, pressOn, signIn, test } from './fixtures.ts'
import { picture } from './screens/picture.ts'

const csv = [
  'question,customer,answer,score',
  '"Is the shop open on Sundays, and until when?",Ada,"Yes, until 16:00",1',
  'Where do I park?,Bob,Behind the house,0.5',
  'Do you repair bicycles?,Eve,No,high',
  'Can I pay by card?,,Yes,1',
].join('\n')

test('a file becomes a dataset: its rows are looked at, mapped, edited, deleted, brought back and kept', async ({
  page,
}) => {
  test.setTimeout(180_000)
  const tenant = await makeTenant('datasets')
  await signIn(page, tenant)
  await page.goto(`${at.studio}/${tenant.workspace}/datasets`)
  await expect(page.getByRole('heading', { name: 'No datasets yet' })).toBeVisible()
  await picture(page, 'datasets-empty')

  await pressOn(page.getByRole('button', { name: 'New dataset' }))
  const dialog = page.getByRole('dialog')
  await pressOn(dialog.getByRole('button', { name: 'Make dataset' }))
  await expect(dialog.getByLabel('Name', { exact: true })).toBeFocused()
  await dialog.getByLabel('Name', { exact: true }).fill('Support questions')
  await page.keyboard.press('Control+Enter')
  await expect(page.getByRole('heading', { name: 'No rows yet' })).toBeVisible()

  await pressOn(page.getByRole('button', { name: 'Import a file' }))
  await dialog.getByLabel('File').setInputFiles({ name: 'support.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) })
  await expect(dialog.getByRole('combobox', { name: 'What answer becomes' })).toHaveText('Expected')
  // A number that is none is told before anything is saved.
  await pressOn(dialog.getByRole('combobox', { name: 'Type of score' }))
  await pressOn(page.getByRole('option', { name: 'Number' }))
  await expect(dialog.getByText('1 row would be left out')).toBeVisible()
  await picture(page, 'dataset-import')
  await pressOn(dialog.getByRole('button', { name: 'Import', exact: true }))
  await expect(dialog.getByText('3 rows saved, 1 left out')).toBeVisible()
  await expectAccessible(page)
  await pressOn(dialog.getByRole('button', { name: 'Done' }))

  const rows = page.getByRole('region', { name: 'Rows' }).getByRole('row')
  await expect(rows).toHaveCount(4)
  await picture(page, 'dataset-full')
  await pressOn(page.getByRole('button', { name: 'Open row 2', exact: true }))
  await dialog.getByLabel('customer').fill('Bob the builder')
  await pressOn(dialog.getByRole('button', { name: 'Add a message' }))
  await dialog.getByRole('textbox', { name: 'Message 1' }).fill('I come by car.')
  await picture(page, 'dataset-row')
  await pressOn(dialog.getByRole('button', { name: 'Save', exact: true }))
  await expect(rows.nth(2)).toContainText('Bob the builder')

  await pressOn(page.getByRole('tab', { name: /Snapshots/ }))
  await page.getByLabel('Words for the snapshot').fill('as imported')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('row', { name: /as imported/ })).toBeVisible()
  await picture(page, 'dataset-snapshots')
  await pressOn(page.getByRole('tab', { name: /Rows/ }))
  await pressOn(page.getByRole('checkbox', { name: 'Select row 1' }), ' ')
  await pressOn(page.getByRole('checkbox', { name: 'Select row 3' }), ' ')
  await pressOn(page.getByRole('button', { name: 'Delete', exact: true }))
  await expect(rows).toHaveCount(2)
  await pressOn(page.getByRole('button', { name: 'Undo' }))
  await expect(rows).toHaveCount(4)
  await page.getByRole('searchbox', { name: 'Search rows' }).fill('builder')
  await expect(rows).toHaveCount(2)

  await pressOn(page.getByRole('button', { name: 'More actions' }))
  const download = page.waitForEvent('download')
  await pressOn(page.getByRole('menuitem', { name: 'Export as JSON lines' }))
  const lines = readFileSync(await (await download).path(), 'utf8')
    .trim()
    .split('\n')
  expect(lines.map((line) => (JSON.parse(line) as { expected: string }).expected)).toEqual([
    'Yes, until 16:00',
    'Behind the house',
    'Yes',
  ])
  const [dataset] = (await manage<{ items: { id: string }[] }>(tenant, 'GET', '/datasets')).items
  expect(
    (await manage<{ items: unknown[] }>(tenant, 'GET', `/datasets/${dataset!.id}/rows?snapshot=1`)).items,
  ).toHaveLength(3)

  await page.goto(`${at.studio}/${tenant.workspace}/datasets`)
  await expect(page.getByRole('row', { name: /Support questions/ })).toBeVisible()
  await picture(page, 'datasets-full')
})
