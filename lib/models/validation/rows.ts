import type { Clock } from '#lib/core/clock.ts'
import { toMoneyView } from '#lib/core/money.ts'
import type { Prisma, Validation } from '#lib/platform/generated/prisma/client.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import type {
  CheckView,
  OfferedModel,
  ValidationLimits,
  ValidationReason,
  ValidationStatus,
  ValidationView,
} from '../views.ts'
import { CapabilityCard, type ModelType, WireProfile } from '../vocabulary.ts'
import type { Learned } from './bench.ts'
import type { Findings } from './findings.ts'
import type { Run } from './runs.ts'

/** What was validated, without secrets, and the ids that wait for it to be saved. */
export interface RunSubject {
  type: ModelType
  name: string
  baseUrl: string
  modelId: string
  /** The id that the model gets, so that its probes are in its account from the first. */
  reservedModelId: string
  /** The id that its price row gets; null where a price row stands already. */
  reservedPriceId: string | null
  /** input, output, cached input, image: decimal USD. */
  prices: (string | null)[]
  /** Pictures may be made, at the price that was shown. */
  imageConsent: boolean
}

/** Kept in the column `listing`: what the server told about this model, and where it answered. */
interface RowListing {
  offered: OfferedModel | null
  baseUrl: string
  limits: ValidationLimits
  savable: boolean
  learned: Learned
}

/** A run as its row tells it: what another process needs besides the draft to go on, or to take over its card. */
export interface RunFacts {
  id: string
  workspaceId: string
  actorId: string
  startedBy: string
  startedAtMs: number
  reason: ValidationReason
  subject: RunSubject
  findings: Findings
}

/** A row that says `running` this long after its start was left by a process that is gone. */
const lostAfterMs = 400_000
/** One that waits for the worker may wait for its restart. */
const waitsMaxMs = 24 * 3_600_000

export async function createRow(scope: Scope, run: Run, modelId: string | undefined): Promise<void> {
  await scope.tx((tx) =>
    tx.validation.create({
      data: {
        id: run.id,
        workspaceId: scope.workspaceId,
        modelId: modelId ?? null,
        actorId: run.actorId,
        actorLabel: run.startedBy,
        draftHash: run.draftHash,
        subject: run.subject as unknown as Prisma.InputJsonObject,
        status: 'running',
        reason: run.reason,
        startedAt: new Date(run.startedAtMs),
        ...contentOf(run),
      },
      select: { id: true },
    }),
  )
}

/** False where it is over already. */
export async function updateRow(scope: Scope, run: Run): Promise<boolean> {
  // As it is now: until the transaction begins, somebody may have stopped it.
  const data = structuredClone(contentOf(run))
  const { count } = await scope.tx((tx) =>
    tx.validation.updateMany({
      where: { workspaceId: scope.workspaceId, id: run.id, status: 'running' },
      data,
    }),
  )
  return count > 0
}

export async function finishRow(scope: Scope, run: Run): Promise<void> {
  await scope.tx((tx) =>
    tx.validation.updateMany({
      where: { workspaceId: scope.workspaceId, id: run.id, status: 'running' },
      data: { ...contentOf(run), status: run.status, finishedAt: new Date(run.finishedAtMs ?? Date.now()) },
    }),
  )
}

/** The row as the worker shall find it: what was under way waits again. */
export async function handRowOver(tx: Tx, scope: Scope, { id, findings }: Run): Promise<void> {
  const checks = findings.checks.map(asWaiting)
  await tx.validation.updateMany({
    where: { workspaceId: scope.workspaceId, id },
    data: { ...contentOf({ findings: structuredClone({ ...findings, checks }) }), handedOverAt: scope.now() },
  })
}

/** A run that was handed over, or is over; null where there is none, or where its own process still works on it. */
export async function readFacts(scope: Scope, id: string): Promise<(RunFacts & { isOver: boolean }) | null> {
  const row = await scope.tx((tx) => tx.validation.findFirst({ where: { workspaceId: scope.workspaceId, id } }))
  if (!row || (row.status === 'running' && row.handedOverAt === null)) return null
  const listing = row.listing as unknown as RowListing
  // A worker that died in the middle left checks that say `running`: their calls are made again, and do not count twice.
  const left = row.checks as unknown as CheckView[]
  const lost = left.filter(({ state }) => state === 'running').reduce((sum, { evidence }) => sum + evidence.length, 0)
  const checks = left.map(asWaiting)
  return {
    isOver: row.status !== 'running',
    id: row.id,
    workspaceId: row.workspaceId,
    actorId: row.actorId,
    startedBy: row.actorLabel,
    startedAtMs: row.startedAt.getTime(),
    reason: row.reason as ValidationReason,
    subject: row.subject as unknown as RunSubject,
    findings: {
      checks,
      card: CapabilityCard.parse(row.capabilities),
      profile: WireProfile.parse(row.profile),
      learned: listing.learned,
      offered: listing.offered,
      baseUrl: listing.baseUrl,
      limits: listing.limits,
      savable: listing.savable,
      calls: Math.max(0, row.calls - lost),
      costNanoUsd: row.costNanoUsd,
    },
  }
}

function asWaiting(check: CheckView): CheckView {
  return check.state === 'running' ? { ...check, state: 'waiting', summary: '', ms: null, evidence: [] } : check
}

/** Ends a row that nobody goes on with: its model is gone, or is another one by now. */
export async function closeRow(scope: Scope, id: string): Promise<void> {
  await scope.tx((tx) =>
    tx.validation.updateMany({
      where: { workspaceId: scope.workspaceId, id, status: 'running' },
      data: { status: 'cancelled', finishedAt: scope.now() },
    }),
  )
}

function contentOf({ findings }: Pick<Run, 'findings'>) {
  const listing: RowListing = {
    offered: findings.offered,
    baseUrl: findings.baseUrl,
    limits: findings.limits,
    savable: findings.savable,
    learned: findings.learned,
  }
  const json = (value: unknown) => value as Prisma.InputJsonObject
  return {
    checks: findings.checks as unknown as Prisma.InputJsonArray,
    capabilities: json(findings.card),
    profile: json(findings.profile),
    listing: json(listing),
    calls: findings.calls,
    costNanoUsd: findings.costNanoUsd,
  }
}

export async function readRow(scope: Scope, id: string, clock: Clock): Promise<ValidationView | null> {
  const row = await scope.tx((tx) => tx.validation.findFirst({ where: { workspaceId: scope.workspaceId, id } }))
  return row && toValidationView(row, clock.nowMs())
}

export function toValidationView(row: Validation, nowMs: number): ValidationView {
  const subject = row.subject as unknown as RunSubject
  const listing = row.listing as unknown as RowListing
  const isLost =
    row.status === 'running' &&
    (row.handedOverAt ? nowMs - row.handedOverAt.getTime() > waitsMaxMs : nowMs - row.startedAt.getTime() > lostAfterMs)
  return {
    id: row.id,
    status: isLost ? 'cancelled' : (row.status as ValidationStatus),
    savable: listing.savable && !isLost,
    modelId: row.modelId,
    subject: { type: subject.type, name: subject.name, baseUrl: subject.baseUrl, modelId: subject.modelId },
    checks: row.checks as unknown as CheckView[],
    capabilities: CapabilityCard.parse(row.capabilities),
    profile: WireProfile.parse(row.profile),
    offered: listing.offered,
    baseUrl: listing.baseUrl,
    limits: listing.limits,
    calls: row.calls,
    cost: toMoneyView(row.costNanoUsd),
    startedAt: row.startedAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
    startedBy: row.actorLabel,
    reason: row.reason as ValidationReason,
  }
}
