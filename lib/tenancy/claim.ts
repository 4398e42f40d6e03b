import { hash, timingSafeEqual } from 'node:crypto'
import { AppError, invalidInput } from '#lib/core/errors.ts'
import { recordAudit } from './audit.ts'
import { parseInput } from './guards.ts'
import type { House } from './house.ts'
import { insertUser, personAuthor, requireGoodPassword, toPerson } from './people.ts'
import { ClaimInput, type WorkspaceView } from './schema.ts'
import type { Person, RequestInfo } from './scope.ts'
import { insertOwner, insertWorkspace, toWorkspaceView, workspaceTarget } from './workspaces.ts'

/** Who stands at the door of an installation that nobody claimed yet. */
export interface Visitor {
  request: RequestInfo
  /** True where peer and Host are loopback, there is no public address and no forwarding header came. */
  loopback: boolean
}

/** True once the first person has set the installation up. */
export async function isClaimed(house: House): Promise<boolean> {
  return (await house.system.user.findFirst({ select: { id: true } })) !== null
}

/**
 * The first person becomes the operator and the owner of the first workspace. Away from loopback it takes the code of
 * the link in the banner. Throws `already_claimed`, also for the slower one of two at once.
 */
export async function claim(
  house: House,
  visitor: Visitor,
  input: ClaimInput & { workspaceSlug?: string },
): Promise<{ person: Person; workspace: WorkspaceView }> {
  const wanted = parseInput(ClaimInput, input)
  if (await isClaimed(house)) throw alreadyClaimed()
  if (!visitor.loopback) requireClaimCode(house, wanted.code)
  requireGoodPassword(wanted.password, wanted.email)
  const passwordHash = await house.passwords.hash(wanted.password)
  return house.system.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtext('patchbay.claim'))) AS waited`
    if (await tx.user.findFirst({ select: { id: true } })) throw alreadyClaimed()
    const { email, name, timeZone, payloadDays } = wanted
    const user = await insertUser(tx, house, { email, name, passwordHash, operator: true, timeZone })
    const workspace = await insertWorkspace(tx, house, {
      name: wanted.workspaceName,
      timeZone,
      payloadDays,
      ...(input.workspaceSlug && { slug: input.workspaceSlug }),
    })
    await insertOwner(tx, house, workspace, user.id)
    const person = toPerson(house, user, visitor.request)
    await recordAudit(tx, personAuthor(person), {
      action: 'installation.claim',
      target: { kind: 'user', id: user.id, label: user.email },
    })
    await recordAudit(tx, personAuthor(person, workspace.id, 'owner'), {
      action: 'workspace.create',
      target: workspaceTarget(workspace),
    })
    return { person, workspace: toWorkspaceView(workspace, 'owner') }
  })
}

function requireClaimCode(house: House, given: string | undefined): void {
  const fits =
    house.claimCode !== null &&
    given !== undefined &&
    timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', house.claimCode, 'buffer'))
  if (fits) return
  const message = 'Open the link that Patchbay printed when it started: it holds the code for the set-up.'
  throw given === undefined
    ? new AppError({ kind: 'forbidden', code: 'claim_code_required', message })
    : invalidInput(message, { code: 'This code is wrong.' }, 'claim_code_wrong')
}

function alreadyClaimed(): AppError {
  return new AppError({ kind: 'conflict', code: 'already_claimed', message: 'Patchbay is set up already. Sign in.' })
}
