import { z } from 'zod'
import { Instant } from '#lib/core/operation.ts'
import { ModelType } from '#lib/models/schema.ts'
import { DeploymentConfig } from './config.ts'
import { releaseKinds } from './vocabulary.ts'

/*
 * What the room's routes answer. The exported names are those of the API's document; browsers take the types alone,
 * through `schema.ts`.
 */

const version = z.int().min(1).describe('To be sent back with an edit.')
const VersionName = z
  .string()
  .regex(/^\d+\.\d+$/)
  .describe('`1.0`, `1.1` and so on.')
const percent = z.number().min(0).max(100)
const who = z.string().describe('A name; empty where it is not known.')

export const ConfigProblemView = z
  .object({ path: z.string().describe('The field: `variants.0.model`.'), message: z.string() })
  .describe('Why a configuration cannot be published as it stands.')
export type ConfigProblemView = z.infer<typeof ConfigProblemView>

export const EnvironmentView = z
  .object({
    name: z.string(),
    serves: VersionName.nullable().describe('Null: nothing was published to it yet.'),
    since: Instant.nullable().describe('When it came to serve that.'),
    canary: z
      .object({ version: VersionName, percent })
      .nullable()
      .describe('The part of the calls that goes elsewhere.'),
    rollsBackTo: VersionName.nullable().describe('What it served before; null where there is nothing to go back to.'),
    version,
    updatedAt: Instant,
  })
  .describe('A name that points to a version.')
export type EnvironmentView = z.infer<typeof EnvironmentView>

export const DeploymentView = z
  .object({
    id: z.string(),
    key: z.string().describe('What callers name: `deployment/<key>`.'),
    formerKeys: z.array(z.string()).describe('They go on working until another deployment takes them.'),
    type: ModelType,
    description: z.string(),
    version,
    environments: z.array(EnvironmentView),
    latest: VersionName.nullable().describe('The newest version; null before the first is published.'),
    models: z
      .array(z.object({ id: z.string(), slug: z.string(), name: z.string(), state: z.enum(['active', 'disabled']) }))
      .describe('Those that the draft or a served version may call.'),
    changed: z.boolean().describe('True where the draft differs from the newest version.'),
    draftSavedBy: who,
    draftSavedAt: Instant,
    createdBy: who,
    createdAt: Instant,
    updatedAt: Instant,
  })
  .describe('A key that code calls; behind it versions that people change without a release.')
export type DeploymentView = z.infer<typeof DeploymentView>

export const FindingView = z
  .object({
    variant: z.int().min(0).describe('Its place among the variants.'),
    target: z.int().min(0).describe('0 is its own model, from 1 on its fallbacks.'),
    need: z.string().describe('`tools`, `json_schema`, `vision`, `context`, `region`, `state` and so on.'),
    severity: z
      .enum(['refused', 'warned', 'adapted'])
      .describe(
        'refused: it cannot be published. warned: nobody knows. adapted: the request is changed for this model.',
      ),
    message: z.string(),
  })
  .describe('What one model of a variant makes of what the variant needs.')
export type FindingView = z.infer<typeof FindingView>

export const DraftCheckView = z
  .object({
    publishable: z.boolean(),
    problems: z.array(ConfigProblemView),
    findings: z.array(FindingView),
  })
  .describe('Whether a draft can be published, and what would be adapted.')
export type DraftCheckView = z.infer<typeof DraftCheckView>

export const DraftView = z
  .object({
    config: DeploymentConfig,
    version,
    savedBy: who,
    savedAt: Instant,
    changed: z.boolean().describe('True where it differs from the newest version.'),
  })
  .describe('What is being worked on.')
export type DraftView = z.infer<typeof DraftView>

export const VersionView = z
  .object({
    version: VersionName,
    description: z.string(),
    createdBy: who,
    createdAt: Instant,
    environments: z.array(z.string()).describe('Those that it serves.'),
    canaryOf: z.array(z.string()).describe('Those that send a part of their calls to it.'),
  })
  .describe('A version: it never changes.')
export type VersionView = z.infer<typeof VersionView>

export const VersionDetailView = VersionView.extend({ config: DeploymentConfig })
export type VersionDetailView = z.infer<typeof VersionDetailView>

export const PublishedView = z
  .object({
    version: VersionName,
    environment: z.string(),
    adapted: z
      .array(FindingView)
      .describe('What is changed in calls for the sake of single models, and what nobody has shown.'),
  })
  .describe('What was published.')
export type PublishedView = z.infer<typeof PublishedView>

export const ReleaseView = z
  .object({
    id: z.string(),
    environment: z.string(),
    kind: z.enum(releaseKinds),
    version: VersionName,
    from: VersionName.nullable(),
    percent: percent.nullable().describe('Of a canary.'),
    by: z.string(),
    at: Instant,
  })
  .describe('Which version an environment came to serve.')
export type ReleaseView = z.infer<typeof ReleaseView>

export const ChangeView = z
  .object({
    path: z.string().describe('The field.'),
    label: z.string(),
    kind: z.enum(['added', 'removed', 'changed', 'moved']),
    before: z.unknown().describe('Absent with `added`.'),
    after: z.unknown().describe('Absent with `removed`.'),
  })
  .describe('One difference.')
export type ChangeView = z.infer<typeof ChangeView>

export const DiffView = z
  .object({
    from: z.string(),
    to: z.string(),
    sections: z.array(
      z.object({
        area: z.enum(['prompt', 'model', 'parameters', 'tools', 'behaviour', 'variables', 'variants', 'routing']),
        variant: z.string().nullable().describe('Null: of all variants.'),
        changes: z.array(ChangeView),
      }),
    ),
  })
  .describe('What differs between two versions, or a version and the draft.')
export type DiffView = z.infer<typeof DiffView>

export const TriedContextView = z
  .object({
    version: z.string().describe('The version, or `draft`.'),
    variant: z.string(),
    row: z.int().min(0).nullable().describe('The row that matches; null: none, so the default variant answers.'),
    place: percent.nullable().describe('Where the identity or thread lies in the split of the row, in percent.'),
    canary: z
      .object({ version: VersionName, percent, place: percent, taken: z.boolean() })
      .nullable()
      .describe('Of the environment, where it has one.'),
    rows: z.array(
      z.object({
        matches: z.boolean(),
        conditions: z.array(z.object({ holds: z.boolean(), why: z.string().describe('Empty where it holds.') })),
      }),
    ),
  })
  .describe('Which variant answers a call with this context, and why.')
export type TriedContextView = z.infer<typeof TriedContextView>
