import type { Clock } from '#lib/core/clock.ts'
import type { ModelEntry } from '#lib/models/schema.ts'

/** What the gateway has seen of a credential that its server refuses. */
export interface KeyReport {
  workspaceId: string
  modelId: string
  /** `ModelEntry.credential.group`: the models that stand and fall with this key. */
  group: string
  /** suspected: refused once; somebody should look. refused: three times in a minute, with nothing in between that worked. */
  state: 'suspected' | 'refused'
  /** The key as such, so that all models with it are concerned; else this model alone. */
  whole: boolean
}

export interface KeyWatchPorts {
  clock: Clock
  /** Puts it where every process learns of it. Resolves once this process knows it too. */
  report(report: KeyReport): Promise<void>
  logger: { error(details: object, message: string): void }
}

/** Keeps calls away from servers that refuse their key. In memory; what is told to others leaves off the calls' path. */
export interface KeyWatch {
  /** True where a call would only be refused again. */
  isRefused(entry: ModelEntry): boolean
  /** A call worked. */
  accepted(entry: ModelEntry): void
  /** The server answered 401 or 403. */
  refused(entry: ModelEntry, status: number): void
}

type Watched = Pick<ModelEntry, 'id' | 'workspaceId' | 'credential'>
interface Count {
  timesMs: number[]
  /** Models that were refused. */
  models: Set<string>
}

const refusalsMax = 3
const windowMs = 60_000
/** How long calls are kept away while nobody can be told. */
const untoldMs = 30_000
const countsMax = 10_000

export function createKeyWatch({ clock, report, logger }: KeyWatchPorts): KeyWatch {
  const counts = new Map<string, Count>()
  /** Kept away by this process until the snapshot says so for all; wall of monotonic time. */
  const kept = new Map<string, number>()

  const groupOf = (entry: Watched) => `${entry.workspaceId} ${entry.credential.group}`
  const modelOf = (entry: Watched) => `${groupOf(entry)} ${entry.id}`

  function isKept(name: string): boolean {
    const untilMs = kept.get(name)
    if (untilMs === undefined) return false
    if (untilMs > clock.monotonicMs()) return true
    kept.delete(name)
    return false
  }

  function count(name: string, modelId: string): Count {
    const now = clock.monotonicMs()
    if (!counts.has(name) && counts.size >= countsMax) counts.clear()
    const found = counts.get(name) ?? { timesMs: [], models: new Set() }
    found.timesMs = [...found.timesMs.filter((at) => now - at < windowMs), now].slice(-refusalsMax)
    if (found.timesMs.length === 1) found.models.clear()
    found.models.add(modelId)
    counts.set(name, found)
    return found
  }

  function tell(entry: Watched, state: KeyReport['state'], whole: boolean): void {
    const name = whole ? groupOf(entry) : modelOf(entry)
    if (state === 'refused') {
      if (kept.has(name)) return
      kept.set(name, Number.POSITIVE_INFINITY)
    }
    report({ workspaceId: entry.workspaceId, modelId: entry.id, group: entry.credential.group, state, whole }).then(
      // From now on the snapshot decides, which also learns of the new key.
      () => void (state === 'refused' && kept.delete(name)),
      (error: unknown) => {
        logger.error({ err: error, modelId: entry.id }, 'A refused key could not be reported.')
        if (state === 'refused') kept.set(name, clock.monotonicMs() + untoldMs)
      },
    )
  }

  return {
    isRefused(entry) {
      if (entry.credential.refused) return true
      return kept.size > 0 && (isKept(groupOf(entry)) || isKept(modelOf(entry)))
    },
    accepted(entry) {
      if (counts.size === 0) return
      counts.delete(groupOf(entry))
      counts.delete(modelOf(entry))
    },
    refused(entry, status) {
      const group = count(groupOf(entry), entry.id)
      const own = count(modelOf(entry), entry.id)
      // 403 may speak of one model only: it takes a second one to blame the key.
      const blamesKey = status === 401 || group.models.size > 1
      if (blamesKey && group.timesMs.length >= refusalsMax) {
        counts.delete(groupOf(entry))
        counts.delete(modelOf(entry))
        tell(entry, 'refused', true)
      } else if (own.timesMs.length >= refusalsMax) {
        counts.delete(modelOf(entry))
        tell(entry, 'refused', false)
      } else if (group.timesMs.length === 1) tell(entry, 'suspected', true)
    },
  }
}
