import { AppError, notFound } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import type { AllowedEndpoint } from '#lib/platform/generated/prisma/client.ts'
import { type AuditAuthor, recordAudit } from './audit.ts'
import { parseInput, requireOperator } from './guards.ts'
import type { House } from './house.ts'
import { AddAllowedEndpointInput, type AllowedEndpointView } from './schema.ts'
import type { Scope } from './scope.ts'
import { isTaken } from './workspaces.ts'

const entriesMax = 500

/** Private addresses that models may lead to: those of the environment, then the operator's. For operators. */
export async function listAllowedEndpoints(house: House, scope: Scope): Promise<AllowedEndpointView[]> {
  requireOperator(scope)
  const rows = await house.system.allowedEndpoint.findMany({ orderBy: { createdAt: 'asc' }, take: entriesMax })
  const names = await makerNames(house, rows)
  const fixed = house.fixedEndpoints.map((entry) => ({
    id: entry,
    entry,
    note: 'PATCHBAY_ALLOWED_ENDPOINTS',
    fixed: true,
    createdBy: '',
    createdAt: null,
  }))
  return [...fixed, ...rows.map((row) => toEndpointView(row, names))]
}

/**
 * Allows `host:port` or `CIDR:port` at once, in every process. For operators. Allowing twice changes nothing.
 */
export async function addAllowedEndpoint(
  house: House,
  scope: Scope,
  input: AddAllowedEndpointInput,
): Promise<AllowedEndpointView> {
  requireOperator(scope)
  const wanted = parseInput(AddAllowedEndpointInput, input)
  const entry = house.parseEntry(wanted.entry)
  const { system } = house
  const standing = await system.allowedEndpoint.findUnique({ where: { entry } })
  if (standing) return toEndpointView(standing, await makerNames(house, [standing]))
  if ((await system.allowedEndpoint.count()) >= entriesMax) {
    throw new AppError({
      kind: 'conflict',
      code: 'too_many_entries',
      message: `At most ${entriesMax} entries. Remove some first.`,
    })
  }
  const createdAt = scope.now()
  try {
    const row = await system.$transaction(async (tx) => {
      const data = {
        id: newId('aep', createdAt.getTime()),
        entry,
        note: wanted.note,
        createdBy: scope.actor.id,
        createdAt,
      }
      const made = await tx.allowedEndpoint.create({ data })
      await recordAudit(tx, installation(scope), {
        action: 'network.allow',
        target: targetOf(made),
        after: { note: made.note },
      })
      return made
    })
    return toEndpointView(row, await makerNames(house, [row]))
  } catch (error) {
    if (isTaken(error)) return addAllowedEndpoint(house, scope, input)
    throw error
  }
}

/** Takes an entry back: calls that run finish, the next one is refused. For operators. */
export async function removeAllowedEndpoint(house: House, scope: Scope, input: { id: string }): Promise<void> {
  requireOperator(scope)
  const id = String(input.id)
  if (house.fixedEndpoints.includes(id)) {
    const message = 'This entry comes from PATCHBAY_ALLOWED_ENDPOINTS. Change it there.'
    throw new AppError({ kind: 'conflict', code: 'fixed_entry', message })
  }
  await house.system.$transaction(async (tx) => {
    const [row] = await tx.$queryRaw<
      { id: string; entry: string }[]
    >`DELETE FROM allowed_endpoints WHERE id = ${id} RETURNING id, entry`
    if (!row) throw notFound('Entry')
    await recordAudit(tx, installation(scope), { action: 'network.disallow', target: targetOf(row) })
  })
}

// What the operator allows holds for every workspace: the record is the installation's.
function installation(scope: Scope): AuditAuthor {
  return { ...scope, workspaceId: '', role: 'operator' }
}

async function makerNames(house: House, rows: AllowedEndpoint[]): Promise<Map<string, string>> {
  const users = await house.system.user.findMany({
    where: { id: { in: [...new Set(rows.map((row) => row.createdBy))] } },
    select: { id: true, name: true },
  })
  return new Map(users.map((user) => [user.id, user.name]))
}

function toEndpointView(row: AllowedEndpoint, names: Map<string, string>): AllowedEndpointView {
  const { id, entry, note } = row
  return {
    id,
    entry,
    note,
    fixed: false,
    createdBy: names.get(row.createdBy) ?? '',
    createdAt: row.createdAt.toISOString(),
  }
}

function targetOf(row: { id: string; entry: string }): { kind: string; id: string; label: string } {
  return { kind: 'allowed_endpoint', id: row.id, label: row.entry }
}
