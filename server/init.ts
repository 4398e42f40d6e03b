// Set-up without a browser: `patchbay init --email E --password P --workspace acme`. stdout is one line of JSON.
import { parseArgs } from 'node:util'
import pg from 'pg'
import { Role } from '#lib/tenancy/schema.ts'
import { readStandardInput } from './standard-input.ts'
import { runTenancyCommand } from './tenancy-command.ts'

const usage = `Usage: npm run -s patchbay -- init --email E --password P --workspace NAME [--name N] [--role ROLE] [--if-missing]
  --password    - reads it from standard input, where the machine's other users do not see it
  --workspace   the workspace's address: lower-case letters, digits and dashes
  --name        of a new person; the e-mail's first part unless told
  --role        joins a workspace that exists, as owner, admin or developer
  --if-missing  what exists is kept, and only a new key is made`
/** A viewer may not have a key, and a key is what this ends with. */
const KeyRole = Role.exclude(['viewer'])

async function read() {
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
  const password = values.password === '-' ? await readStandardInput() : values.password
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

await runTenancyCommand({
  usage,
  read,
  async work(tenancy, input, request, { databaseUrl }) {
    const made = await inTurn(databaseUrl, () => tenancy.initialise(input, request))
    process.stdout.write(`${JSON.stringify(made)}\n`)
  },
})
