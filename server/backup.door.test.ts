import { readFileSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { writeBackup } from '#lib/platform/backup/write.ts'
import { startEmbeddedPostgres } from '#lib/platform/postgres.ts'
import { readSecretsFile } from '#lib/platform/secrets-file.ts'
import { listTables } from '#lib/platform/tables.ts'
import { commandsOn } from '#lib/testing/commands.ts'
import { emptyDatabase } from '#lib/testing/database.ts'

const person = ['--email', 'new@example.test', '--password', 'a long enough password', '--workspace', 'acme']

/** Of every table: how many rows, and a sum of their hashes. */
async function contents(client: pg.Client): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const { name, columns } of await listTables(client)) {
    const { rows } = await client.query<{ told: string }>(
      `select count(*) || ' ' || coalesce(sum(hashtextextended(row(${columns.join(', ')})::text, 0)::numeric), 0) as told from ${name}`,
    )
    found[name] = rows[0]!.told
  }
  return found
}

/** Requests, tokens and cost, of the records and of the sums that dashboards read. */
async function totals(client: pg.Client): Promise<Record<string, string>[]> {
  const sums = ['usage_quarter', 'usage_day'].map(
    (name) =>
      `select sum(requests)::text as requests, sum(input_tokens + output_tokens)::text as tokens, sum(cost_nano_usd)::text as cost from ledger.${name}`,
  )
  const records = `select count(*)::text, sum(input_tokens + output_tokens)::text, sum(cost_nano_usd)::text from ledger.records`
  return (await client.query([...sums, records].join(' union all '))).rows
}

async function ask<Result>(url: string, question: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url, options: '-c timezone=UTC' })
  await client.connect()
  try {
    return await question(client)
  } finally {
    await client.end()
  }
}

test('a backup of 100,000 records brings everything back into an empty data folder, keys included, and into no other', async () => {
  const url = await emptyDatabase()
  const one = commandsOn({ DATABASE_URL: url })
  await one('init', ...person)
  const small = join(one.dataDir, 'small.backup')
  await writeBackup({ url, file: small, now: new Date(), secrets: null })
  const traffic = ['--records', '100000', '--days', '4', '--until', '2026-11-20T22:00:00Z']
  expect(await one('seed', 'traffic', ...traffic)).toMatchObject({ code: 0 })
  expect(await one('rollups', 'verify', '--workspace', 'traffic')).toMatchObject({ code: 0 })
  expect(await one('backup', small)).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('is there already'),
  })
  const file = join(one.dataDir, 'all.backup')
  const made = await one('backup', file, '--with-key')
  expect(made).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('100,000 records') })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  // As docs/operations.md says.
  expect(Math.round(statSync(file).size / 1_048_576)).toBe(9)
  const { masterKeys, keyPepper } = readSecretsFile(one.dataDir)
  expect(readFileSync(file).includes(masterKeys)).toBe(false)

  const two = commandsOn()
  const cut = join(two.dataDir, 'cut.backup')
  expect(await two('restore', cut)).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no') })
  await two.copy(small, cut)
  truncateSync(cut, statSync(small).size - 100)
  expect(await two('restore', cut)).toMatchObject({ code: 1, stderr: expect.stringMatching(/cut off/) })
  expect(await two('restore', file, '--with-key')).toMatchObject({ code: 0, stderr: '' })
  expect(readSecretsFile(two.dataDir)).toMatchObject({ masterKeys, keyPepper })
  const { postgresPassword: password } = readSecretsFile(two.dataDir)
  const server = await startEmbeddedPostgres({ dataDir: two.dataDir, elsewhereDir: undefined, password })
  try {
    const before = await ask(url, totals)
    expect(new Set(before.map((sums) => JSON.stringify(sums))).size).toBe(1)
    expect(before[0]).toMatchObject({ requests: '100000' })
    expect(await ask(server.url, totals)).toEqual(before)
    expect(await ask(server.url, contents)).toEqual(await ask(url, contents))
  } finally {
    await server.stop()
  }
  expect(await two('restore', file, '--with-key')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('people or workspaces in this database already'),
  })
  // Whoever signs in there signs in here.
  expect(await two('init', ...person, '--if-missing')).toMatchObject({ code: 0, stderr: '' })
}, 240_000)

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
