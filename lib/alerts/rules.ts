import { AppError, invalidInput, notFound, staleEdit } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import {
  parseInput,
  recordAudit,
  requireRead,
  requireRole,
  resolveNotice,
  type Scope,
  type Tx,
} from '#lib/tenancy/index.ts'
import type { RuleView } from './answers.ts'
import { ruleNotice } from './message.ts'
import { type RuleRow, requireRule, toRuleViews, withChannels } from './rule-rows.ts'
import { AlertIdInput, CreateRuleInput, MuteRuleInput, UpdateRuleInput } from './schema.ts'
import { type AlertScopeName, conditionFacts } from './vocabulary.ts'
import { conditionNames, parseFigure, usualResolveBelow } from './words.ts'

const rulesMax = 100
const never = new Date(Date.UTC(9999, 11, 31))

/** The workspace's rules with what was seen last, oldest first. Every member may read. */
export async function listRules(scope: Scope): Promise<RuleView[]> {
  requireRead(scope)
  const { workspaceId } = scope
  const rows = await scope.tx((tx) =>
    tx.alertRule.findMany({ where: { workspaceId }, include: withChannels, orderBy: { id: 'asc' }, take: rulesMax }),
  )
  return toRuleViews(scope, rows)
}

/** Throws `not_found`. Every member may read. */
export async function getRule(scope: Scope, input: { id: string }): Promise<RuleView> {
  requireRead(scope)
  const { id } = parseInput(AlertIdInput, input)
  return viewOf(scope, await scope.tx((tx) => requireRule(tx, scope, id)))
}

/** Admins and owners. It is looked at within a minute. Throws `too_many_rules`. */
export async function createRule(scope: Scope, input: CreateRuleInput): Promise<RuleView> {
  requireRole(scope, 'admin')
  const { channelIds, ...wanted } = parseInput(CreateRuleInput, input)
  const { workspaceId } = scope
  const row = await scope.tx(async (tx) => {
    if ((await tx.alertRule.count({ where: { workspaceId } })) >= rulesMax) {
      const message = `At most ${rulesMax} rules. Delete some first.`
      throw new AppError({ kind: 'conflict', code: 'too_many_rules', message })
    }
    const now = scope.now()
    const fields = await toFields(tx, scope, wanted)
    const id = newId('alr', now.getTime())
    await tx.alertRule.create({
      data: { id, workspaceId, ...fields, createdBy: scope.actor.id, createdAt: now, updatedAt: now, nextAt: now },
      select: { id: true },
    })
    await setChannels(tx, scope, id, channelIds)
    const made = await requireRule(tx, scope, id)
    await recordAudit(tx, scope, { action: 'alert_rule.add', target: targetOf(made), after: factsOf(made) })
    return made
  })
  return viewOf(scope, row)
}

/**
 * All of a rule anew; one that fires goes on firing, unless it is about something else now. Admins and owners. A stale
 * version is `stale_version` (409) with the rule as it stands.
 */
export async function updateRule(scope: Scope, input: UpdateRuleInput): Promise<RuleView> {
  requireRole(scope, 'admin')
  const { id, version, channelIds, ...wanted } = parseInput(UpdateRuleInput, input)
  const { workspaceId } = scope
  const row = await scope.tx(async (tx) => {
    const before = await requireRule(tx, scope, id)
    const fields = await toFields(tx, scope, wanted)
    const now = scope.now()
    const isOther =
      before.condition !== fields.condition || before.scope !== fields.scope || before.scopeId !== fields.scopeId
    const anew = { firing: false, told: false, calmSince: null, firedAt: null, resolvedAt: null }
    const { count } = await tx.alertRule.updateMany({
      where: { workspaceId, id, version },
      data: {
        ...fields,
        ...(isOther && anew),
        ...{ value: null, evaluatedAt: null, nextAt: now, version: { increment: 1 }, updatedAt: now },
      },
    })
    if (count === 0) throw staleEdit('The rule', { id: before.id, version: before.version })
    if (isOther) await resolveNotice(tx, workspaceId, now, { kind: ruleNotice, refId: id })
    await setChannels(tx, scope, id, channelIds)
    const after = await requireRule(tx, scope, id)
    await recordAudit(tx, scope, {
      ...{ action: 'alert_rule.update', target: targetOf(after), before: factsOf(before), after: factsOf(after) },
    })
    return after
  })
  return viewOf(scope, row)
}

/** No message for so many minutes, or until it is unmuted; the rule is looked at all the same. Admins and owners. */
export async function muteRule(scope: Scope, input: MuteRuleInput): Promise<RuleView> {
  requireRole(scope, 'admin')
  const { id, minutes } = parseInput(MuteRuleInput, input)
  const { workspaceId } = scope
  const row = await scope.tx(async (tx) => {
    await requireRule(tx, scope, id)
    const now = scope.now()
    const mutedUntil = minutes === null ? never : minutes === 0 ? null : new Date(now.getTime() + minutes * 60_000)
    await tx.alertRule.updateMany({ where: { workspaceId, id }, data: { mutedUntil, nextAt: now } })
    const after = await requireRule(tx, scope, id)
    const action = minutes === 0 ? 'alert_rule.unmute' : 'alert_rule.mute'
    await recordAudit(tx, scope, { action, target: targetOf(after), after: { minutes } })
    return after
  })
  return viewOf(scope, row)
}

/** Admins and owners. What it said stays in the log. */
export async function deleteRule(scope: Scope, input: { id: string }): Promise<void> {
  requireRole(scope, 'admin')
  const { id } = parseInput(AlertIdInput, input)
  const { workspaceId } = scope
  await scope.tx(async (tx) => {
    const before = await requireRule(tx, scope, id)
    await tx.alertRule.deleteMany({ where: { workspaceId, id } })
    await resolveNotice(tx, workspaceId, scope.now(), { kind: ruleNotice, refId: id })
    await recordAudit(tx, scope, { action: 'alert_rule.delete', target: targetOf(before), before: factsOf(before) })
  })
}

type Wanted = Omit<ReturnType<typeof CreateRuleInput.parse>, 'channelIds'>

/** The columns of what is wanted. Throws `invalid_input`. */
async function toFields(tx: Tx, scope: Scope, wanted: Wanted) {
  const { condition } = wanted
  const facts = conditionFacts[condition]
  if (!facts.scopes.includes(wanted.scope)) {
    const message = `${conditionNames[condition]} can be watched for: ${facts.scopes.join(', ')}.`
    throw invalidInput(message, { scope: message })
  }
  const threshold = parseOrThrow('threshold', wanted)
  const resolveBelow =
    wanted.resolveBelow == null || wanted.resolveBelow === ''
      ? usualResolveBelow(condition, threshold)
      : parseOrThrow('resolveBelow', wanted)
  if (resolveBelow > threshold) {
    const message = 'Write no more than the threshold.'
    throw invalidInput(message, { resolveBelow: message })
  }
  return {
    name: wanted.name,
    condition,
    percentile: condition === 'latency' ? (wanted.percentile ?? 95) : null,
    scope: wanted.scope,
    scopeId: await findScopeId(tx, scope, wanted.scope, wanted.scopeId),
    windowMinutes: wanted.windowMinutes,
    callsMin: facts.hasCallsMin ? wanted.callsMin : 1,
    threshold,
    resolveBelow,
  }
}

function parseOrThrow(field: 'threshold' | 'resolveBelow', wanted: Wanted): bigint {
  const read = parseFigure(wanted.condition, String(wanted[field]))
  if (!read.ok) throw invalidInput(read.message, { [field]: read.message })
  return read.value
}

/** A model may be given by its slug, a deployment by its key. Throws `invalid_input`. */
async function findScopeId(tx: Tx, { workspaceId }: Scope, kind: AlertScopeName, given: string): Promise<string> {
  const refuse = (message: string) => invalidInput(message, { scopeId: message })
  if (kind === 'workspace') {
    if (given !== '') throw refuse('A rule for the whole workspace names nothing else.')
    return ''
  }
  if (given === '') throw refuse(`Choose a ${kind}.`)
  const select = { id: true } as const
  const named = { workspaceId, deletedAt: null }
  const row =
    kind === 'model'
      ? await tx.model.findFirst({ where: { ...named, OR: [{ id: given }, { slug: given }] }, select })
      : kind === 'deployment'
        ? await tx.deployment.findFirst({ where: { ...named, OR: [{ id: given }, { key: given }] }, select })
        : kind === 'key'
          ? await tx.apiKey.findFirst({ where: { workspaceId, id: given }, select })
          : await tx.budget.findFirst({ where: { workspaceId, id: given }, select })
  if (!row) throw refuse(`The ${kind} does not exist.`)
  return row.id
}

async function setChannels(tx: Tx, { workspaceId }: Scope, ruleId: string, given: readonly string[]): Promise<void> {
  const channelIds = [...new Set(given)]
  const known = await tx.alertChannel.count({ where: { workspaceId, id: { in: channelIds } } })
  if (known !== channelIds.length) throw notFound('Channel')
  await tx.alertRuleChannel.deleteMany({ where: { workspaceId, ruleId } })
  await tx.alertRuleChannel.createMany({ data: channelIds.map((channelId) => ({ workspaceId, ruleId, channelId })) })
}

async function viewOf(scope: Scope, row: RuleRow): Promise<RuleView> {
  return (await toRuleViews(scope, [row]))[0]!
}

function targetOf({ id, name }: RuleRow) {
  return { kind: 'alert_rule', id, label: name }
}

function factsOf(row: RuleRow): Record<string, unknown> {
  const { name, condition, percentile, scope, scopeId, windowMinutes, callsMin, threshold, resolveBelow } = row
  return {
    ...{ name, condition, percentile, scope, scopeId, windowMinutes, callsMin },
    ...{ threshold: threshold.toString(), resolveBelow: resolveBelow.toString() },
    channels: row.channels.map(({ channelId }) => channelId),
  }
}
