import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** What tells a process from a later one with the same pid; undefined when it is gone. */
export function processIdentity(pid) {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined
  } catch {
    return undefined
  }
}

function readOwner(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'owner.json'), 'utf8'))
  } catch {
    return undefined
  }
}

function isHeld(folder) {
  const owner = readOwner(folder)
  if (owner) return processIdentity(owner.pid) === owner.identity
  try {
    // Made a moment ago, the owner not yet written.
    return Date.now() - statSync(folder).mtimeMs < 5_000
  } catch {
    return false
  }
}

/** Runs `work` while no other process does so with the same folder; one that was killed does not count. */
export async function withLock(folder, onWait, work) {
  for (let waits = 0; ; waits++) {
    try {
      mkdirSync(folder)
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (isHeld(folder)) {
      if (waits === 0) onWait(readOwner(folder)?.pid)
      await delay(200)
    } else {
      const aside = `${folder}-${process.pid}`
      try {
        renameSync(folder, aside)
      } catch (error) {
        if (error.code === 'ENOENT') continue
        throw error
      }
      // Somebody else may have been quicker: what was moved is then theirs and goes back.
      if (isHeld(aside)) renameSync(aside, folder)
      else rmSync(aside, { recursive: true, force: true })
    }
  }
  try {
    writeFileSync(
      join(folder, 'owner.json'),
      JSON.stringify({ pid: process.pid, identity: processIdentity(process.pid) }),
    )
    return await work()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
