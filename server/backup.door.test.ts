import { createHash } from 'node:crypto'
import { readFileSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { startEmbeddedPostgres } from '#lib/platform/postgres.ts'
import { readSecretsFile } from '#lib/platform/secrets-file.ts'
import { listTables } from '#lib/platform/tables.ts'
import { commandsOn } from '#lib/testing/commands.ts'

const person = ['--email', 'new@example.test', '--password', 'a long enough password', '--workspace', 'acme']

/** What stands in every table of an installation: rows, and a hash of them in any order. */
async function contents(dataDir: string): Promise<Record<string, string>> {
  const { postgresPassword: password } = readSecretsFile(dataDir)
  const server = await startEmbeddedPostgres({ dataDir, elsewhereDir: undefined, password })
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  try {
    const found: Record<string, string> = {}
    for (const { name, columns } of await listTables(client)) {
      const hash = createHash('sha256')
      const { rows } = await client.query<{ row: string }>(
        `select row(${columns.join(', ')})::text as row from ${name} order by 1`,
      )
      for (const { row } of rows) hash.update(row)
      found[name] = `${rows.length} ${hash.digest('hex')}`
    }
    return found
  } finally {
    await client.end()
    await server.stop()
  }
}

test('a backup brings everything back into an empty data folder, keys included, and into no other', async () => {
  const one = commandsOn()
  await one('init', ...person)
  await one('seed', 'traffic', '--records', '3000', '--days', '4', '--until', '2026-11-20T22:00:00Z')
  const file = join(one.dataDir, 'all.backup')
  const made = await one('backup', file, '--with-key')
  expect(made).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('3,000 records') })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const { masterKeys, keyPepper } = readSecretsFile(one.dataDir)
  expect(readFileSync(file).includes(masterKeys)).toBe(false)
  expect(await one('backup', file)).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('is there already'),
  })

  const two = commandsOn()
  const cut = join(two.dataDir, 'cut.backup')
  expect(await two('restore', cut)).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no') })
  await two.copy(file, cut)
  truncateSync(cut, statSync(file).size - 100)
  expect(await two('restore', cut, '--with-key')).toMatchObject({ code: 1, stderr: expect.stringMatching(/cut off/) })
  expect(await two('restore', file, '--with-key')).toMatchObject({ code: 0, stderr: '' })
  expect(readSecretsFile(two.dataDir)).toMatchObject({ masterKeys, keyPepper })
  expect(await contents(two.dataDir)).toEqual(await contents(one.dataDir))
  expect(await two('restore', file, '--with-key')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('people or workspaces in this database already'),
  })
  // Whoever signs in there signs in here.
  expect(await two('init', ...person, '--if-missing')).toMatchObject({ code: 0, stderr: '' })
  expect(await two('rollups', 'verify', '--workspace', 'traffic')).toMatchObject({ code: 0 })
}, 180_000)

test('without the master key a backup is refused until it is recovered, also where secrets.json and the password of the database are gone', async () => {
  const one = commandsOn()
  await one('init', ...person)
  const file = join(one.dataDir, 'all.backup')
  expect(await one('backup', file)).toMatchObject({ code: 0, stdout: expect.stringContaining('keep that file too') })
  const two = commandsOn()
  expect(await two('restore', file, '--with-key')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('without --with-key'),
  })
  expect(await two('restore', file)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('recover --without-master-key'),
  })
  expect(await two('holders')).toMatchObject({ code: 1, stderr: expect.stringContaining('sealed with the key') })
  expect(await two('recover', '--without-master-key')).toMatchObject({ code: 0, stderr: '' })
  expect(await two('holders')).toMatchObject({ code: 0 })

  rmSync(join(one.dataDir, 'secrets.json'))
  expect(await one('holders')).toMatchObject({ code: 1 })
  expect(await one('recover', '--without-master-key')).toMatchObject({ code: 0, stderr: '' })
  expect(await one('recover', '--without-master-key')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('nothing to recover'),
  })

  expect(await one('rotate-master-key', '--new')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('The key k2 stands first'),
  })
  expect(await one('rotate-master-key')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('sealed under k2 now'),
  })
  expect(await one('holders')).toMatchObject({ code: 0 })
}, 180_000)
