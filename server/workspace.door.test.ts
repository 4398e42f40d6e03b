import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commandsOn } from '#lib/testing/commands.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { writeCalls } from '#lib/testing/records.ts'

const { url, database } = await testDatabase()

test('a workspace goes into one archive that its owner alone may read, whole and without secrets, and over no other file', async () => {
  const command = commandsOn({ DATABASE_URL: url })
  const { dataDir } = command
  const person = ['--email', 'ada@example.test', '--password', 'a long enough password']
  const { apiKey } = JSON.parse((await command('init', ...person, '--workspace', 'acme')).stdout) as { apiKey: string }
  const { rows: workspaces } = await database.pool.query<{ id: string }>(
    `select id from workspaces where slug = 'acme'`,
  )
  const calls = Array.from({ length: 5_000 }, (_, index) => ({ atMs: Date.UTC(2026, 10, 20) + index * 7_000 }))
  await writeCalls(database.pool, workspaces[0]!.id, calls)

  const file = join(dataDir, 'acme.tar.gz')
  expect(await command('workspace', 'export', 'acme', file)).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^\S+acme\.tar\.gz: \d\.\d MB\. Its secrets are not in it\.\n$/),
    stderr: '',
  })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(existsSync(`${file}.part`)).toBe(false)
  execFileSync('tar', ['-xzf', file], { cwd: dataDir })
  const { workspace, rows } = JSON.parse(readFileSync(join(dataDir, 'manifest.json'), 'utf8'))
  expect(workspace.slug).toBe('acme')
  expect(rows).toMatchObject({ records: 5_000, members: 1 })
  const told = (table: string) =>
    readdirSync(join(dataDir, table))
      .sort()
      .map((part) => readFileSync(join(dataDir, table, part), 'utf8'))
      .join('')
  const records = told('records')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { cost_nano_usd: number })
  const { rows: sums } = await database.pool.query<{ cost: number }>(
    `select sum(cost_nano_usd)::float8 as cost from ledger.records`,
  )
  expect(records.reduce((sum, { cost_nano_usd }) => sum + cost_nano_usd, 0)).toBe(sums[0]!.cost)
  expect(told('members')).toContain('ada@example.test')
  const everything = Object.keys(rows).flatMap((table) => (existsSync(join(dataDir, table)) ? [told(table)] : []))
  const { rows: hashes } = await database.pool.query<{ secret_hash: string }>('select secret_hash from api_keys')
  for (const secret of [apiKey, ...hashes.map(({ secret_hash }) => secret_hash)])
    expect(everything.filter((text) => text.includes(secret))).toEqual([])

  const refused = { code: 1, stdout: '' }
  const stands = readFileSync(file)
  expect(await command('workspace', 'export', 'acme', file)).toEqual({
    ...refused,
    stderr: `${file} is there already.\n`,
  })
  expect(readFileSync(file).equals(stands)).toBe(true)
  expect(await command('workspace', 'export', 'gamma', join(dataDir, 'gamma.tar.gz'))).toEqual({
    ...refused,
    stderr: 'Workspace not found.\n',
  })
  expect(await command('workspace', 'export', 'acme', join(dataDir, 'nowhere', 'acme.tar.gz'))).toEqual({
    ...refused,
    stderr: expect.stringMatching(/nowhere\/acme\.tar\.gz cannot be written/),
  })
}, 120_000)
