import { AppError, invalidInput } from '#lib/core/errors.ts'
import { recordAudit } from './audit.ts'
import { claim, isClaimed } from './claim.ts'
import { parseInput } from './guards.ts'
import type { House } from './house.ts'
import { createKey } from './keys.ts'
import { insertUser, personAuthor, requireGoodPassword, toPerson } from './people.ts'
import { ClaimInput, type Role, Slug } from './schema.ts'
import type { Person, RequestInfo } from './scope.ts'
import { createWorkspace, scopeForPerson } from './workspaces.ts'

export interface InitialiseInput {
  email: string
  password: string
  workspace: string
  /** Of a new person; the part of the e-mail before the @ unless told. */
  name?: string
  /** Role in a workspace that exists and that the person is not in yet. */
  role?: Role
  /** Nothing that exists is an error; only a new key is made. */
  ifMissing?: boolean
}

/**
 * Set-up without a browser, for one who holds the installation's secrets: makes the person, the workspace and their
 * membership as far as they are missing, and a key with every scope. The first person becomes the operator.
 */
export async function initialise(
  house: House,
  input: InitialiseInput,
  request: RequestInfo,
): Promise<{ workspace: string; apiKey: string }> {
  const { email, password } = parseInput(ClaimInput.pick({ email: true, password: true }), input)
  const workspace = parseSlug(input.workspace)
  const name = input.name ?? email.split('@')[0]!.slice(0, 80)
  if (!(await isClaimed(house))) {
    const setUp = { name, email, password, workspaceName: workspace, workspaceSlug: workspace }
    const { person } = await claim(house, { request, loopback: true }, setUp)
    return { workspace, apiKey: await makeKey(house, person, workspace) }
  }
  const person = await ensurePerson(house, { email, password, name }, request)
  await ensureMember(house, person, workspace, input)
  return { workspace, apiKey: await makeKey(house, person, workspace) }
}

function parseSlug(text: string): string {
  const slug = Slug.safeParse(text)
  if (!slug.success)
    throw invalidInput(`workspace: ${slug.error.issues[0]!.message}`, { workspace: slug.error.issues[0]!.message })
  return slug.data
}

async function ensurePerson(
  house: House,
  wanted: { email: string; password: string; name: string },
  request: RequestInfo,
): Promise<Person> {
  const user = await house.system.user.findUnique({ where: { email: wanted.email } })
  if (user) {
    if (await house.passwords.verify(user.passwordHash, wanted.password)) return toPerson(house, user, request)
    throw new AppError({
      kind: 'conflict',
      code: 'wrong_password',
      message: `${wanted.email} exists and has another password.`,
    })
  }
  requireGoodPassword(wanted.password, wanted.email)
  const passwordHash = await house.passwords.hash(wanted.password)
  return house.system.$transaction(async (tx) => {
    const made = toPerson(
      house,
      await insertUser(tx, house, { email: wanted.email, name: wanted.name, passwordHash }),
      request,
    )
    await recordAudit(tx, personAuthor(made), {
      action: 'user.create',
      target: { kind: 'user', id: made.id, label: made.email },
    })
    return made
  })
}

async function ensureMember(
  house: House,
  person: Person,
  slug: string,
  { role, ifMissing }: InitialiseInput,
): Promise<void> {
  const { system } = house
  const workspace = await system.workspace.findUnique({ where: { slug } })
  if (!workspace) {
    await createWorkspace(house, person, { name: slug, slug })
    return
  }
  const { id: workspaceId } = workspace
  if (await system.member.findUnique({ where: { workspaceId_userId: { workspaceId, userId: person.id } } })) {
    if (ifMissing) return
    throw conflict(
      'workspace_exists',
      `${person.email} is in the workspace ${slug} already. Add --if-missing to make only a new key.`,
    )
  }
  if (!role) {
    throw conflict(
      'workspace_exists',
      `The workspace ${slug} exists and is not one of ${person.email}. Add --role to join it.`,
    )
  }
  await system.$transaction(async (tx) => {
    await tx.member.create({ data: { workspaceId, userId: person.id, role, createdAt: new Date(house.clock.nowMs()) } })
    await recordAudit(tx, personAuthor(person, workspaceId, role), {
      action: 'member.join',
      target: { kind: 'user', id: person.id, label: person.email },
      after: { role },
    })
  })
}

async function makeKey(house: House, person: Person, workspace: string): Promise<string> {
  const scope = await scopeForPerson(house, person, workspace)
  const { secret } = await createKey(house, scope, { name: 'Made by init', scopes: ['inference', 'read', 'manage'] })
  return secret
}

function conflict(code: string, message: string): AppError {
  return new AppError({ kind: 'conflict', code, message })
}
