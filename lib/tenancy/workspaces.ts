import { AppError, invalidInput, notFound, staleEdit } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import { Prisma, type Workspace } from '#lib/platform/generated/prisma/client.ts'
import { recordAudit } from './audit.ts'
import { parseInput, requireRead, requireRole } from './guards.ts'
import type { House } from './house.ts'
import { personAuthor } from './people.ts'
import { CreateWorkspaceInput, type Role, Slug, slugOf, UpdateWorkspaceInput, type WorkspaceView } from './schema.ts'
import type { Person, Scope, Tx } from './scope.ts'

/** The person's scope in a workspace. Not found: also where it exists and they are no member. */
export async function scopeForPerson(house: House, person: Person, slug: string): Promise<Scope> {
  const member = Slug.safeParse(slug).success
    ? await house.system.member.findFirst({
        where: { userId: person.id, workspace: { slug } },
        include: { workspace: true },
      })
    : null
  if (!member) throw notFound('Workspace')
  return house.toScope({
    workspaceId: member.workspaceId,
    workspace: scopeWorkspace(member.workspace),
    actor: { kind: 'user', id: person.id, label: person.email },
    role: member.role as Role,
    keyScopes: [],
    operator: person.operator,
    request: person.request,
  })
}

/** The scope of the worker's jobs: everything, in one workspace. */
export async function jobScope(house: House, workspaceId: string, job: string): Promise<Scope> {
  const workspace = await house.system.workspace.findUnique({ where: { id: workspaceId, deletedAt: null } })
  if (!workspace) throw notFound('Workspace')
  return house.toScope({
    workspaceId,
    workspace: scopeWorkspace(workspace),
    actor: { kind: 'job', id: job, label: job },
    role: 'owner',
    keyScopes: [],
    operator: false,
    request: { id: '', address: '' },
  })
}

/** The workspaces a person is in, by name; one of examples comes last, so that nobody lands in it. */
export async function listWorkspaces(house: House, person: Person): Promise<WorkspaceView[]> {
  const members = await house.system.member.findMany({
    where: { userId: person.id },
    include: { workspace: true },
    orderBy: [{ workspace: { demo: 'asc' } }, { workspace: { name: 'asc' } }, { workspaceId: 'asc' }],
    take: 500,
  })
  return members.map((member) => toWorkspaceView(member.workspace, member.role as Role))
}

/** A new workspace, the person its owner. The slug is made of the name unless it is given, and never changes. */
export async function createWorkspace(
  house: House,
  person: Person,
  input: CreateWorkspaceInput,
): Promise<WorkspaceView> {
  const wanted = parseInput(CreateWorkspaceInput, input)
  return house.system.$transaction(async (tx) => {
    const workspace = await insertWorkspace(tx, house, wanted)
    await insertOwner(tx, house, workspace, person.id)
    await recordAudit(tx, personAuthor(person, workspace.id, 'owner'), {
      action: 'workspace.create',
      target: workspaceTarget(workspace),
    })
    return toWorkspaceView(workspace, 'owner')
  })
}

export async function getWorkspace(scope: Scope): Promise<WorkspaceView> {
  requireRead(scope)
  const workspace = await scope.tx((tx) => tx.workspace.findUnique({ where: { id: scope.workspaceId } }))
  if (!workspace) throw notFound('Workspace')
  return toWorkspaceView(workspace, scope.role)
}

/** Name, time zone, days that prompts and answers are kept. Needs the role admin; carries the version it was read at. */
export async function updateWorkspace(scope: Scope, input: UpdateWorkspaceInput): Promise<WorkspaceView> {
  requireRole(scope, 'admin')
  const { version, ...change } = parseInput(UpdateWorkspaceInput, input)
  return scope.tx(async (tx) => {
    if (change.timeZone) await requireKnownTimeZone(tx, change.timeZone)
    const before = await lockWorkspace(tx, scope)
    if (before.version !== version) throw staleEdit('The workspace', toWorkspaceView(before, scope.role))
    const after = await tx.workspace.update({
      where: { id: scope.workspaceId },
      data: { ...change, version: { increment: 1 } },
    })
    const facts = ({ name, timeZone, payloadDays, payloadViewers }: Workspace) => ({
      name,
      timeZone,
      payloadDays,
      payloadViewers,
    })
    await recordAudit(tx, scope, {
      action: 'workspace.update',
      target: workspaceTarget(after),
      before: facts(before),
      after: facts(after),
    })
    return toWorkspaceView(after, scope.role)
  })
}

/**
 * The workspace’s row, held until the end of the transaction: changes of members and roles wait for each other. What only
 * names the workspace is added meanwhile: it may hold what this transaction waits for.
 */
export async function lockWorkspace(tx: Tx, scope: Pick<Scope, 'workspaceId'>): Promise<Workspace> {
  await tx.$queryRaw`SELECT id FROM workspaces WHERE id = ${scope.workspaceId} FOR NO KEY UPDATE`
  const workspace = await tx.workspace.findUnique({ where: { id: scope.workspaceId } })
  if (!workspace) throw notFound('Workspace')
  return workspace
}

/** Inserts with the wanted slug, or with the first free one that its name gives. */
export async function insertWorkspace(
  tx: Tx,
  house: House,
  wanted: { name: string; slug?: string; timeZone: string; payloadDays: number },
): Promise<Workspace> {
  await requireKnownTimeZone(tx, wanted.timeZone)
  const slug = wanted.slug ?? (await freeSlug(tx, slugOf(wanted.name) || 'workspace'))
  const createdAt = new Date(house.clock.nowMs())
  try {
    return await tx.workspace.create({ data: { id: newId('wsp', createdAt.getTime()), createdAt, ...wanted, slug } })
  } catch (error) {
    if (!isTaken(error)) throw error
    const message = `The short name ${slug} is taken.`
    throw new AppError({ kind: 'conflict', code: 'slug_taken', message, fields: { slug: message } })
  }
}

export async function insertOwner(tx: Tx, house: House, workspace: Workspace, userId: string): Promise<void> {
  await tx.member.create({
    data: { workspaceId: workspace.id, userId, role: 'owner', createdAt: new Date(house.clock.nowMs()) },
  })
}

/** True for a violated unique index. */
export function isTaken(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002'
}

export function toWorkspaceView(workspace: Workspace, role: Role): WorkspaceView {
  const { id, slug, name, timeZone, payloadDays, payloadViewers, demo, version, createdAt } = workspace
  const settings = { timeZone, payloadDays, payloadViewers }
  return { id, slug, name, ...settings, demo, version, createdAt: createdAt.toISOString(), role }
}

export function workspaceTarget(workspace: { id: string; slug: string }): { kind: string; id: string; label: string } {
  return { kind: 'workspace', id: workspace.id, label: workspace.slug }
}

export function scopeWorkspace({ slug, name, timeZone, demo }: Workspace): Scope['workspace'] {
  return { slug, name, timeZone, demo }
}

async function freeSlug(tx: Tx, base: string): Promise<string> {
  const taken = new Set(
    (await tx.workspace.findMany({ where: { slug: { startsWith: base } }, select: { slug: true } })).map(
      ({ slug }) => slug,
    ),
  )
  if (!taken.has(base)) return base
  let number = 2
  while (taken.has(`${base}-${number}`)) number++
  return `${base}-${number}`
}

// The ledger's days are cut by Postgres: a zone that only Node knows would stop its writer.
async function requireKnownTimeZone(tx: Tx, timeZone: string): Promise<void> {
  const rows = await tx.$queryRaw<
    unknown[]
  >`SELECT 1 FROM pg_catalog.pg_timezone_names WHERE name = ${timeZone} LIMIT 1`
  if (rows.length === 0) {
    const message = 'This time zone is not known to the database.'
    throw invalidInput(message, { timeZone: message })
  }
}
