import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { AppError } from '#lib/core/errors.ts'
import { processIdentity, signalProcess, waitForExit } from '#lib/platform/processes.ts'

/** What `<data folder>/supervisor.json` says of whoever holds the folder. */
export interface Holder {
  pid: number
  identity: string | undefined
  /** `start`, or the name of a command that works on the folder for a moment. */
  command: string
  studioUrl?: string
  children: { name: string; pid: number; identity: string | undefined }[]
}

export interface DataFolder {
  /** Processes that the last holder started and that are still there, because it was killed. */
  leftovers: Holder['children']
  note(changes: Partial<Holder>): void
  release(): void
}

/** Takes the data folder for this process, or returns undefined where another one has it. */
export function takeDataFolder(dataDir: string, command: string): DataFolder | undefined {
  // Node cannot lock a file itself. SQLite can, and the system lets go of the lock when the process ends in whatever way.
  let lock: DatabaseSync | undefined
  try {
    lock = new DatabaseSync(join(dataDir, 'lock'))
    lock.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    lock?.close()
    // 5: SQLITE_BUSY
    if ((error as { errcode?: number }).errcode === 5) return undefined
    throw new AppError({
      kind: 'precondition_failed',
      code: 'data_folder',
      message: `The data folder ${dataDir} cannot be used: ${(error as Error).message}. Give it to this user, or set PATCHBAY_DATA_DIR to a folder that you may write.`,
      cause: error,
    })
  }
  const file = join(dataDir, 'supervisor.json')
  const before = readHolder(dataDir)
  const holder: Holder = { pid: process.pid, identity: processIdentity(process.pid), command, children: [] }
  const write = () => {
    writeFileSync(`${file}.new`, `${JSON.stringify(holder, null, 2)}\n`, { mode: 0o600 })
    renameSync(`${file}.new`, file)
  }
  write()
  return {
    leftovers: (before?.children ?? []).filter(
      (child) => child.identity !== undefined && processIdentity(child.pid) === child.identity,
    ),
    note(changes) {
      Object.assign(holder, changes)
      try {
        write()
      } catch {
        // A full disk must not end what runs. An old note costs a look for leftovers, which end by themselves too.
      }
    },
    release() {
      rmSync(file, { force: true })
      lock.close()
    },
  }
}

/** Who holds, or last held, the folder. */
export function readHolder(dataDir: string): Holder | undefined {
  const file = join(dataDir, 'supervisor.json')
  if (!existsSync(file)) return undefined
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder
  } catch {
    return undefined
  }
}

/** False for one that was killed and left its note. */
export function isAlive(holder: Holder): boolean {
  return processIdentity(holder.pid) === holder.identity
}

/** For the message to whoever comes second. */
export function describeHolder(holder: Holder | undefined): string {
  if (!holder || !isAlive(holder)) return 'another process'
  return `pid ${holder.pid}${holder.studioUrl ? `, ${holder.studioUrl}` : ''}${holder.command === 'start' ? '' : `, ${holder.command}`}`
}

/** Ends what a killed supervisor left running: asked first, made to after 3 s. */
export async function endLeftovers(leftovers: Holder['children']): Promise<void> {
  await Promise.all(
    leftovers.map(async ({ pid, identity }) => {
      signalProcess(pid, 'SIGTERM')
      if (await waitForExit(pid, identity, 3_000)) return
      signalProcess(pid, 'SIGKILL')
      await waitForExit(pid, identity, 3_000)
    }),
  )
}
