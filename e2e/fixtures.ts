import { randomBytes } from 'node:crypto'
import { test as base, expect, type Locator, type Page } from '@playwright/test'
import axe, { type RunOptions } from 'axe-core'
import { init, startHouse } from './house.ts'

export interface Tenant {
  email: string
  password: string
  /** Its slug. */
  workspace: string
  /** Scopes inference, read and manage. */
  apiKey: string
}

interface Installation {
  studio: string
  gateway: string
  practice: string
  dataDir: string
  /** The one who set it up: may allow private addresses. */
  operator: Tenant
}

/** The installation under test: one for each of Playwright's workers, so that what happens to it stays there. */
export const at = {} as Installation

export const operator = (): Tenant => at.operator

/** A person with a workspace of their own, made by the command that people use without a browser. */
export async function makeTenant(name: string, dataDir = at.dataDir): Promise<Tenant> {
  const unique = `${name}-${randomBytes(4).toString('hex')}`
  const email = `${unique}@example.test`
  // No dash in front: an option's value would look like an option.
  const password = `p${randomBytes(12).toString('base64url')}`
  return { email, password, ...(await init(dataDir, { email, password, workspace: unique })) }
}

export async function signIn(page: Page, tenant: Tenant, studio = at.studio): Promise<void> {
  await page.goto(`${studio}/sign-in`)
  await page.getByLabel('E-mail').fill(tenant.email)
  await page.getByLabel('Password').fill(tenant.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL((url) => url.pathname.startsWith(`/${tenant.workspace}`))
}

const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] as const

/** WCAG 2.2 AA, the whole page; or only what a change of theme can break. */
export async function expectAccessible(page: Page, what: 'all' | 'colours' = 'all'): Promise<void> {
  // What fades in is pale until it is there; skeletons pulse without an end.
  await page.evaluate(async () => {
    const ending = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().iterations !== Infinity)
    await Promise.allSettled(ending.map(({ finished }) => finished))
  })
  const runOnly = what === 'all' ? [...standards] : ['color-contrast', 'link-in-text-block']
  // In the page itself, and only what is wrong is described: several times as fast as by a page of its own.
  await page.evaluate(axe.source)
  const violations = await page.evaluate(
    async (options: RunOptions) => {
      const { violations } = await (window as unknown as { axe: typeof axe }).axe.run(document, options)
      return violations.map(({ id, nodes }) => ({ id, html: nodes.map((node) => node.html.slice(0, 160)) }))
    },
    {
      runOnly,
      resultTypes: ['violations'],
      preload: false,
    } satisfies RunOptions,
  )
  expect(violations.map(({ id, html }) => `${id}: ${html.join(' | ')}`)).toEqual([])
}

/** A short name for a workspace, from the title of the test. */
const nameOf = (title: string) =>
  title
    .toLowerCase()
    .replace(/[^a-z]+/g, '-')
    .slice(0, 12)
    .replace(/^-+|-+$/g, '') || 'team'

interface Fixtures {
  /** An error in the console or on the page fails the test. */
  quiet: string[]
  tenant: Tenant
}

export const test = base.extend<Fixtures, { installation: Installation }>({
  installation: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
    async ({}, use) => {
      const { studioUrl, gatewayUrl, practiceUrl, dataDir, stop } = await startHouse()
      const person = { email: 'operator@example.test', password: 'a long enough password', workspace: 'operations' }
      const operator = { ...person, ...(await init(dataDir, person)) }
      await use(Object.assign(at, { studio: studioUrl, gateway: gatewayUrl, practice: practiceUrl, dataDir, operator }))
      await stop()
    },
    { scope: 'worker', auto: true, timeout: 300_000 },
  ],
  quiet: [
    async ({ page }, use) => {
      const problems: string[] = []
      page.on('pageerror', (error) => problems.push(error.message))
      page.on('console', (message) => {
        // A refused call is told to the console by the browser itself; that it was refused is what a test may want.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
          problems.push(message.text())
      })
      await use(problems)
      expect(problems).toEqual([])
    },
    { auto: true },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from this pattern
  tenant: async ({}, use, info) => {
    await use(await makeTenant(nameOf(info.title)))
  },
})

export { expect }

/** The management API, with a key. Throws what it answers unless that is a success. */
export async function manage<Answer>(tenant: Tenant, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${at.studio}/api/workspaces/${tenant.workspace}${path}`, {
    method,
    headers: { authorization: `Bearer ${tenant.apiKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`)
  return (text === '' ? undefined : JSON.parse(text)) as Answer
}

/** A model of the practice provider, as the management API takes it. */
export const practiceModel = (changes: Record<string, unknown> = {}) => ({
  type: 'chat',
  baseUrl: `${at.practice}/v1`,
  apiKey: 'sk-practice-browsertests1',
  name: 'Practice chat',
  modelId: 'practice-chat',
  region: 'own',
  inputPrice: '0.15',
  outputPrice: '0.6',
  ...changes,
})

/** The id of a prompt that was saved in the playground. */
export async function savedPrompt(tenant: Tenant, prompt: Record<string, unknown> = { type: 'chat' }): Promise<string> {
  const link = await manage<{ id: string }>(tenant, 'POST', '/playground/links', { name: 'Saved', prompt })
  return link.id
}

/** The key of a deployment of the workspace's first model, with a draft alone. */
export async function someDeployment(tenant: Tenant, key = 'support-answer'): Promise<string> {
  const [model] = (await manage<{ items: { id: string }[] }>(tenant, 'GET', '/models?limit=1')).items
  await manage(tenant, 'POST', '/deployments', { key, model: model!.id })
  return key
}

/** The id of some request of the workspace, as soon as the ledger has one: adding a model makes the first. */
export async function anyRequest(tenant: Tenant): Promise<string> {
  let id: string | undefined
  await expect
    .poll(async () => {
      id = (await manage<{ items: { id: string }[] }>(tenant, 'GET', '/requests?limit=1')).items[0]?.id
      return id
    })
    .toBeDefined()
  return id!
}

/** Presses a key on what takes it by now, as a person would: `press` alone does not wait for what is disabled. */
export async function pressOn(target: Locator, key = 'Enter'): Promise<void> {
  await expect(target).toBeEnabled()
  await target.press(key)
}
