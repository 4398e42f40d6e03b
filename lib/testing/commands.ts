import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'

const run = promisify(execFile)
const entry = join(import.meta.dirname, '..', '..', 'server', 'command.ts')

/**
 * A data folder of its own, and what a command says on it. Each reads a password from standard input. With a
 * `DATABASE_URL` no command has to start a Postgres first.
 */
export function commandsOn(variables: { DATABASE_URL?: string } = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'patchbay-command-'))
  // As root the database runs as another user, who has to pass.
  chmodSync(dataDir, 0o711)
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  const { PATH, NODE_COMPILE_CACHE } = process.env
  const env: NodeJS.ProcessEnv = {
    NODE_ENV: 'test',
    PATH,
    NODE_COMPILE_CACHE,
    PATCHBAY_DATA_DIR: dataDir,
    ...variables,
  }
  const command = (...args: string[]) => {
    const running = run(process.execPath, ['--disable-warning=ExperimentalWarning', entry, ...args], { env })
    running.child.stdin?.end('a password of standard input\n')
    return running.then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
    )
  }
  return Object.assign(command, { dataDir, copy: copyFile })
}
