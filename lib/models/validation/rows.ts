import type { Clock } from '#lib/core/clock.ts'
import { toMoneyView } from '#lib/core/money.ts'
import type { Prisma, Validation } from '#lib/platform/generated/prisma/client.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import type { CheckView, OfferedModel, ValidationLimits, ValidationStatus, ValidationView } from '../views.ts'
import { CapabilityCard, type ModelType, WireProfile } from '../vocabulary.ts'
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
}

/** Kept in the column `listing`: what the server told about this model, and where it answered. */
interface RowListing {
  offered: OfferedModel | null
  baseUrl: string
  limits: ValidationLimits
  savable: boolean
}

/** A row that says `running` this long after its start was left by a process that is gone. */
const lostAfterMs = 180_000

export async function createRow(scope: Scope, run: Run, modelId: string | undefined): Promise<void> {
  await scope.tx((tx) =>
    tx.validation.create({
      data: {
        id: run.id,
        workspaceId: scope.workspaceId,
        modelId: modelId ?? null,
        actorId: run.actorId,
        actorLabel: scope.actor.label,
        draftHash: run.draftHash,
        subject: run.subject as unknown as Prisma.InputJsonObject,
        status: 'running',
        startedAt: new Date(run.startedAtMs),
        ...contentOf(run),
      },
      select: { id: true },
    }),
  )
}

export async function updateRow(scope: Scope, run: Run): Promise<void> {
  await scope.tx((tx) =>
    tx.validation.updateMany({
      where: { workspaceId: scope.workspaceId, id: run.id, status: 'running' },
      data: contentOf(run),
    }),
  )
}

export async function finishRow(scope: Scope, run: Run): Promise<void> {
  await scope.tx((tx) =>
    tx.validation.updateMany({
      where: { workspaceId: scope.workspaceId, id: run.id },
      data: { ...contentOf(run), status: run.status, finishedAt: new Date(run.finishedAtMs ?? Date.now()) },
    }),
  )
}

function contentOf({ findings }: Run) {
  const listing: RowListing = {
    offered: findings.offered,
    baseUrl: findings.baseUrl,
    limits: findings.limits,
    savable: findings.savable,
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
  const isLost = row.status === 'running' && nowMs - row.startedAt.getTime() > lostAfterMs
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
  }
}
