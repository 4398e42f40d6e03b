import type { Clock } from '#lib/core/clock.ts'
import type { Database } from '#lib/platform/database.ts'
import type { SecretBox } from '#lib/platform/secret-box.ts'
import { exportAudit, listAudit } from './audit.ts'
import { claim, isClaimed } from './claim.ts'
import { deleteWorkspace, removeDemo, removeDemoByCommand } from './delete-workspace.ts'
import { initialise } from './headless.ts'
import type { House } from './house.ts'
import { acceptInvitation, getInvitation, invite, listInvitations, revokeInvitation } from './invitations.ts'
import { createKey, getKey, listKeys, revokeKey, scopeForKey, updateKey } from './keys.ts'
import { leaveWorkspace, listMembers, removeMember, updateMember } from './members.ts'
import { addAllowedEndpoint, listAllowedEndpoints, removeAllowedEndpoint } from './network.ts'
import { dismissNotice, listNotices } from './notices.ts'
import { createPasswords } from './passwords.ts'
import { changePassword, endSessions, findPerson, listOperators, setOperator, signIn, updateAccount } from './people.ts'
import { makeOwner, resetPassword } from './rescue.ts'
import { createScopes } from './scope.ts'
import {
  createWorkspace,
  getWorkspace,
  jobScope,
  listWorkspaces,
  scopeForPerson,
  updateWorkspace,
} from './workspaces.ts'

export { recordAudit } from './audit.ts'
export type { Visitor } from './claim.ts'
export { deletedWorkspaces, forgetDeletedWorkspaces } from './deleted-workspaces.ts'
export { exportWorkspace } from './export-workspace.ts'
export { parseInput, requireRead, requireRole } from './guards.ts'
export { createKeyring, findKey, repeatedAuthorization } from './keyring.ts'
export { type NewNotice, raiseNotice, resolveNotice } from './notices.ts'
export { toPersonView } from './people.ts'
export type { Person, RequestInfo, Scope, Tx } from './scope.ts'

export interface TenancyDeps {
  database: Pick<Database, 'app' | 'system'>
  secrets: SecretBox
  clock: Clock
  /** `PATCHBAY_KEY_PEPPER`. */
  pepper: string
  /** `PATCHBAY_CLAIM_CODE`; null: claiming works from loopback alone. */
  claimCode: string | null
  /** Entries of `PATCHBAY_ALLOWED_ENDPOINTS`. */
  fixedEndpoints: readonly string[]
  /** One entry in its canonical spelling; throws `invalid_input` with the fix. */
  parseEntry(text: string): string
}

type WithoutHouse<Verb> = Verb extends (house: House, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never

/** Who may: people, workspaces, members, keys, and the scopes that every other room asks for. */
export function createTenancy({ database, ...deps }: TenancyDeps) {
  const house: House = {
    ...deps,
    system: database.system,
    passwords: createPasswords(),
    toScope: createScopes({ app: database.app, clock: deps.clock }),
  }
  const at = <Verb extends (house: House, ...rest: never[]) => unknown>(verb: Verb) =>
    ((...rest: never[]) => verb(house, ...rest)) as WithoutHouse<Verb>

  return {
    // Who asks.
    isClaimed: at(isClaimed),
    claim: at(claim),
    signIn: at(signIn),
    findPerson: at(findPerson),
    scopeForPerson: at(scopeForPerson),
    scopeForKey: at(scopeForKey),
    jobScope: at(jobScope),
    initialise: at(initialise),
    resetPassword: at(resetPassword),
    makeOwner: at(makeOwner),
    removeDemoByCommand: at(removeDemoByCommand),
    // A person's own things.
    listWorkspaces: at(listWorkspaces),
    createWorkspace: at(createWorkspace),
    leaveWorkspace: at(leaveWorkspace),
    updateAccount: at(updateAccount),
    changePassword: at(changePassword),
    endSessions: at(endSessions),
    listOperators: at(listOperators),
    setOperator: at(setOperator),
    getInvitation: at(getInvitation),
    acceptInvitation: at(acceptInvitation),
    // In a workspace.
    getWorkspace,
    updateWorkspace,
    deleteWorkspace: at(deleteWorkspace),
    removeDemo: at(removeDemo),
    listMembers,
    updateMember,
    removeMember,
    listInvitations,
    invite,
    revokeInvitation,
    listKeys,
    getKey,
    createKey: at(createKey),
    updateKey,
    revokeKey,
    listNotices,
    dismissNotice,
    listAudit,
    exportAudit,
    listAllowedEndpoints: at(listAllowedEndpoints),
    addAllowedEndpoint: at(addAllowedEndpoint),
    removeAllowedEndpoint: at(removeAllowedEndpoint),
  }
}

export type Tenancy = ReturnType<typeof createTenancy>
