import { z } from 'zod'
import { Instant } from '#lib/core/operation.ts'
import { KeyScope, Role, themes } from './schema.ts'

/*
 * What the room's routes answer. The exported names are those of the API's document; browsers take the types alone,
 * through `schema.ts`.
 */

const version = z.int().min(1).describe('To be sent back with an edit.')

export const PersonView = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string(),
  operator: z.boolean().describe('Runs the installation.'),
  timeZone: z.string(),
  theme: z.enum(themes),
})
export type PersonView = z.infer<typeof PersonView>

export const WorkspaceView = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  timeZone: z.string(),
  payloadDays: z.int().min(0).describe('Days that prompts and answers are kept; 0 is never.'),
  payloadViewers: z.boolean().describe('Viewers may read them, too.'),
  demo: z.boolean().describe('Full of examples, made by `patchbay demo`.'),
  version,
  createdAt: Instant,
  role: Role.describe('Of the person or key that asks.'),
})
export type WorkspaceView = z.infer<typeof WorkspaceView>

export const MemberView = z.object({
  userId: z.string(),
  name: z.string(),
  email: z.string(),
  role: Role,
  version,
  joinedAt: Instant,
  self: z.boolean().describe('True for the person who asks.'),
})
export type MemberView = z.infer<typeof MemberView>

export const InvitationView = z.object({
  id: z.string(),
  email: z.string(),
  role: Role,
  createdAt: Instant,
  expiresAt: Instant,
  expired: z.boolean(),
})
export type InvitationView = z.infer<typeof InvitationView>

export const CreatedInvitation = InvitationView.extend({
  token: z.string().describe('Told only here; `/invite/<token>` is the page that accepts it.'),
})

export const KeyView = z.object({
  id: z.string(),
  name: z.string(),
  hint: z.string().describe('Enough to recognise it: `pb_live_<key id>_…abcd`.'),
  scopes: z.array(KeyScope),
  modelIds: z.array(z.string()).describe('Models it may call; all where no deployment is named either.'),
  deploymentIds: z.array(z.string()).describe('Deployments it may call; all where no model is named either.'),
  role: Role,
  state: z.enum(['active', 'expired', 'revoked']),
  createdBy: z.object({ id: z.string(), name: z.string() }).nullable(),
  createdAt: Instant,
  expiresAt: Instant.nullable(),
  revokedAt: Instant.nullable(),
  lastUsedAt: Instant.nullable(),
  version,
  editable: z.boolean().describe('True where the one who asks may rename and revoke it.'),
})
export type KeyView = z.infer<typeof KeyView>

export const CreatedKeyView = KeyView.extend({
  key: z.string().describe('The key itself; no other answer ever holds it.'),
})

export const AllowedEndpointView = z.object({
  id: z.string(),
  entry: z.string().describe('`host:port` or `CIDR:port`.'),
  note: z.string(),
  fixed: z.boolean().describe('Fixed entries come from the environment and cannot be removed here.'),
  createdBy: z.string(),
  createdAt: Instant.nullable(),
})
export type AllowedEndpointView = z.infer<typeof AllowedEndpointView>

const changed = z.record(z.string(), z.unknown()).nullable()
export const AuditView = z.object({
  id: z.string(),
  at: Instant,
  actor: z.object({
    kind: z.enum(['user', 'key', 'job']),
    id: z.string(),
    label: z.string().describe('E-mail, name of the key or of the job.'),
  }),
  role: z.string(),
  action: z.string().describe('`noun.verb`: `model.delete`.'),
  target: z.object({ kind: z.string(), id: z.string(), label: z.string() }),
  before: changed,
  after: changed,
  address: z.string(),
  requestId: z.string(),
})
export type AuditView = z.infer<typeof AuditView>

export const NoticeView = z.object({
  id: z.string(),
  level: z.enum(['bad', 'warn', 'info']),
  title: z.string(),
  body: z.string(),
  href: z.string(),
  actionLabel: z.string(),
  createdAt: Instant,
})
export type NoticeView = z.infer<typeof NoticeView>
