import { createHash } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'
import { AppError } from '#lib/core/errors.ts'
import { lockRollups, writeDay } from '#lib/metering/index.ts'
import { addCast, type Stage } from './add-cast.ts'
import { trafficStatement } from './traffic-statement.ts'

export interface TrafficInput {
  workspaceId: string
  records: number
  /** Days of UTC, the last one that of `untilMs`. */
  days: number
  seed: number
  untilMs: number
  /** Goes on where the same call was cut off: days that are there are left as they are. */
  resumes?: boolean
  /** Who plays, in place of models that lead nowhere and keys that nobody has. */
  cast?: (client: PoolClient, stage: Stage) => Promise<PreparedCast>
}

/** Models and callers as `trafficStatement` reads them, and how often each caller calls, next to the others. */
export interface PreparedCast {
  models: object[]
  callers: object[]
  weights: readonly number[]
}

export interface TrafficDay {
  day: string
  records: number
}

const dayMs = 24 * 60 * 60_000
/** What is done in each hour of UTC, next to the others. */
const hourWeights = [3, 2, 2, 2, 3, 5, 9, 14, 19, 22, 23, 22, 20, 21, 23, 22, 20, 17, 14, 12, 10, 8, 6, 4]
/** From Sunday to Saturday. */
const weekdayWeights = [4, 10, 11, 11, 10.5, 9.5, 4.5]

/**
 * Fills a workspace with made-up traffic, models and keys: the same input gives the same records. A day is written whole,
 * with its sums, or not at all. Models are disabled and nobody knows the secrets of the keys: nothing can be called.
 * Throws `conflict` where this traffic is there already. `pool` is the ledger's, without a limit of time.
 */
export async function* seedTraffic(pool: Pool, input: TrafficInput): AsyncGenerator<TrafficDay> {
  const { workspaceId, seed } = input
  const days = planDays(input)
  const fromMs = days[0]!.fromMs
  const laterFromMs = fromMs + Math.round(((input.untilMs - fromMs) * 2) / 3 / dayMs) * dayMs
  const cast = await inTransaction(pool, (client) =>
    (input.cast ?? addCast)(client, { workspaceId, fromMs, laterFromMs }),
  )
  // Each in a transaction of its own: one holds back whoever reads records while it lasts.
  for (const { day } of days) await pool.query('select ledger.make_partition($1)', [day])
  const shared = [
    ...[JSON.stringify(cast.models), JSON.stringify(cast.callers), toShares(hourWeights)],
    ...[toShares(cast.weights).slice(1, -1), toNumber('ids', workspaceId)],
  ]
  const write = ({ day, records, first, fromMs, share }: DayPlan) =>
    inTransaction(pool, async (client) => {
      const own = [workspaceId, toNumber('traffic', seed), first, records, fromMs, share]
      if (!(await insertRecords(client, [...own, ...shared], input.resumes ?? false))) return
      await lockRollups(client)
      await writeDay(client, workspaceId, day)
    })
  // Two days at a time, one ahead of the other: so many cores are common.
  const begun: { plan: DayPlan; done: Promise<void> }[] = []
  const left = days.filter(({ records }) => records > 0)
  try {
    while (left.length > 0 || begun.length > 0) {
      while (begun.length < 2 && left.length > 0) {
        const plan = left.shift()!
        const done = write(plan)
        // Its failure is told when its turn comes.
        done.catch(() => undefined)
        begun.push({ plan, done })
      }
      const { plan, done } = begun[0]!
      await done
      begun.shift()
      yield { day: plan.day, records: plan.records }
    }
  } finally {
    await Promise.allSettled(begun.map(({ done }) => done))
  }
  await rememberUse(pool, workspaceId)
}

/** False where they are there already and that is as expected. */
async function insertRecords(client: PoolClient, values: unknown[], resumes: boolean): Promise<boolean> {
  try {
    await client.query(trafficStatement, values)
    return true
  } catch (error) {
    if ((error as { code?: string }).code !== '23505') throw error
    if (resumes) return false
    throw new AppError({
      kind: 'conflict',
      code: 'traffic_exists',
      message: 'This traffic is in the workspace already. Give another seed or another workspace.',
    })
  }
}

interface DayPlan extends TrafficDay {
  fromMs: number
  /** Number of its first record. */
  first: number
  /** How much of the day is there. */
  share: number
}

/** Deals the records out to the days, more to working days and to later ones. */
function planDays({ records, days, seed, untilMs }: TrafficInput): DayPlan[] {
  const lastMs = Math.floor(untilMs / dayMs) * dayMs
  const plans = Array.from({ length: days }, (_, index) => {
    const fromMs = lastMs - (days - 1 - index) * dayMs
    // Of the last day only a part has passed.
    const share = shareOfDay(Math.min(1, (untilMs - fromMs) / dayMs))
    const noise = 0.93 + (Number(BigInt(toNumber('day', seed, index)) % 1_000n) / 1_000) * 0.14
    const weight = weekdayWeights[new Date(fromMs).getUTCDay()]! * (1 + index / 60) * noise * share
    return { day: new Date(fromMs).toISOString().slice(0, 10), fromMs, share, weight }
  })
  const total = plans.reduce((sum, { weight }) => sum + weight, 0)
  let [dealt, weighed] = [0, 0]
  return plans.map(({ weight, ...plan }) => {
    const first = dealt
    weighed += weight
    dealt = total === 0 ? 0 : Math.round((records * weighed) / total)
    return { ...plan, first, records: dealt - first }
  })
}

/** How much of a day's work is done in its first part. */
function shareOfDay(part: number): number {
  const shares = toShares(hourWeights)
  const hour = Math.min(23, Math.floor(part * 24))
  return shares[hour]! + (shares[hour + 1]! - shares[hour]!) * (part * 24 - hour)
}

/** Where each one's part of [0, 1] begins, and at the end 1. */
function toShares(weights: readonly number[]): number[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const shares = [0]
  for (const weight of weights) shares.push(shares.at(-1)! + weight / total)
  return [...shares.slice(0, -1), 1]
}

/** A number that these parts always give, 62 bits of it. */
function toNumber(...parts: readonly (string | number)[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest()
  return (digest.readBigUInt64BE() >> 2n).toString()
}

/** Lists and pages say when a key and an address were used last. */
async function rememberUse(pool: Pool, workspaceId: string): Promise<void> {
  await pool.query(
    `insert into ledger.key_use (workspace_id, key_id, last_used_at)
     select workspace_id, actor_id, max(quarter) from ledger.usage_quarter where workspace_id = $1 and actor_id like 'key\\_%' group by 1, 2
     on conflict (workspace_id, key_id) do update set last_used_at = greatest(key_use.last_used_at, excluded.last_used_at)`,
    [workspaceId],
  )
}

async function inTransaction<Result>(pool: Pool, work: (client: PoolClient) => Promise<Result>): Promise<Result> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  } finally {
    client.release()
  }
}
