import { gzipSync } from 'node:zlib'
import {
  anyRequest,
  at,
  expect,
  makeTenant,
  manage,
  practiceModel,
  savedPrompt,
  signIn,
  someDeployment,
  test,
} from '../fixtures.ts'
import { pathOf, routes } from '../routes.ts'

/** Of script that a page needs before it is awake, compressed. */
const bytesMax = 200 * 1024

test('no page needs more than 200 KB of compressed script to wake up', async ({ page }) => {
  test.setTimeout(180_000)
  const tenant = await makeTenant('weight')
  await manage(tenant, 'POST', '/models', practiceModel({ name: 'Weight', slug: 'weight' }))
  const { token } = await manage<{ token: string }>(tenant, 'POST', '/invitations', {
    email: `new-${tenant.email}`,
    role: 'viewer',
  })
  const { id: datasetId } = await manage<{ id: string }>(tenant, 'POST', '/datasets', { name: 'Examples' })
  const samples = {
    workspace: tenant.workspace,
    slug: 'weight',
    operation: 'listModels',
    'requests/id': await anyRequest(tenant),
    'playground/id': await savedPrompt(tenant),
    key: await someDeployment(tenant),
    'datasets/id': datasetId,
    'experiments/id': (await manage<{ id: string }>(tenant, 'POST', '/experiments', { name: 'Compare', datasetId })).id,
    token,
  }
  const signedOut = await weigh(['/sign-in'])
  await signIn(page, tenant)
  const signedIn = await weigh(routes.filter((route) => route !== '/sign-in'))
  const weights = { ...signedOut, ...signedIn }
  for (const [route, bytes] of Object.entries(weights)) {
    test.info().annotations.push({ type: 'first load', description: `${(bytes / 1024).toFixed(1)} KB ${route}` })
  }
  const heavy = Object.entries(weights).filter(([, bytes]) => bytes > bytesMax)
  expect(heavy.map(([route, bytes]) => `${route}: ${(bytes / 1024).toFixed(1)} KB`)).toEqual([])

  /** The scripts that the page's HTML names, as a proxy with gzip would send them. What is asked for later is not in it. */
  async function weigh(which: readonly string[]): Promise<Record<string, number>> {
    const sizes = new Map<string, number>()
    const weights: Record<string, number> = {}
    for (const route of which) {
      const path = pathOf(route, samples)
      const answer = await page.request.get(`${at.studio}${path}`)
      expect(answer.status(), path).toBe(200)
      const html = (await answer.text()).replace(/<script[^>]*\snomodule\b[^>]*>/gi, '')
      const scripts = new Set(html.match(/\/_next\/static\/[\w./%-]+?\.js/g))
      expect(scripts.size, `scripts of ${path}`).toBeGreaterThan(3)
      weights[route] = 0
      for (const script of scripts) {
        if (!sizes.has(script))
          sizes.set(script, gzipSync(await (await page.request.get(at.studio + script)).body()).length)
        weights[route] += sizes.get(script)!
      }
    }
    return weights
  }
})
