import type { Pool } from 'pg'
import type { Queue } from '#lib/platform/queue.ts'
import { raiseNotice, resolveNotice, type Scope, type Tx } from '#lib/tenancy/index.ts'
import { enqueueMessage } from './deliveries.ts'
import type { House } from './house.ts'
import { ruleMessage, ruleNotice } from './message.ts'
import { createReadings } from './readings.ts'
import { findScopeLabels, type RuleRow, toRuleView, withChannels } from './rule-rows.ts'
import { step } from './state.ts'
import type { ConditionName } from './vocabulary.ts'
import { conditionFacts } from './vocabulary.ts'
import { type AlertJob, alertQueues } from './work.ts'

const minuteMs = 60_000
/** What looks back further than an hour changes slowly. */
const slowMinutes = 60
/** A little less than the clock's minute, so that a late look does not put the next one off by one. */
const earlyMs = 5_000
const dueMax = 1_000
const rulesAtOnce = 100

/** Workspaces that have a rule to look at: a job for each. Returns how many. */
export async function enqueueAlerts(
  { queue, pool }: { queue: Queue; pool: Pick<Pool, 'query'> },
  transact: (work: (tx: Tx) => Promise<void>) => Promise<void>,
  now: Date,
): Promise<number> {
  const { rows } = await pool.query<{ workspace_id: string }>(
    `select distinct r.workspace_id from alert_rules r join workspaces w on w.id = r.workspace_id and w.deleted_at is null
      where r.next_at <= $1 limit ${dueMax}`,
    [now],
  )
  if (rows.length === 0) return 0
  await transact(async (tx) => {
    for (const { workspace_id: workspaceId } of rows) {
      const data: AlertJob = { workspaceId }
      await queue.enqueue(tx, { queue: alertQueues.evaluate, data, key: workspaceId })
    }
  })
  return rows.length
}

/**
 * A job: looks at the rules of a workspace whose time has come. What a look changes, the notice of it and the messages to
 * channels are one transaction: of several at once one counts, and nothing is lost between firing and sending. Returns how
 * many rules fired or were resolved.
 */
export async function evaluateRules(house: House, scope: Scope): Promise<number> {
  const { workspaceId } = scope
  const now = scope.now()
  const rows: RuleRow[] = await scope.tx((tx) =>
    tx.alertRule.findMany({
      where: { workspaceId, nextAt: { lte: now } },
      include: withChannels,
      orderBy: { id: 'asc' },
      take: rulesAtOnce,
    }),
  )
  if (rows.length === 0) return 0
  const read = createReadings(house, scope)
  const labelOf = await findScopeLabels(scope, rows)
  let said = 0
  for (const row of rows) {
    const value = await read(row)
    const look: Look = { row, value, label: labelOf(row), now: scope.now() }
    if (await scope.tx((tx) => settle(house, tx, scope, look))) said++
  }
  return said
}

interface Look {
  row: RuleRow
  value: bigint | null
  label: string
  now: Date
}

async function settle(house: House, tx: Tx, scope: Scope, { row, value, label, now }: Look): Promise<boolean> {
  const { workspaceId } = scope
  const { threshold, resolveBelow, firing, told, calmSince, firedAt, resolvedAt } = row
  const isMuted = row.mutedUntil !== null && row.mutedUntil > now
  const { state, say } = step(
    { firing, told, calmSince, firedAt, resolvedAt },
    { value, threshold, resolveBelow, isMuted, now },
  )
  const everyMs = isSlow(row) ? 5 * minuteMs : minuteMs
  const { count } = await tx.alertRule.updateMany({
    // Somebody else has looked since, or changed it: theirs counts.
    where: { workspaceId, id: row.id, version: row.version, evaluatedAt: row.evaluatedAt, mutedUntil: row.mutedUntil },
    data: { ...state, value, evaluatedAt: now, nextAt: new Date(now.getTime() + everyMs - earlyMs) },
  })
  if (count === 0) return false
  if (!state.firing && firing) await resolveNotice(tx, workspaceId, now, { kind: ruleNotice, refId: row.id })
  if (say === null) return false
  const view = toRuleView({ ...row, ...state, value, evaluatedAt: now }, label)
  const message = ruleMessage(scope, view, { value, threshold, resolveBelow }, say, now)
  if (say === 'fired') {
    const { title, text: body, path: href } = message
    const notice = { kind: ruleNotice, refId: row.id, level: 'warn', title, body, href } as const
    await raiseNotice(tx, workspaceId, now, { ...notice, actionLabel: 'Look at the rule' })
  }
  const channelIds = row.channels.map(({ channelId }) => channelId)
  await enqueueMessage(house, tx, workspaceId, now, { channelIds, ruleId: row.id, message })
  return true
}

function isSlow({ condition, windowMinutes }: RuleRow): boolean {
  return conditionFacts[condition as ConditionName].hasWindow && windowMinutes > slowMinutes
}
