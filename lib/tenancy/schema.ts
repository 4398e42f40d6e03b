import { z } from 'zod'
import { PageInput } from '#lib/core/page.ts'
import type { KeyView } from './answers.ts'
import { keyScopes, passwordLengthMin, reservedSlugs, roles, slugLengthMax, themes } from './vocabulary.ts'

// What routes answer are schemas, in answers.ts. Browsers take their types alone.
export type {
  AllowedEndpointView,
  AuditView,
  InvitationView,
  KeyView,
  MemberView,
  NoticeView,
  PersonView,
  WorkspaceView,
} from './answers.ts'

export {
  invitationDays,
  keyScopes,
  passwordLengthMin,
  payloadDaysChoices,
  roleReaches,
  roles,
  slugOf,
  themes,
} from './vocabulary.ts'

export const Role = z.enum(roles, { error: 'Choose a role.' })
export type Role = z.infer<typeof Role>

export const KeyScope = z.enum(keyScopes, { error: 'Choose inference, read or manage.' })
export type KeyScope = z.infer<typeof KeyScope>

/** Who acts: a person, a caller's key, or a job of the worker. */
export interface Actor {
  kind: 'user' | 'key' | 'job'
  id: string
  /** A name for lists and the audit: e-mail, key name, job name. */
  label: string
}

const nameField = (what: string, max = 80) =>
  z
    .string({ error: `Enter ${what}.` })
    .trim()
    .min(1, `Enter ${what}.`)
    .max(max, `At most ${max} characters.`)
    // Names go into lists, mails and terminals.
    .refine((text) => !/\p{Cc}/u.test(text), 'Control characters are not allowed.')

export const Slug = z
  .string({ error: 'Enter a short name.' })
  .trim()
  .min(2, 'At least 2 characters.')
  .max(slugLengthMax, `At most ${slugLengthMax} characters.`)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'Lower-case letters, digits and single dashes only.')
  .refine((slug) => !reservedSlugs.includes(slug), 'This name is reserved.')

export const Email = z
  .string({ error: 'Enter an e-mail address.' })
  .trim()
  .toLowerCase()
  .max(254, 'At most 254 characters.')
  .pipe(z.email('This is not an e-mail address.'))

export const Password = z
  .string({ error: 'Enter a password.' })
  .min(passwordLengthMin, `At least ${passwordLengthMin} characters.`)
  .max(256, 'At most 256 characters.')

export const TimeZone = z
  .string({ error: 'Choose a time zone.' })
  .max(64)
  .refine((zone) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: zone })
      return /^[A-Za-z]/.test(zone)
    } catch {
      return false
    }
  }, 'This time zone does not exist.')

const Version = z.number({ error: 'Send the version that was read.' }).int().min(1)
const Id = z.string().min(1).max(64)

const Ids = z
  .array(Id)
  .max(200)
  .transform((ids) => [...new Set(ids)])
  .default([])

const PayloadDays = z.number().int().min(0).max(3650)

export const ClaimInput = z.object({
  code: z.string().max(200).optional(),
  name: nameField('your name'),
  email: Email,
  password: Password,
  workspaceName: nameField('a name for the workspace', 60),
  payloadDays: PayloadDays.default(0),
  timeZone: TimeZone.default('UTC'),
})
export type ClaimInput = z.input<typeof ClaimInput>

export const SignInInput = z.object({
  email: z.string().trim().toLowerCase().min(1, 'Enter your e-mail address.').max(254),
  password: z.string().min(1, 'Enter your password.').max(256),
})
export type SignInInput = z.input<typeof SignInInput>

export const CreateWorkspaceInput = z.object({
  name: nameField('a name', 60),
  slug: Slug.optional(),
  timeZone: TimeZone.default('UTC'),
  payloadDays: PayloadDays.default(0),
})
export type CreateWorkspaceInput = z.input<typeof CreateWorkspaceInput>

export const UpdateWorkspaceInput = z.object({
  version: Version,
  name: nameField('a name', 60).optional(),
  timeZone: TimeZone.optional(),
  payloadDays: PayloadDays.optional(),
  payloadViewers: z.boolean().optional(),
})
export type UpdateWorkspaceInput = z.input<typeof UpdateWorkspaceInput>

export const DeleteWorkspaceInput = z.object({ confirmation: z.string().max(100) })
export type DeleteWorkspaceInput = z.input<typeof DeleteWorkspaceInput>

export const UpdateMemberInput = z.object({
  userId: Id,
  role: Role,
  version: Version,
  /** Keys with the scope manage that the person made and that stay; all others of this kind are revoked. */
  keepKeyIds: z.array(Id).max(500).default([]),
})
export type UpdateMemberInput = z.input<typeof UpdateMemberInput>

export const RemoveMemberInput = z.object({ userId: Id, keepKeyIds: z.array(Id).max(500).default([]) })
export type RemoveMemberInput = z.input<typeof RemoveMemberInput>

export const InviteInput = z.object({ email: Email, role: Role })
export type InviteInput = z.input<typeof InviteInput>

/** What the holder of an invitation's link may see. */
export interface InvitationOffer {
  workspaceName: string
  workspaceSlug: string
  email: string
  role: Role
  /** True where the e-mail has an account: its owner signs in instead of choosing a password. */
  hasAccount: boolean
}

export const AcceptInvitationInput = z.object({
  token: z.string().min(1).max(200),
  name: nameField('your name').optional(),
  password: Password.optional(),
})
export type AcceptInvitationInput = z.input<typeof AcceptInvitationInput>

export const CreateKeyInput = z.object({
  name: nameField('a name', 60),
  scopes: z
    .array(KeyScope)
    .min(1, 'Choose at least one scope.')
    .max(keyScopes.length)
    .transform((scopes) => keyScopes.filter((scope) => scopes.includes(scope)))
    .default(['inference']),
  /** Ids of models and deployments it may call; both empty = all. */
  modelIds: Ids,
  deploymentIds: Ids,
  expiresAt: z.iso.datetime({ offset: true, error: 'This is not a date and time.' }).nullish(),
  role: Role.optional(),
})
export type CreateKeyInput = z.input<typeof CreateKeyInput>

export const UpdateKeyInput = z.object({ id: Id, version: Version, name: nameField('a name', 60) })
export type UpdateKeyInput = z.input<typeof UpdateKeyInput>

export const KeyIdInput = z.object({ id: Id })
export const ListKeysInput = z.object({
  ...PageInput.shape,
  state: z.enum(['active', 'all']).default('active'),
  /** Part of the name. */
  search: z.string().trim().max(200).optional(),
})
export type ListKeysInput = z.input<typeof ListKeysInput>

/** The only answer that ever holds the key itself. */
export interface CreatedKey {
  key: KeyView
  secret: string
}

export const UpdateAccountInput = z.object({
  name: nameField('your name').optional(),
  timeZone: TimeZone.optional(),
  theme: z.enum(themes).optional(),
})
export type UpdateAccountInput = z.input<typeof UpdateAccountInput>

export const ChangePasswordInput = z.object({
  current: z.string().min(1, 'Enter your current password.').max(256),
  password: Password,
})
export type ChangePasswordInput = z.input<typeof ChangePasswordInput>

/** A person who runs the installation. */
export interface OperatorView {
  id: string
  name: string
  email: string
}

export const SetOperatorInput = z.object({ email: Email, operator: z.boolean() })
export type SetOperatorInput = z.input<typeof SetOperatorInput>

export const AddAllowedEndpointInput = z.object({
  entry: z.string().trim().min(1, 'Enter host:port or CIDR:port.').max(300),
  note: z.string().trim().max(200, 'At most 200 characters.').default(''),
})
export type AddAllowedEndpointInput = z.input<typeof AddAllowedEndpointInput>

export const ListAuditInput = z.object({
  ...PageInput.shape,
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  actorId: z.string().max(64).optional(),
  /** `key` finds `key.create`, `key.revoke` and so on; `key.create` only itself. */
  action: z
    .string()
    .max(64)
    .regex(/^[a-z_]+(\.[a-z_]+)?$/)
    .optional(),
  targetId: z.string().max(300).optional(),
  text: z.string().trim().max(200).optional(),
})
export type ListAuditInput = z.input<typeof ListAuditInput>
