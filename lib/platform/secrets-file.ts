import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '#lib/core/errors.ts'
import { makeFolders } from './folders.ts'

const word = z.string().min(16).max(512)
const SecretsFile = z.object({
  /** `id:base64` of 32 random bytes. */
  masterKeys: word,
  sessionSecret: word,
  keyPepper: word,
  claimCode: word,
  practiceKey: word,
  postgresPassword: word,
})
/** The secrets of an installation that the operator did not set. Losing the file loses every stored provider key. */
export type SecretsFile = z.infer<typeof SecretsFile>

/**
 * Makes the data folder, closed to others but for passing through it as root (Postgres then runs as another user).
 * Throws `AppError` (`data_folder`) when it cannot be written.
 */
export function makeDataFolder(dataDir: string): void {
  try {
    if (existsSync(dataDir) && !statSync(dataDir).isDirectory()) throw new Error('there is a file of that name')
    if (!existsSync(dataDir)) {
      makeFolders(dataDir)
      chmodSync(dataDir, process.getuid?.() === 0 ? 0o711 : 0o700)
    }
  } catch (cause) {
    throw new AppError({
      kind: 'precondition_failed',
      code: 'data_folder',
      message: `The data folder ${dataDir} cannot be made: ${(cause as Error).message}. Set PATCHBAY_DATA_DIR to a folder that you may write.`,
      cause,
    })
  }
}

/** Reads `<data folder>/secrets.json`, made at the first call with mode 0600. Throws `AppError` (`secrets_file`). */
export function readSecretsFile(dataDir: string): SecretsFile {
  const file = join(dataDir, 'secrets.json')
  if (!existsSync(file)) writeNew(file)
  const mode = statSync(file).mode & 0o777
  if ((mode & 0o077) !== 0)
    throw refuse(`${file} can be read by others (mode ${mode.toString(8)}). Run: chmod 600 ${file}`)
  try {
    return SecretsFile.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    // The cause may hold parts of the file.
    throw refuse(
      `${file} is damaged. Bring it back from a backup: without it the stored provider keys cannot be opened.`,
    )
  }
}

/** Writes secrets of another installation over those of this one, which has none of its own in use yet. */
export function replaceSecrets(dataDir: string, given: Partial<SecretsFile>): void {
  const file = join(dataDir, 'secrets.json')
  const fresh = `${file}.${process.pid}`
  const secrets = { ...readSecretsFile(dataDir), ...given }
  writeFileSync(fresh, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600, flush: true })
  renameSync(fresh, file)
}

function refuse(message: string): AppError {
  return new AppError({ kind: 'precondition_failed', code: 'secrets_file', message })
}

function writeNew(file: string): void {
  const secrets: SecretsFile = {
    masterKeys: `k1:${randomBytes(32).toString('base64')}`,
    sessionSecret: randomBytes(32).toString('base64url'),
    keyPepper: randomBytes(32).toString('base64url'),
    claimCode: randomBytes(18).toString('base64url'),
    practiceKey: `sk-practice-${randomBytes(16).toString('hex')}`,
    postgresPassword: randomBytes(24).toString('base64url'),
  }
  // Whole or not at all, and never over one that another process made meanwhile.
  const fresh = `${file}.${process.pid}`
  writeFileSync(fresh, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600, flush: true })
  try {
    linkSync(fresh, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(fresh, { force: true })
  }
}
