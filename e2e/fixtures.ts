import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import AxeBuilder from '@axe-core/playwright'
import { test as base, expect, type Page } from '@playwright/test'

const run = promisify(execFile)

export interface Tenant {
  email: string
  password: string
  /** Its slug. */
  workspace: string
  /** Scopes inference, read and manage. */
  apiKey: string
}

/** The addresses of the installation under test. */
export const at = {
  get studio() {
    return process.env.PATCHBAY_E2E_STUDIO!
  },
  get gateway() {
    return process.env.PATCHBAY_E2E_GATEWAY!
  },
  get practice() {
    return process.env.PATCHBAY_E2E_PRACTICE!
  },
}

/** A person with a workspace of their own, made by the command that people use without a browser. */
export async function makeTenant(name: string, dataDir = process.env.PATCHBAY_E2E_DATA!): Promise<Tenant> {
  const unique = `${name}-${randomBytes(4).toString('hex')}`
  const email = `${unique}@example.test`
  const password = randomBytes(12).toString('base64url')
  const { stdout } = await run(
    process.execPath,
    [
      join(import.meta.dirname, '../bin/patchbay.mjs'),
      'init',
      ...['--email', email, '--password', password, '--workspace', unique],
    ],
    { env: { ...process.env, PATCHBAY_DATA_DIR: dataDir } },
  )
  return { email, password, ...(JSON.parse(stdout) as { workspace: string; apiKey: string }) }
}

export async function signIn(page: Page, tenant: Tenant, studio = at.studio): Promise<void> {
  await page.goto(`${studio}/sign-in`)
  await page.getByLabel('E-mail').fill(tenant.email)
  await page.getByLabel('Password').fill(tenant.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL((url) => url.pathname.startsWith(`/${tenant.workspace}`))
}

/** WCAG 2.2 AA, the whole page. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze()
  const shown = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`)
  expect(shown).toEqual([])
}

interface Fixtures {
  /** An error in the console or on the page fails the test. */
  quiet: string[]
  tenant: Tenant
}

export const test = base.extend<Fixtures>({
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
    await use(
      await makeTenant(
        info.title
          .replace(/[^a-z]+/gi, '-')
          .slice(0, 12)
          .replace(/^-+|-+$/g, '')
          .toLowerCase() || 'team',
      ),
    )
  },
})

export { expect }
