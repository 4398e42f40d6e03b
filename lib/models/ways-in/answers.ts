import { z } from 'zod'
import { Instant } from '#lib/core/operation.ts'
import { ModelType } from '../vocabulary.ts'

/* What the routes of groups, intakes and exports answer. */

export const GroupMemberView = z.object({
  modelId: z.string().describe('The id of the model.'),
  slug: z.string(),
  name: z.string(),
  type: ModelType,
  state: z.enum(['active', 'disabled']),
  weight: z.int().min(1).max(1_000),
  share: z.number().min(0).max(1).describe('Of the calls of its Type, while the enabled members stay as they are.'),
})
export type GroupMemberView = z.infer<typeof GroupMemberView>

export const GroupView = z
  .object({
    address: z.string(),
    version: z.int().min(1).describe('To be sent back with an edit.'),
    members: z.array(GroupMemberView),
    createdAt: Instant,
    lastUsedAt: Instant.nullable(),
  })
  .describe('An address that several models share: a call goes to one of them, as often as its weight says.')
export type GroupView = z.infer<typeof GroupView>

export const AddressUseView = z
  .object({
    address: z.string(),
    kind: z.enum(['slug', 'alias', 'former']),
    lastUsedAt: Instant.nullable().describe('When a call last named it; null where none has.'),
  })
  .describe('One address of a model.')
export type AddressUseView = z.infer<typeof AddressUseView>

export const ModelGroupView = z
  .object({
    address: z.string(),
    weight: z.int().min(1).max(1_000),
    share: z.number().min(0).max(1),
    members: z.int().min(1),
  })
  .describe('A group that a model is in.')
export type ModelGroupView = z.infer<typeof ModelGroupView>

export const IntakeSource = z.enum(['several', 'litellm', 'file'])
export type IntakeSource = z.infer<typeof IntakeSource>

export const IntakeRowView = z.object({
  key: z.string().describe('Of the row, within its intake.'),
  name: z.string(),
  modelId: z.string(),
  host: z.string(),
  type: ModelType,
  state: z.enum(['waiting', 'running', 'added', 'failed', 'skipped']),
  done: z.int().min(0).describe('Checks that are over.'),
  of: z.int().min(0).describe('Checks that there are; 0 before they begin.'),
  message: z.string().describe('Why it failed or was skipped.'),
  field: z.string().describe('The field to mend, where one is at fault.'),
  notes: z.array(z.string()).describe('What is different from what was asked for.'),
  id: z.string().nullable().describe('Of the model that was added.'),
  slug: z.string().nullable(),
  validationId: z.string().nullable(),
})
export type IntakeRowView = z.infer<typeof IntakeRowView>

export const IntakeView = z
  .object({
    id: z.string(),
    source: IntakeSource,
    status: z
      .enum(['running', 'finished', 'stopped', 'lost'])
      .describe('lost: the process that ran it is gone; what was added stays.'),
    rows: z.array(IntakeRowView),
    startedAt: Instant,
    finishedAt: Instant.nullable(),
    startedBy: z.string(),
  })
  .describe('Several models added in one go: each validated, those that pass saved.')
export type IntakeView = z.infer<typeof IntakeView>

export const PlanRowView = z.object({
  key: z.string(),
  name: z.string(),
  slug: z.string().describe('Empty: made from the name.'),
  type: ModelType,
  modelId: z.string(),
  baseUrl: z.string(),
  aliases: z.array(z.string()),
  groups: z.array(z.object({ address: z.string(), weight: z.int() })),
  asks: z.array(z.string()).describe('The questions that must be answered for it.'),
  inputPrice: z.string().nullable(),
  outputPrice: z.string().nullable(),
  notes: z.array(z.string()).describe('What is read differently, or is not taken over.'),
  problem: z.string().nullable().describe('Why it cannot be added as it stands.'),
  conflict: z.string().nullable().describe('What stands in its way here already.'),
})
export type PlanRowView = z.infer<typeof PlanRowView>

export const AskView = z
  .object({
    id: z.string(),
    label: z.string(),
    kind: z.enum(['key', 'value', 'url']),
    optional: z.boolean(),
    help: z.string(),
    usedBy: z.int().min(0).describe('Rows that need it.'),
  })
  .describe('Something that a file does not hold: a key, the value of a variable.')
export type AskView = z.infer<typeof AskView>

export const PlanView = z
  .object({
    source: IntakeSource,
    rows: z.array(PlanRowView),
    skipped: z.array(z.object({ name: z.string(), modelId: z.string(), reason: z.string() })),
    asks: z.array(AskView),
    groups: z.array(z.object({ address: z.string(), rows: z.int() })),
    notes: z.array(z.string()).describe('What else was found in the file, and is not taken over.'),
  })
  .describe('What an import would do.')
export type PlanView = z.infer<typeof PlanView>
