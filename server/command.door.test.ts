import { expect, test } from 'vitest'
import { commandsOn } from '#lib/testing/commands.ts'
import { testDatabase } from '#lib/testing/database.ts'

const input = ['--email', 'new@example.test', '--password', 'a long enough password', '--workspace', 'acme']

test('set-ups at once on a fresh data folder, of the same and of other people, all end with a key of their own', async () => {
  const command = commandsOn()
  const others = ['--email', 'other@example.test', '--password', 'a long enough password', '--workspace', 'beta']
  const said = await Promise.all([
    command('init', ...input, '--if-missing'),
    command('init', ...input, '--if-missing'),
    command('init', ...others, '--if-missing'),
  ])
  expect(said.map(({ stderr }) => stderr)).toEqual(['', '', ''])
  const made = said.map(({ stdout }) => JSON.parse(stdout) as { workspace: string; apiKey: string })
  expect(made.map(({ workspace }) => workspace)).toEqual(['acme', 'acme', 'beta'])
  expect(new Set(made.map(({ apiKey }) => apiKey)).size).toBe(3)
  expect(said.every(({ stdout }) => /^\{.+\}\n$/.test(stdout))).toBe(true)
})

test('what a set-up cannot do is said by its option, and stdout stays empty', async () => {
  const command = commandsOn()
  expect(await command('init', '--email', 'new@example.test')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^--email, --password and --workspace are needed/),
  })
  expect(await command('init', ...input, '--role', 'viewer')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^--role is owner, admin or developer/),
  })
  expect(await command('init', ...input, '--workspace', 'A B')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: '--workspace: Lower-case letters, digits and single dashes only.\n',
  })
})

test('a password of standard input is the one that was typed there; one that is lost is reset', async () => {
  const command = commandsOn()
  const person = ['--email', 'new@example.test', '--workspace', 'acme']
  expect(await command('init', ...person, '--password', '-')).toMatchObject({ code: 0, stderr: '' })
  // Who exists is let in by the password alone.
  const again = ['init', ...person, '--if-missing', '--password']
  expect(await command(...again, 'a password of standard input')).toMatchObject({ code: 0, stderr: '' })
  const { stdout } = await command('reset-password', '--email', 'new@example.test')
  const password = /^The password of new@example\.test is now: (.+)\n$/.exec(stdout)?.[1] ?? ''
  expect(await command(...again, 'a password of standard input')).toMatchObject({ code: 1, stdout: '' })
  expect(await command(...again, password)).toMatchObject({ code: 0, stderr: '' })
  expect(await command('make-owner', '--email', 'nobody@example.test')).toMatchObject({
    code: 1,
    stderr: 'Person with this e-mail not found.\n',
  })
}, 90_000)

test('a workspace whose owner is gone gets one, and an installation without an operator, and both are audited', async () => {
  const { url, database } = await testDatabase()
  const { pool } = database
  const command = commandsOn({ DATABASE_URL: url })
  expect(await command('init', ...input)).toMatchObject({ code: 0 })
  const other = ['--email', 'other@example.test', '--password', 'a long enough password', '--workspace', 'beta']
  expect(await command('init', ...other)).toMatchObject({ code: 0 })
  await pool.query(`delete from members where user_id in (select id from users where email = 'new@example.test')`)
  await pool.query('update users set operator = false')

  const email = 'other@example.test'
  const said = { code: 0, stderr: '' }
  const ofWorkspace = ['make-owner', '--email', email, '--workspace', 'acme']
  expect(await command(...ofWorkspace)).toEqual({ ...said, stdout: `${email} is an owner of acme.\n` })
  expect(await command('make-owner', '--email', email)).toEqual({
    ...said,
    stdout: `${email} is an operator of this installation.\n`,
  })
  expect(await command('make-owner', '--email', email, '--workspace', 'none')).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'Workspace not found.\n',
  })
  const { rows } = await pool.query(
    `select w.slug, m.role, u.email, u.operator from members m join users u on u.id = m.user_id join workspaces w on w.id = m.workspace_id order by w.slug`,
  )
  const owner = { role: 'owner', email, operator: true }
  expect(rows).toEqual([
    { slug: 'acme', ...owner },
    { slug: 'beta', ...owner },
  ])
  const { rows: audits } = await pool.query(
    `select action, target_label as target, coalesce((select slug from workspaces w where w.id = workspace_id), '') as slug from audits
     where actor_id = 'command' and target_label = $1 and action in ('member.join', 'operator.add') order by at desc, id desc limit 2`,
    [email],
  )
  expect(audits).toEqual([
    { action: 'operator.add', target: email, slug: '' },
    { action: 'member.join', target: email, slug: 'acme' },
  ])
}, 90_000)
