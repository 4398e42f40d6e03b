import type { Browser, Page } from '@playwright/test'
import { at, expect, expectAccessible, makeTenant, manage, practiceModel, signIn, test } from './fixtures.ts'

const another = async (browser: Browser) =>
  (await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] })).newPage()

async function signInAs(page: Page, email: string, password: string) {
  await page.goto(`${at.studio}/sign-in`)
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

test('somebody is invited by a link, joins, sees what their role may, and leaves with it', async ({
  page,
  browser,
}) => {
  const tenant = await makeTenant('inviting')
  await manage(tenant, 'POST', '/models', practiceModel())
  const email = `guest-${tenant.workspace}@example.test`
  await signIn(page, tenant)
  await page.goto(`${at.studio}/${tenant.workspace}/settings/members`)
  await page.getByRole('button', { name: 'Invite' }).click()
  const invite = page.getByRole('dialog', { name: 'Invite somebody' })
  await invite.getByLabel('E-mail').fill(email)
  await expect(invite.getByText('Calls, tries, own keys')).toBeVisible()
  await invite.getByRole('button', { name: 'Create link' }).click()
  const shown = page.getByRole('dialog', { name: `Send this link to ${email}` })
  await shown.getByRole('button', { name: 'Copy Invitation link' }).click()
  const link = await page.evaluate(() => navigator.clipboard.readText())
  await shown.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByRole('region', { name: 'Open invitations' })).toContainText(email)

  const guest = await another(browser)
  await test.step('the link leads in, once', async () => {
    await guest.goto(link)
    await expect(guest.getByRole('heading', { name: `Join ${tenant.workspace}` })).toBeVisible()
    await expectAccessible(guest)
    await guest.getByLabel('Your name').fill('Kim Guest')
    await guest.getByLabel('Password').fill('a long enough password')
    await guest.getByRole('button', { name: `Join ${tenant.workspace}` }).click()
    await guest.waitForURL(`**/${tenant.workspace}/router`)
    await page.goto(link)
    await expect(page.getByRole('heading', { name: 'This invitation does not work' })).toBeVisible()
  })

  await test.step('a developer calls and reads, and manages nothing', async () => {
    await expect(guest.getByRole('link', { name: /^Practice chat/ })).toBeVisible()
    await expect(guest.getByRole('button', { name: 'Add Model' })).toHaveCount(0)
    await expect(guest.getByRole('button', { name: /^Actions for/ })).toHaveCount(0)
    await guest.goto(`${at.studio}/${tenant.workspace}/router?add=openai`)
    await expect(guest.getByRole('link', { name: /^Practice chat/ })).toBeVisible()
    await expect(guest.getByRole('dialog')).toHaveCount(0)
    const refused = await guest.request.post(`${at.studio}/api/workspaces/${tenant.workspace}/models`, {
      headers: { origin: at.studio },
      data: practiceModel({ name: 'Mine' }),
    })
    expect(refused.status()).toBe(403)
    await guest.goto(`${at.studio}/${tenant.workspace}/settings/members`)
    await expect(guest.getByText('2 members')).toBeVisible()
    await expect(guest.getByRole('button', { name: 'Invite' })).toHaveCount(0)
    await guest.goto(`${at.studio}/${tenant.workspace}/router/keys`)
    await expect(guest.getByRole('button', { name: 'Create an API key' }).first()).toBeVisible()
  })

  await test.step('a viewer has no keys', async () => {
    await page.goto(`${at.studio}/${tenant.workspace}/settings/members`)
    await page.getByRole('button', { name: 'Change Kim Guest' }).click()
    await page.getByRole('menuitem', { name: /^Viewer/ }).click()
    await expect(page.getByRole('row', { name: /Kim Guest/ })).toContainText('Viewer')
    await signInAs(guest, email, 'a long enough password')
    await guest.waitForURL(`**/${tenant.workspace}/router`)
    await guest.goto(`${at.studio}/${tenant.workspace}/router/keys`)
    await expect(guest.getByRole('heading', { name: 'Keys are for developers' })).toBeVisible()
  })

  await test.step('removed: nothing of the workspace is left', async () => {
    await page.getByRole('button', { name: 'Change Kim Guest' }).click()
    await page.getByRole('menuitem', { name: 'Remove' }).click()
    await page.getByRole('button', { name: 'Remove member' }).click()
    await expect(page.getByText('1 member', { exact: true })).toBeVisible()
    const gone = await guest.request.get(`${at.studio}/api/workspaces/${tenant.workspace}/models`)
    expect([401, 404]).toContain(gone.status())
  })
  await guest.context().close()
})

test('a person makes a second workspace and goes back and forth', async ({ page, tenant }) => {
  await signIn(page, tenant)
  await page.getByRole('button', { name: /change workspace/ }).click()
  await page.getByRole('menuitem', { name: 'New workspace' }).click()
  const dialog = page.getByRole('dialog', { name: 'New workspace' })
  const name = `Second ${tenant.workspace}`
  await dialog.getByLabel('Name', { exact: true }).fill(name)
  await dialog.getByRole('button', { name: 'Create workspace' }).click()
  await page.waitForURL(`**/second-${tenant.workspace}/router`)
  await expect(page.getByRole('heading', { name: 'Nothing is plugged in yet' })).toBeVisible()
  await page.getByRole('button', { name: /change workspace/ }).click()
  await page.getByRole('menuitem', { name: tenant.workspace, exact: true }).click()
  await page.waitForURL(`**/${tenant.workspace}/router`)
  await expect(page.getByRole('button', { name: new RegExp(`^${tenant.workspace} ?, change workspace`) })).toBeVisible()
})

test('a new password ends every other session; signing out and in again works with it alone', async ({
  page,
  browser,
  tenant,
}) => {
  await signIn(page, tenant)
  const elsewhere = await another(browser)
  await signIn(elsewhere, tenant)

  await page.getByRole('button', { name: /^Account of/ }).click()
  await page.getByRole('menuitem', { name: 'Account', exact: true }).click()
  await page.waitForURL('**/account**')
  await expectAccessible(page)
  const fresh = 'quite another password'
  await page.getByLabel('Current password').fill('not the password')
  await page.getByLabel('New password').fill(fresh)
  await page.getByRole('button', { name: 'Change password' }).click()
  await expect(page.locator('[data-field=current] [aria-live]')).not.toBeEmpty()
  await page.getByLabel('Current password').fill(tenant.password)
  await page.getByRole('button', { name: 'Change password' }).click()
  await expect(page.getByText('You are signed out everywhere else.')).toBeVisible()

  await elsewhere.goto(`${at.studio}/${tenant.workspace}/router`)
  await elsewhere.waitForURL('**/sign-in**')
  await elsewhere.context().close()

  // This session goes on, until it is ended by hand.
  await page.goto(`${at.studio}/${tenant.workspace}/router`)
  await page.getByRole('button', { name: /^Account of/ }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.waitForURL('**/sign-in**')
  await signInAs(page, tenant.email, tenant.password)
  await expect(page.getByRole('alert').filter({ hasText: /./ }).first()).toBeVisible()
  await signInAs(page, tenant.email, fresh)
  await page.waitForURL(`**/${tenant.workspace}/router`)
})
