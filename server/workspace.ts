// Everything of one workspace without secrets, in one file: `patchbay workspace export W [FILE]`.
import { createWriteStream, existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { AppError, notFound } from '#lib/core/errors.ts'
import { readEnv } from '#lib/platform/env.ts'
import { createLogger } from '#lib/platform/logger.ts'
import { createRuntime, type Runtime } from '#lib/runtime.ts'
import { runCommand } from './plain-command.ts'

const usage = `Usage: npm run -s patchbay -- workspace export W [FILE]
  W      the workspace's address
  FILE   of a compressed tar archive, W.tar.gz unless told; it must not be there yet
`

await runCommand(usage, async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean', default: false } },
  })
  if (values.help) return usage
  const [verb, slug, name = `${slug}.tar.gz`, ...more] = positionals
  if (verb !== 'export' || !slug || more.length > 0) throw new TypeError('What is to be done: export W [FILE].')
  // npm changes the folder; the path is meant from where the command was called.
  const file = resolve(process.env.INIT_CWD ?? '.', name)
  if (existsSync(file))
    throw new AppError({ kind: 'conflict', code: 'export_file', message: `${file} is there already.` })
  const logger = createLogger({ process: 'command', level: 'warn' })
  const runtime = await createRuntime(readEnv(), 'command', logger)
  try {
    const workspace = await runtime.database.system.workspace.findUnique({ where: { slug, deletedAt: null } })
    if (!workspace) throw notFound('Workspace')
    await write(runtime, workspace.id, file)
    return `${file}: ${(statSync(file).size / 1_048_576).toFixed(1)} MB. Its secrets are not in it.\n`
  } finally {
    await runtime.models.close()
    await runtime.stop()
  }
})

/** The file has its name only when it is whole, and is readable by nobody else. */
async function write({ tenancy, exportWorkspace }: Runtime, workspaceId: string, file: string): Promise<void> {
  const scope = await tenancy.jobScope(workspaceId, 'export')
  const part = `${file}.part`
  try {
    await pipeline(Readable.from(exportWorkspace(scope)), createWriteStream(part, { flags: 'wx', mode: 0o600 }))
    renameSync(part, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) {
      rmSync(part, { force: true })
      throw error
    }
    throw new AppError({
      kind: 'precondition_failed',
      code: 'export_file',
      message: `${file} cannot be written: ${(error as Error).message}`,
      cause: error,
    })
  }
}
