// Gives a workspace an owner, or the installation an operator: `patchbay make-owner --email E [--workspace W]`.
import { parseArgs } from 'node:util'
import { runTenancyCommand } from './tenancy-command.ts'

const usage = `Usage: npm run -s patchbay -- make-owner --email E [--workspace NAME]
  --workspace   whose owner they become; without it they become an operator of the installation`

await runTenancyCommand({
  usage,
  async read() {
    const { values } = parseArgs({
      options: { email: { type: 'string' }, workspace: { type: 'string' }, help: { type: 'boolean', default: false } },
    })
    if (values.help) return undefined
    const { email, workspace } = values
    if (!email) throw new TypeError('--email is needed.')
    return { email, workspace }
  },
  async work(tenancy, { email, workspace }, request) {
    await tenancy.makeOwner({ email, workspace }, request)
    const what = workspace === undefined ? 'an operator of this installation' : `an owner of ${workspace}`
    process.stdout.write(`${email} is ${what}.\n`)
  },
})
