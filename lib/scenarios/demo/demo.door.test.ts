import { execFileSync } from 'node:child_process'
import { createWriteStream, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { expect, onTestFinished, test } from 'vitest'
import { verifyRollups } from '#lib/metering/index.ts'
import { leftOut } from '#lib/tenancy/export-workspace.ts'
import { forgetDeletedWorkspaces, type Scope } from '#lib/tenancy/index.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testInstallation } from '#lib/testing/installation.ts'
import { countTenantRows } from '#lib/testing/tenant-rows.ts'
import { makeDemo } from '../index.ts'

const { url, database } = await testDatabase()
const { pool } = database
const { runtime, practice, env } = await testInstallation(url)
const { tenancy, experiments, deployments, models } = runtime
const request = { id: 'req_test', address: '127.0.0.1' }
const never = new AbortController().signal
const house = {
  ...{ ...runtime, pool, catchUp: runtime.feed.refresh, nowMs: runtime.clock.nowMs },
  practice: { url: practice.url, key: env.practice!.key },
}
const make = () => makeDemo(house, { records: 3_000, signal: never })

test('nothing is made where nobody could look at it', async () => {
  await expect(make()).rejects.toMatchObject({ code: 'unclaimed' })
})

test('the demo is whole: its models answer, its figures add up; it is made once, and goes without a trace', {
  timeout: 120_000,
}, async () => {
  const { workspace, person } = await tenancy.claim(
    { request, loopback: true },
    { name: 'Op', email: 'op@example.test', password: 'correct horse battery', workspaceName: 'Mine' },
  )
  const mine = await countTenantRows(pool, workspace.id)
  // What a killed run left goes first, and two at once do not make two.
  await pool.query(
    `insert into workspaces (id, slug, name, demo) values ('wsp_killed', 'demo', 'Demo, not finished yet', true)`,
  )
  const both = await Promise.allSettled([make(), make()])
  expect(both.sort((one, other) => one.status.localeCompare(other.status))).toMatchObject([
    { status: 'fulfilled', value: { slug: 'demo', existed: false } },
    { status: 'rejected', reason: { code: 'demo_busy' } },
  ])
  expect(await make()).toEqual({ slug: 'demo', existed: true })
  const scope = await tenancy.scopeForPerson(person, 'demo')
  const { workspaceId } = scope
  expect(await tenancy.getWorkspace(scope)).toMatchObject({ demo: true, role: 'owner' })

  const { secret } = await tenancy.createKey(scope, { name: 'Mine' })
  await runtime.feed.refresh()
  const call = async (path: string, body: object) =>
    (
      await runtime.gateway.handle({
        ...{ method: 'POST', path: `/v1/${path}`, peer: '127.0.0.1', signal: never, receivedAtMs: Date.now() },
        headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
        body: Buffer.from(JSON.stringify(body)),
      })
    ).status
  const messages = [{ role: 'user', content: 'Hello' }]
  const paths = {
    chat: 'chat/completions',
    completion: 'completions',
    embedding: 'embeddings',
    image: 'images/generations',
  }
  const { items } = await models.listModels(scope)
  expect(new Set(items.map(({ type }) => type))).toEqual(new Set(Object.keys(paths)))
  for (const { type, slug } of items)
    expect(await call(paths[type], { model: slug, messages, prompt: 'A circle', input: 'Hello' })).toBe(200)
  const variables = { question: 'When do you open?' }
  expect(await call(paths.chat, { model: 'deployment/support-answer', messages: [], variables })).toBe(200)
  const { environments } = await deployments.getDeployment(scope, { id: 'support-answer' })
  expect(environments.map(({ name, serves, canary }) => [name, serves, canary?.version])).toEqual([
    ['staging', '1.2', undefined],
    ['production', '1.1', '1.2'],
  ])

  const runs = (await experiments.listRuns(scope)).items
  expect(runs.map(({ state, failed }) => ({ state, failed }))).toEqual(
    [1, 2].map(() => ({ state: 'completed', failed: 0 })),
  )
  const sorting = runs.find(({ cells }) => cells === 240)!
  const { evaluators } = await experiments.compareRun(scope, { id: sorting.id })
  // There is something to see: no two candidates are equally good.
  const right = evaluators[0]!.candidates.map(({ mean, passed }) => mean ?? passed)
  expect(new Set(right).size).toBe(right.length)

  await runtime.ledger.flush()
  for await (const { differences } of verifyRollups(pool, { workspaceId, fromDay: '2020-01-01', toDay: '2099-01-01' }))
    expect(differences).toEqual([])

  await expectWholeExport(scope)

  await tenancy.removeDemo(scope)
  await runtime.feed.refresh()
  expect(await call(paths.chat, { model: items[0]!.slug, messages })).toBe(401)
  await forgetDeletedWorkspaces(pool)
  const left = Object.entries(await countTenantRows(pool, workspaceId)).filter(([, count]) => count > 0)
  expect(left.map(([name]) => name)).toEqual(['public.audits'])
  expect(await countTenantRows(pool, workspace.id)).toEqual(mine)
})

/** The archive has every row of every table that is not left out, what was said, and no secret. */
async function expectWholeExport(scope: Scope): Promise<void> {
  const counts = await countTenantRows(pool, scope.workspaceId)
  const dir = mkdtempSync(join(tmpdir(), 'patchbay-export-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  await pipeline(Readable.from(runtime.exportWorkspace(scope)), createWriteStream(join(dir, 'x.tar.gz')))
  execFileSync('tar', ['-xzf', 'x.tar.gz'], { cwd: dir })
  const manifest = JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8'))
  expect(manifest.workspace).toMatchObject({ slug: 'demo', demo: true })
  const files = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jsonl'))
  const lines = files.sort().flatMap((name) => readFileSync(join(dir, name), 'utf8').trimEnd().split('\n'))
  for (const line of lines) JSON.parse(line)
  const expected = Object.entries(counts).filter(([name]) => !leftOut.includes(name))
  const { payloads, audits, ...rows } = manifest.rows as Record<string, number>
  expect(rows).toEqual(
    Object.fromEntries(
      expected.filter(([name]) => name !== 'public.audits').map(([name, count]) => [name.split('.')[1], count]),
    ),
  )
  // That of the export itself is among them.
  expect(audits).toBe(counts['public.audits']! + 1)
  expect(payloads).toBe(counts['ledger.payload_places'])
  expect(lines).toHaveLength(Object.values(manifest.rows as Record<string, number>).reduce((sum, count) => sum + count))
  const text = lines.join('\n')
  expect(text).toContain('It only hums when the lamp is on.')
  expect(text).toContain('op@example.test')
  const { rows: secrets } = await pool.query<{ secret: string }>(
    `select unnest(array[sealed_key, key_fingerprint]) as secret from models union select secret_hash from api_keys union select sealed from ledger.payload_keys`,
  )
  for (const { secret } of secrets) if (secret) expect(text.includes(secret)).toBe(false)
  expect(text).not.toContain(env.practice!.key)
}
