// Set-up without a browser: `patchbay init --email E --password P --workspace acme`. stdout is one line of JSON.
import { parseArgs } from 'node:util'
import { AppError } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import { systemClock } from '#lib/platform/clock.ts'
import { openDatabase } from '#lib/platform/database.ts'
import { readEnv } from '#lib/platform/env.ts'
import { canaryStore, checkCanary, createSecretBox } from '#lib/platform/secret-box.ts'
import { createTenancy } from '#lib/tenancy/index.ts'
import { Role } from '#lib/tenancy/schema.ts'

const usage = `Usage: patchbay init --email E --password P --workspace NAME [--name N] [--role ROLE] [--if-missing]
  --name        of a new person; the e-mail's first part unless told
  --role        joins a workspace that exists, as owner, admin, developer or viewer
  --if-missing  what exists is kept, and only a new key is made`

function readArguments() {
  const { values } = parseArgs({
    options: {
      email: { type: 'string' },
      password: { type: 'string' },
      workspace: { type: 'string' },
      name: { type: 'string' },
      role: { type: 'string' },
      'if-missing': { type: 'boolean', default: false },
    },
  })
  const { email, password, workspace, name } = values
  if (!email || !password || !workspace) throw new TypeError('--email, --password and --workspace are needed.')
  const role = values.role === undefined ? undefined : Role.safeParse(values.role)
  if (role && !role.success) throw new TypeError('--role is owner, admin, developer or viewer.')
  return { email, password, workspace, name, role: role?.data, ifMissing: values['if-missing'] }
}

async function main(): Promise<number> {
  let input: ReturnType<typeof readArguments>
  try {
    input = readArguments()
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${usage}\n`)
    return 2
  }
  const env = readEnv()
  const secrets = createSecretBox(env.masterKeys)
  const database = openDatabase({ url: env.databaseUrl, applicationName: 'init' })
  try {
    await checkCanary(
      secrets,
      canaryStore((sql, values) => database.pool.query(sql, values)),
    )
    const tenancy = createTenancy({
      database,
      secrets,
      clock: systemClock,
      pepper: env.keyPepper,
      claimCode: null,
      fixedEndpoints: [],
      parseEntry: (text) => text,
    })
    const made = await tenancy.initialise(input, { id: newId('req'), address: '' })
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
