// A new password for somebody who lost theirs: `patchbay reset-password --email E`.
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { readStandardInput } from './standard-input.ts'
import { runTenancyCommand } from './tenancy-command.ts'

const usage = `Usage: npm run -s patchbay -- reset-password --email E [--password -]
  --password    - reads it from standard input; without it one is made and printed`

await runTenancyCommand({
  usage,
  async read() {
    const { values } = parseArgs({
      options: { email: { type: 'string' }, password: { type: 'string' }, help: { type: 'boolean', default: false } },
    })
    if (values.help) return undefined
    const { email, password } = values
    if (!email) throw new TypeError('--email is needed.')
    if (password !== undefined && password !== '-')
      throw new TypeError('--password is - for standard input: an argument is seen by other users of the machine.')
    return { email, made: password === undefined, password: password ? await readStandardInput() : makePassword() }
  },
  async work(tenancy, { email, password, made }, request) {
    await tenancy.resetPassword({ email, password }, request)
    process.stdout.write(
      made
        ? `The password of ${email} is now: ${password}\n`
        : `${email} has a new password. Every session has ended.\n`,
    )
  },
})

function makePassword(): string {
  return randomBytes(15).toString('base64url')
}
