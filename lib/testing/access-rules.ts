import { type Role, roleReaches } from '#lib/tenancy/schema.ts'
import type { ActorName, Things, World } from './access-world.ts'

/**
 * Who may pass, by kind:
 * - `read`, `write`: members from a role up; keys need the scope read (or manage), or manage
 * - `operate`: people who run the installation
 * - `person`: everybody signed in; `open`: everybody; `call`: keys with the scope inference
 * - `people`: like `write`, but never a key
 */
export type Kind = 'read' | 'write' | 'people' | 'operate' | 'person' | 'open' | 'call'

/** A route with its method, or a server action; who may pass, and what they send. */
export interface Entry {
  kind: Kind
  least: Role
  /** Status for those who may: an error only where success would be the end of the actor or of the workspace. */
  passes: number
  /** The dynamic parts of the path but the workspace, as these things have them. */
  params?(things: Things): Record<string, string | string[]>
  /** Body, query or input. Called once a request. */
  input?(world: World, things: Things): unknown
  /** Where one actor's answer is another one for a reason of its own. */
  except?: Partial<Record<ActorName, number>>
}

const members: Partial<Record<ActorName, Role>> = {
  viewer: 'viewer',
  operator: 'viewer',
  developer: 'developer',
  admin: 'admin',
  owner: 'owner',
  'owner from a foreign page': 'owner',
}
/** Keys get the role developer, those that manage at most admin. */
const keys: Partial<Record<ActorName, { role: Role; scope: 'none' | 'inference' | 'read' | 'manage' }>> = {
  'revoked key': { role: 'developer', scope: 'none' },
  'inference key': { role: 'developer', scope: 'inference' },
  'read key': { role: 'developer', scope: 'read' },
  'manage key': { role: 'admin', scope: 'manage' },
}

/** The status that the rules of the house give an actor. `changes`: a method other than GET, or an action. */
export function expectedStatus(wanted: Entry, actor: ActorName, door: 'route' | 'action', changes: boolean): number {
  const { kind, passes, except = {} } = wanted
  if (except[actor] !== undefined) return except[actor]
  // Actions are asked from pages: whatever has no Origin of ours is refused first, and keys are no sessions.
  if (door === 'action') {
    if (isKey(actor) || actor === 'owner from a foreign page') return 403
  }
  if (kind === 'open') return passes
  if (kind === 'call') {
    if (!isKey(actor) || actor === 'revoked key') return 401
    if (actor === 'manage key of another workspace') return 404
    return keys[actor]?.scope === 'inference' ? passes : 403
  }
  if (actor === 'anonymous' || actor === 'removed member, old session') return 401
  if (actor === 'owner from a foreign page' && changes) return 403
  if (kind === 'person') return isKey(actor) ? 401 : passes
  if (actor === 'revoked key') return 401
  if (actor === 'manage key of another workspace') return 404
  const role = members[actor] ?? keys[actor]?.role
  if (!role) return 404
  const key = keys[actor]
  if (key && (kind === 'people' || kind === 'operate')) return 403
  if (key && key.scope !== 'manage' && (key.scope !== 'read' || changes)) return 403
  if (kind === 'operate') return actor === 'operator' ? passes : 403
  return roleReaches(role, wanted.least) ? passes : 403
}

export function isKey(actor: ActorName): boolean {
  return actor.includes('key')
}
