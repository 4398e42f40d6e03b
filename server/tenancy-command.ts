import { AppError } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import { systemClock } from '#lib/platform/clock.ts'
import { openDatabase } from '#lib/platform/database.ts'
import { type Env, readEnv } from '#lib/platform/env.ts'
import { createSecretBox } from '#lib/platform/secret-box.ts'
import { createTenancy, type RequestInfo, type Tenancy } from '#lib/tenancy/index.ts'

interface TenancyCommand<Input> {
  usage: string
  /** Of the command line; undefined asks for the usage. Throws a `TypeError` with what is wrong. */
  read(): Promise<Input | undefined>
  work(tenancy: Tenancy, input: Input, request: RequestInfo, env: Env): Promise<void>
}

/** Runs a command on people and workspaces. Exit code 2: wrong use; 1: it cannot be done, each reason by its option. */
export async function runTenancyCommand<Input>({ usage, read, work }: TenancyCommand<Input>): Promise<void> {
  let input: Input | undefined
  try {
    input = await read()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    process.stderr.write(`${error.message}\n${usage}\n`)
    process.exitCode = 2
    return
  }
  if (input === undefined) {
    process.stdout.write(`${usage}\n`)
    return
  }
  const env = readEnv()
  const database = openDatabase({ url: env.databaseUrl, applicationName: 'command' })
  try {
    const tenancy = createTenancy({
      database,
      secrets: createSecretBox(env.masterKeys),
      clock: systemClock,
      pepper: env.keyPepper,
      claimCode: null,
      fixedEndpoints: [],
      parseEntry: (text) => text,
    })
    await work(tenancy, input, { id: newId('req'), address: '' }, env)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const lines = Object.entries(error.fields ?? {}).map(([field, message]) => `--${field}: ${message}`)
    process.stderr.write(`${lines.length > 0 ? lines.join('\n') : error.message}\n`)
    process.exitCode = 1
  } finally {
    await database.close()
  }
}
