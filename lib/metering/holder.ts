import { mkdirSync, readFileSync, readlinkSync, renameSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { AppError } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import { processIdentity } from '#lib/platform/processes.ts'

/** A process that spools records, as it wrote itself down in its folder. */
const HolderCard = z.object({
  id: z.string(),
  host: z.string(),
  /** Pids of one place can be compared: the same boot of the same machine, the same container. */
  place: z.string(),
  pid: z.number().int(),
  /** What tells the process from a later one with its pid. */
  started: z.string(),
  process: z.string(),
})
export type HolderCard = z.infer<typeof HolderCard>

const cardName = 'holder.json'

/** Makes a new holder's folder in `dir`, whole or not at all. Throws where the folder cannot be made. */
export function createHolder(dir: string, process_: string): { card: HolderCard; folder: string } {
  const id = newId('hld')
  const started = processIdentity(process.pid) ?? ''
  const card: HolderCard = { id, host: hostname(), place: thisPlace(), pid: process.pid, started, process: process_ }
  const folder = join(dir, id)
  const unfinished = join(dir, `.${id}`)
  try {
    mkdirSync(unfinished, { recursive: true, mode: 0o700 })
    writeFileSync(join(unfinished, cardName), JSON.stringify(card), { mode: 0o600 })
    renameSync(unfinished, folder)
  } catch (cause) {
    const message = `The spool folder ${dir} cannot be written to.`
    throw new AppError({ kind: 'internal', code: 'spool_unusable', message, cause })
  }
  return { card, folder }
}

/** The card in a holder's folder, or null where it is gone or damaged. */
export function readHolder(folder: string): HolderCard | null {
  try {
    return HolderCard.parse(JSON.parse(readFileSync(join(folder, cardName), 'utf8')))
  } catch {
    return null
  }
}

/**
 * Whether the process of a holder lives. `unknown`: it ran on another machine, in another container or before the last
 * boot, where only its silence tells.
 */
export function holderState(card: HolderCard): 'alive' | 'dead' | 'unknown' {
  if (card.place !== thisPlace()) return 'unknown'
  return processIdentity(card.pid) === card.started ? 'alive' : 'dead'
}

let place: string | undefined

function thisPlace(): string {
  place ??= [
    hostname(),
    readQuietly(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    readQuietly(() => readlinkSync('/proc/self/ns/pid')),
  ].join(' ')
  return place
}

function readQuietly(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
