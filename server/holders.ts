// Which processes hold leases, and how the leases of one whose machine is gone are released by hand.
import { AppError, notFound } from '#lib/core/errors.ts'
import { forgetHolder, listHolders } from '#lib/metering/index.ts'
import { openDatabase } from '#lib/platform/database.ts'
import { readEnv } from '#lib/platform/env.ts'

const usage = `Usage: patchbay holders                 who holds leases, and when it was last heard of
       patchbay holders forget <id>     releases what a process holds that will not come back
`
/** Who was heard of a moment ago lives and would go on using its leases. */
const silentSecondsMin = 150

const [verb = 'list', id = '', ...rest] = process.argv.slice(2)
const database = openDatabase({ url: readEnv().databaseUrl, applicationName: 'command' })
try {
  const holders = await listHolders(database.pool)
  if (verb === 'list' && id === '') {
    for (const { id, process: kind, host, silentSeconds, leases } of holders)
      process.stdout.write(`${id}  ${kind} on ${host}, heard of ${silentSeconds} s ago, ${leases} leases\n`)
  } else if (verb === 'forget' && id !== '' && rest.length === 0) {
    const holder = holders.find((one) => one.id === id)
    if (!holder) throw notFound('Holder')
    if (holder.silentSeconds < silentSecondsMin) {
      throw new AppError({
        kind: 'conflict',
        code: 'holder_alive',
        message: `${id} was heard of ${holder.silentSeconds} s ago. Stop it first; after ${silentSecondsMin} s of silence it can be forgotten.`,
      })
    }
    await forgetHolder(database.pool, id)
    process.stdout.write(`${id} is forgotten; what it held in ${holder.leases} leases is free again.\n`)
  } else {
    process.stderr.write(usage)
    process.exitCode = 2
  }
} catch (error) {
  if (!(error instanceof AppError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
} finally {
  await database.close()
}
