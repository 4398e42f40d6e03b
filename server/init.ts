// Set-up without a browser: `patchbay init --email E --password P --workspace acme`. stdout is one line of JSON.
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { AppError } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import { systemClock } from '#lib/platform/clock.ts'
import { openDatabase } from '#lib/platform/database.ts'
import { readEnv } from '#lib/platform/env.ts'
import { createSecretBox } from '#lib/platform/secret-box.ts'
import { createTenancy } from '#lib/tenancy/index.ts'
import { Role } from '#lib/tenancy/schema.ts'

const usage = `Usage: npm run -s patchbay -- init --email E --password P --workspace NAME [--name N] [--role ROLE] [--if-missing]
  --password    - reads it from standard input, where the machine's other users do not see it
  --workspace   the workspace's address: lower-case letters, digits and dashes
  --name        of a new person; the e-mail's first part unless told
  --role        joins a workspace that exists, as owner, admin or developer
  --if-missing  what exists is kept, and only a new key is made`
/** A viewer may not have a key, and a key is what this ends with. */
const KeyRole = Role.exclude(['viewer'])

async function readArguments() {
  const { values } = parseArgs({
    options: {
      email: { type: 'string' },
      password: { type: 'string' },
      workspace: { type: 'string' },
      name: { type: 'string' },
      role: { type: 'string' },
      'if-missing': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const { email, workspace, name } = values
  const password = values.password === '-' ? (await text(process.stdin)).replace(/\r?\n$/, '') : values.password
  if (!email || !password || !workspace) throw new TypeError('--email, --password and --workspace are needed.')
  const role = values.role === undefined ? undefined : KeyRole.safeParse(values.role)
  if (role && !role.success) throw new TypeError('--role is owner, admin or developer: a viewer may not have a key.')
  return { email, password, workspace, name, role: role?.data, ifMissing: values['if-missing'] }
}

/** One after the other: two at once for one person, workspace or fresh installation would refuse each other. */
async function inTurn<Result>(databaseUrl: string, work: () => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query(`SELECT pg_advisory_lock(hashtext('patchbay.init'))`)
    return await work()
  } finally {
    await client.end()
  }
}

async function main(): Promise<number> {
  let input: Awaited<ReturnType<typeof readArguments>>
  try {
    input = await readArguments()
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${usage}\n`)
    return 2
  }
  if (!input) {
    process.stdout.write(`${usage}\n`)
    return 0
  }
  const env = readEnv()
  const secrets = createSecretBox(env.masterKeys)
  const database = openDatabase({ url: env.databaseUrl, applicationName: 'init' })
  try {
    const tenancy = createTenancy({
      database,
      secrets,
      clock: systemClock,
      pepper: env.keyPepper,
      claimCode: null,
      fixedEndpoints: [],
      parseEntry: (text) => text,
    })
    const made = await inTurn(env.databaseUrl, () => tenancy.initialise(input, { id: newId('req'), address: '' }))
    process.stdout.write(`${JSON.stringify(made)}\n`)
    return 0
  } finally {
    await database.close()
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  const fields = error instanceof AppError ? Object.entries(error.fields ?? {}) : []
  const lines = fields.map(([field, message]) => `--${field}: ${message}`)
  const text =
    error instanceof AppError ? (lines.length > 0 ? lines.join('\n') : error.message) : (error as Error).stack
  process.stderr.write(`${text}\n`)
  process.exitCode = 1
}
