import { at, expect, makeTenant, manage, practiceModel, signIn, someDeployment, test } from '../fixtures.ts'
import { call, keepPayloads } from './full-workspace.ts'
import { picture, twoLooks } from './picture.ts'
import { makeTrouble } from './trouble.ts'

test.describe.configure({ timeout: 600_000 })

/** Each screen that reads something, and a table without which it cannot. The frame around it reads none of them. */
const screens = [
  { name: 'router', path: 'router', table: 'models', error: 'The models could not be loaded' },
  { name: 'model', path: 'router/models/states', table: 'models' },
  { name: 'playground', path: 'playground', table: 'models' },
  { name: 'keys', path: 'router/keys', table: 'api_keys' },
  { name: 'requests', path: 'requests', table: 'ledger.records', error: 'The requests could not be loaded' },
  { name: 'request', path: 'requests/[id]', table: 'ledger.records', error: 'The request could not be loaded' },
  { name: 'payload', path: 'requests/[id]', table: 'ledger.payload_keys', notice: 'They could not be loaded' },
  { name: 'analytics', path: 'analytics', table: 'ledger.usage_quarter', error: 'The figures could not be loaded' },
  { name: 'budgets', path: 'analytics/budgets', table: 'budgets', error: 'The budgets could not be loaded' },
  { name: 'settings', path: 'settings/audit', table: 'audits' },
  { name: 'alerts', path: 'settings/alerts', table: 'alert_rules', error: 'The alerts could not be loaded' },
  { name: 'datasets', path: 'datasets', table: 'datasets', error: 'The datasets could not be loaded' },
  { name: 'deployments', path: 'deployments', table: 'deployments', error: 'The deployments could not be loaded' },
  {
    name: 'deployment',
    path: 'deployments/support-answer',
    table: 'deployments',
    error: 'The deployment could not be loaded',
  },
  { name: 'dataset', path: 'datasets/[dataset]', table: 'dataset_rows', error: 'The rows could not be loaded' },
  { name: 'experiments', path: 'experiments', table: 'experiments', error: 'The experiments could not be loaded' },
  {
    name: 'evaluators',
    path: 'experiments/evaluators',
    table: 'evaluators',
    error: 'The evaluators could not be loaded',
  },
  {
    name: 'experiment',
    path: 'experiments/[experiment]',
    table: 'experiments',
    error: 'The experiment could not be loaded',
  },
] as const

test('every screen while it loads, and when it cannot', async ({ page, quiet }) => {
  const tenant = await makeTenant('states')
  await keepPayloads(tenant)
  await manage(tenant, 'POST', '/models', practiceModel({ name: 'States', slug: 'states' }))
  await someDeployment(tenant)
  const dataset = await manage<{ id: string }>(tenant, 'POST', '/datasets', { name: 'States' })
  const experiment = await manage<{ id: string }>(tenant, 'POST', '/experiments', {
    name: 'States',
    datasetId: dataset.id,
  })
  const { id: requestId } = await call(tenant, 'chat/completions', {
    model: 'states',
    messages: [{ role: 'user', content: 'Hello' }],
  })
  await expect
    .poll(() =>
      manage<{ payload: { state: string } }>(tenant, 'GET', `/requests/${requestId}`).then(
        ({ payload }) => payload.state,
        () => '',
      ),
    )
    .toBe('kept')
  await signIn(page, tenant)
  const trouble = await makeTrouble()
  try {
    for (const { name, path, table, ...screen } of screens) {
      const place = path
        .replace('[id]', requestId)
        .replace('[dataset]', dataset.id)
        .replace('[experiment]', experiment.id)
      const url = `${at.studio}/${tenant.workspace}/${place}`
      const content = page.locator('main')

      // The answer streams: what stands for the screen comes at once, the screen when the table can be read.
      const load = async () => {
        const release = await trouble.hold(table)
        try {
          await page.goto(url, { waitUntil: 'commit' })
          await expect(content.locator('[aria-busy=true]').first()).toBeVisible()
        } catch (error) {
          await release()
          throw error
        }
        return async () => {
          await expect(content.locator('[aria-busy=true]').first()).toBeVisible()
          await release()
        }
      }
      await picture(page, `${name}-loading`, { looks: twoLooks, arrange: load })

      const allow = await trouble.refuse(table)
      try {
        await page.goto(url)
        const title = 'error' in screen ? screen.error : 'This page could not be loaded'
        await expect(
          'notice' in screen ? content.getByText(screen.notice) : content.getByRole('heading', { name: title }),
        ).toBeVisible()
        await picture(page, `${name}-error`, { looks: twoLooks })
      } finally {
        await allow()
      }
    }
  } finally {
    await trouble.end()
  }
  // What the server refused on purpose is told to the console.
  quiet.splice(0)
})
