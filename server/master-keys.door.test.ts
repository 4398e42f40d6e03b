import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import OpenAI from 'openai'
import pg from 'pg'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { alertSecrets } from '#lib/alerts/index.ts'
import { payloadKeys } from '#lib/metering/index.ts'
import type { RawModelInput } from '#lib/models/schema.ts'
import { placeOf, sealedFields } from '#lib/models/stored.ts'
import { readEnv, readSettings } from '#lib/platform/env.ts'
import { keptAnswers } from '#lib/platform/idempotency.ts'
import type { SealedColumn } from '#lib/platform/sealed-rows.ts'
import { canaryStore, checkCanary, createSecretBox, type SecretBox } from '#lib/platform/secret-box.ts'
import { readSecretsFile, replaceSecrets } from '#lib/platform/secrets-file.ts'
import { start } from '#lib/practice/index.ts'
import { createRuntime, type Runtime } from '#lib/runtime.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import { openFastDoor } from '#lib/testing/both-doors.ts'
import { commandsOn } from '#lib/testing/commands.ts'
import { emptyDatabase } from '#lib/testing/database.ts'
import { freePort } from '#lib/testing/free-port.ts'
import { silentLogger } from '#lib/testing/ledger.ts'
import { type GatewayProcess, startGatewayProcess } from '#lib/testing/processes.ts'
import { testRequest } from '#lib/testing/tenancy.ts'
import { childEnvironment } from './supervisor/environment.ts'

const person = { email: 'ada@example.test', password: 'correct horse battery' }
const practice = await start({ port: 0, latencyScale: 0 })
afterAll(() => practice.close())

/** An installation whose keys stand in `secrets.json` alone, with a person, a workspace and a key to call with. */
async function installation() {
  const url = await emptyDatabase()
  const command = commandsOn({ DATABASE_URL: url })
  const { dataDir } = command
  const init = ['--email', person.email, '--password', person.password, '--workspace', 'acme']
  const { apiKey } = JSON.parse((await command('init', ...init)).stdout) as { apiKey: string }
  const source: NodeJS.ProcessEnv = {
    ...{ NODE_ENV: 'production', PATH: process.env.PATH, DATABASE_URL: url, PATCHBAY_DATA_DIR: dataDir },
    ...{ PORT: String(await freePort()), GATEWAY_PORT: String(await freePort()), PATCHBAY_LOG_LEVEL: 'error' },
    PATCHBAY_ALLOWED_ENDPOINTS: new URL(practice.url).host,
  }
  /** What every process is given, as the file is now. */
  const variables = () =>
    childEnvironment(source, readSettings(source), readSecretsFile(dataDir), url) as Record<string, string>
  const pool = new pg.Pool({ connectionString: url, max: 3 })
  onTestFinished(() => pool.end())
  return {
    ...{ command, apiKey, dataDir, pool, source, variables },
    /** What the person does in the studio. */
    async inStudio<Result>(work: (runtime: Runtime, scope: Scope) => Promise<Result>): Promise<Result> {
      const runtime = await createRuntime(readEnv(variables()), 'studio', silentLogger)
      try {
        const signedIn = await runtime.tenancy.signIn(person, testRequest)
        return await work(runtime, await runtime.tenancy.scopeForPerson(signedIn, 'acme'))
      } finally {
        await runtime.models.close()
        await runtime.stop()
      }
    },
  }
}

function draft(name: string, apiKey: string, more: object = {}): RawModelInput {
  return {
    ...{ type: 'chat', baseUrl: practice.url, apiKey, name, slug: name, modelId: 'practice-chat', region: 'own' },
    ...{ inputPrice: '0.15', outputPrice: '0.6', ...more },
  } as RawModelInput
}

function clientOf(port: number, apiKey: string): OpenAI {
  return new OpenAI({ baseURL: `http://127.0.0.1:${port}/v1`, apiKey, maxRetries: 0 })
}

async function stop({ child, gone }: GatewayProcess): Promise<void> {
  child.kill('SIGTERM')
  expect(await gone).toBe(0)
}

const call = (model: string, more: object = {}) => ({
  ...{ model, messages: [{ role: 'user' as const, content: 'Say hello' }] },
  ...more,
})

test('without secrets.json nothing starts until it is recovered; then models ask for their key, and one that is pasted makes all that share it work', async () => {
  const { command, dataDir, pool, source, variables, inStudio, apiKey } = await installation()
  const first = 'sk-practice-beforeloss00001'
  const [one, two] = await inStudio(async ({ models, feed, gateway }, scope) => {
    const added = [await models.addModel(scope, { draft: draft('one', first) })]
    added.push(await models.addModel(scope, { draft: draft('two', first) }))
    await feed.refresh()
    const client = clientOf(await openFastDoor(gateway), apiKey)
    expect((await client.chat.completions.create(call('one'))).choices).toHaveLength(1)
    return added
  })

  rmSync(join(dataDir, 'secrets.json'))
  const refused = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env: source,
  }).catch((error: { code: number; stderr: string }) => error)
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/does not open this database.*recover --without-master-key/),
  })
  expect(await command('recover', '--without-master-key')).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringMatching(/^2 models need their key again/),
  })

  const { rows: records } = await pool.query(`select outcome from ledger.records where source = 'gateway'`)
  expect(records).toEqual([{ outcome: 'ok' }])

  const gateway = await startGatewayProcess(variables())
  // The pepper was in the file, too.
  const stranger = clientOf(gateway.port, apiKey).chat.completions.create(call('one'))
  await expect(stranger).rejects.toMatchObject({ status: 401 })
  await inStudio(async ({ tenancy, models }, scope) => {
    const { secret } = await tenancy.createKey(scope, { name: 'new' })
    const client = clientOf(gateway.port, secret)
    const say = async (model: string) => {
      const { choices } = await client.chat.completions.create(call(model))
      return choices[0]!.message.content
    }
    // The gateway hears of a new key within moments.
    await expect.poll(() => say('one').catch((error: { status: number }) => error.status)).not.toBe(401)
    const served = practice.account(first)
    for (const model of ['one', 'two'])
      await expect(say(model)).rejects.toMatchObject({ status: 502, code: 'upstream_auth_failed' })
    expect(practice.account(first)).toEqual(served)
    expect((await tenancy.listNotices(scope)).map(({ title }) => title)).toEqual([
      'The key of 2 models has to be entered again',
    ])

    // As the dialog does it that the notice leads to: for all that shared the key.
    const group = await models.rotationGroup(scope, { id: one!.id })
    expect(group.map(({ id }) => id)).toEqual([one!.id, two!.id])
    const second = 'sk-practice-afterloss000001'
    const also = group.map(({ id }) => id)
    const entered = await models.rotateKey(scope, { id: one!.id, apiKey: second, also })
    expect(entered.map(({ replaced, problem }) => [replaced, problem])).toEqual([
      [true, null],
      [true, null],
    ])
    for (const model of ['one', 'two'])
      await expect.poll(() => say(model).catch((error: Error) => error.message)).toContain('Hello')
    expect(await tenancy.listNotices(scope)).toEqual([])
  })
  await stop(gateway)
}, 180_000)

/** Everything that is sealed with the master key, but for the cache, which is filled again. */
const columns: readonly SealedColumn[] = [
  ...sealedFields.map(
    (column): SealedColumn => ({
      ...{ table: 'public.models', column, key: ['workspace_id', 'id'] },
      place: ({ workspace_id, id }) => placeOf(workspace_id!, id!, column),
    }),
  ),
  ...[payloadKeys, keptAnswers, ...alertSecrets],
]
const nameOf = ({ table, column }: SealedColumn) => `${table}.${column}`

/** What all of it holds; null where the box does not open it. */
async function openAll(pool: pg.Pool, secrets: SecretBox): Promise<Record<string, (string | null)[]>> {
  const found: Record<string, (string | null)[]> = {}
  for (const sealed of columns) {
    const { rows } = await pool.query<Record<string, string>>(
      `select *, ${sealed.column} as envelope from ${sealed.table} where ${sealed.column} is not null order by ${sealed.key.join(', ')}`,
    )
    found[nameOf(sealed)] = rows.map((row) => {
      try {
        return secrets.open(row.envelope!, sealed.place(row))
      } catch {
        return null
      }
    })
  }
  return found
}

/** Under which keys each of them is. */
async function keyIds(pool: pg.Pool): Promise<Record<string, string>> {
  const parts = columns.map(
    (sealed) =>
      `select '${nameOf(sealed)}' as name, string_agg(distinct split_part(${sealed.column}, '.', 2), ' ') as ids from ${sealed.table}`,
  )
  const { rows } = await pool.query<{ name: string; ids: string }>(parts.join(' union all '))
  return Object.fromEntries(rows.map(({ name, ids }) => [name, ids]))
}

const hook = 'https://hooks.example.com/T000/secret'

test('a new master key takes over everything that is sealed, beside a gateway that runs; a run that is killed in the middle is finished by the next', async () => {
  const { command, dataDir, pool, variables, inStudio, apiKey } = await installation()
  const sameCall = { headers: { 'Idempotency-Key': 'once' } }
  const { signingSecret, kept } = await inStudio(async ({ tenancy, models, alerts, feed, gateway }, scope) => {
    const more = { headers: { 'x-team': 'search' }, query: { tier: 'gold' } }
    await models.addModel(scope, { draft: draft('one', 'sk-practice-rotation000001', more) })
    const { version } = await tenancy.getWorkspace(scope)
    await tenancy.updateWorkspace(scope, { version, payloadDays: 7 })
    const { secret } = await alerts.createChannel(scope, { name: 'Ops', kind: 'webhook', url: hook, notices: [] })
    await feed.refresh()
    const client = clientOf(await openFastDoor(gateway), apiKey)
    const answer = await client.chat.completions.create(call('one'), sameCall).withResponse()
    await client.chat.completions.create(call('one', { cache: { type: 'exact_match', ttl: 3600 } }))
    return { signingSecret: secret, kept: answer }
  })

  const { rows: sealed } = await pool.query<{ name: string }>(
    `select table_schema || '.' || table_name || '.' || column_name as name from information_schema.columns
     where table_schema in ('public', 'ledger') and column_name like 'sealed%' and data_type = 'text'`,
  )
  expect(sealed.map(({ name }) => name).sort()).toEqual([...columns.map(nameOf), 'ledger.cached_answers.sealed'].sort())
  const cachedKeys = `select distinct split_part(sealed, '.', 2) as id from ledger.cached_answers`
  expect((await pool.query(cachedKeys)).rows).toEqual([{ id: 'k1' }])
  const all = (id: string) => Object.fromEntries(columns.map((column) => [nameOf(column), id]))
  expect(await keyIds(pool)).toEqual(all('k1'))
  const old = readEnv(variables()).masterKeys[0]!
  const before = await openAll(pool, createSecretBox([old]))
  expect(before).toMatchObject({
    'public.models.sealed_key': ['sk-practice-rotation000001'],
    'public.models.sealed_headers': ['{"x-team":"search"}'],
    'public.models.sealed_query': ['{"tier":"gold"}'],
    'public.alert_channels.sealed_url': [hook],
    'public.alert_channels.sealed_secret': [signingSecret],
  })

  expect(await command('rotate-master-key', '--new')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('The key k2 stands first'),
  })
  const during = await startGatewayProcess(variables())
  // Held up where alerts begin, it is killed there.
  const holder = await pool.connect()
  await holder.query('begin')
  await holder.query('select from alert_channels for update')
  const rotation = spawn(process.execPath, [join(import.meta.dirname, 'rotate-master-key.ts')], {
    env: variables() as NodeJS.ProcessEnv,
    stdio: 'ignore',
  })
  const waiting = async () =>
    (
      await pool.query<{ pid: number }>(
        `select pid from pg_stat_activity where datname = current_database() and query like 'update public.alert_channels%' and wait_event_type = 'Lock'`,
      )
    ).rows
  await expect.poll(waiting).toHaveLength(1)
  const [{ pid }] = (await waiting()) as [{ pid: number }]
  rotation.kill('SIGKILL')
  await once(rotation, 'exit')
  await pool.query('select pg_terminate_backend($1, 5000)', [pid])
  await holder.query('rollback')
  holder.release()
  const half = { 'public.alert_channels.sealed_url': 'k1', 'public.alert_channels.sealed_secret': 'k1' }
  expect(await keyIds(pool)).toEqual({ ...all('k2'), ...half })
  expect(await openAll(pool, createSecretBox(readEnv(variables()).masterKeys))).toEqual(before)

  const said = [await command('rotate-master-key'), await command('rotate-master-key')]
  expect(said.map(({ code, stdout }) => [code, stdout.slice(0, stdout.indexOf('.'))])).toEqual([
    [0, '2 secrets are sealed under k2 now'],
    [0, '0 secrets are sealed under k2 now'],
  ])
  expect((await clientOf(during.port, apiKey).chat.completions.create(call('one'))).choices).toHaveLength(1)
  await stop(during)

  replaceSecrets(dataDir, { masterKeys: readSecretsFile(dataDir).masterKeys.split(',')[0]! })
  const [fresh] = readEnv(variables()).masterKeys
  expect(fresh!.id).toBe('k2')
  expect(await keyIds(pool)).toEqual(all('k2'))
  expect((await pool.query(cachedKeys)).rows).toEqual([])
  const after = await openAll(pool, createSecretBox([fresh!]))
  // What the gateway has kept meanwhile has a key of its own.
  const { length } = before['ledger.payload_keys.sealed']!
  expect({ ...after, 'ledger.payload_keys.sealed': after['ledger.payload_keys.sealed']!.slice(0, length) }).toEqual(
    before,
  )
  // Not by its name alone: the bytes of the old key open nothing.
  const none = await openAll(pool, createSecretBox([{ id: 'k2', key: old.key }]))
  expect(new Set(Object.values(none).flat())).toEqual(new Set([null]))
  const canary = canaryStore((sql, values) => pool.query(sql, values))
  await checkCanary(createSecretBox([fresh!]), canary)
  await expect(checkCanary(createSecretBox([old]), canary)).rejects.toMatchObject({ code: 'master_key' })

  await inStudio(async ({ gateway, payloads }, scope) => {
    const client = clientOf(await openFastDoor(gateway), apiKey)
    expect((await client.chat.completions.create(call('one'))).choices).toHaveLength(1)
    const again = await client.chat.completions.create(call('one'), sameCall).withResponse()
    expect(again.data).toEqual(kept.data)
    const requestId = kept.response.headers.get('x-request-id')!
    expect(again.response.headers.get('x-patchbay-replay-of')).toBe(requestId)
    expect((await payloads.getPayload(scope, requestId)).request.text).toContain('Say hello')
  })
}, 180_000)
