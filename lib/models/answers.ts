import { z } from 'zod'
import { Instant, Money } from '#lib/core/operation.ts'
import { checkKeys, healthWords, validationReasons } from './views.ts'
import { CapabilityCard, CapabilityKey, ModelType, ProfileField, Region, WireProfile } from './vocabulary.ts'

/*
 * What the room's routes answer. The exported names are those of the API's document; browsers take the types alone,
 * through `views.ts`.
 */

const price = z.string().nullable()
const count = z.int().min(0)

export const FieldFix = z
  .object({
    field: z.string(),
    value: z.union([z.string(), z.boolean()]),
    label: z.string().describe("The button's words."),
  })
  .describe('A change of one field that mends the problem.')

export const CheckProblem = z.object({
  code: z.string().describe('Machine-readable: `key_refused`, `model_not_served`, `private_address` and so on.'),
  field: z.string().describe('The field of the model to mark.'),
  message: z.string().describe('Cause and what to do.'),
  fixes: z.array(FieldFix).describe('What buttons set.'),
  allow: z.string().nullable().describe('`host:port` that an operator may allow; null for others.'),
})
export type CheckProblem = z.infer<typeof CheckProblem>

const Header = z.object({ name: z.string(), value: z.string() })

export const EvidenceView = z
  .object({
    name: z.string(),
    request: z.string(),
    status: z.int().nullable(),
    response: z.string(),
    ms: z.number(),
    inputTokens: count,
    outputTokens: count,
    cost: Money.nullable(),
    at: Instant,
    url: z.string().describe('What was called, without its query.').optional(),
    firstByteMs: z.number().nullable().describe('Null: no answer came, or it came whole.').optional(),
    requestHeaders: z.array(Header).describe('Secrets are dots.').optional(),
    responseHeaders: z.array(Header).describe('Those that say something about the call.').optional(),
    control: z
      .enum(['key', 'model'])
      .nullable()
      .describe('A negative control: sent with a wrong key or a made-up Model ID, so that a pass means something.')
      .optional(),
    about: z.array(CapabilityKey).describe('The capabilities that it decides.').optional(),
  })
  .describe('One exchange with the server, without secrets, shortened.')
export type EvidenceView = z.infer<typeof EvidenceView>

export const CheckView = z
  .object({
    key: z
      .enum(checkKeys)
      .describe(
        '`address`, `listing`, `authentication`, `model`, or a group of capabilities: `streaming`, `tools` ...',
      ),
    label: z.string(),
    group: z.enum(['connection', 'capabilities']),
    required: z.boolean().describe('Must pass before the model may be saved.'),
    state: z
      .enum(['waiting', 'running', 'passed', 'warned', 'failed', 'absent', 'skipped'])
      .describe('warned: passed, with something to know. absent: not offered. skipped: not run, `summary` says why.'),
    summary: z.string().describe('Short, for the row.'),
    ms: z.number().nullable(),
    problem: CheckProblem.nullable().describe(
      'Set where it failed: the field to mark, the cause and what to do. With `warned`: what was found and is offered.',
    ),
    evidence: z.array(EvidenceView),
  })
  .describe('One row of a validation.')
export type CheckView = z.infer<typeof CheckView>

export const OfferedModel = z
  .object({
    id: z.string(),
    kind: z
      .enum([...ModelType.options, 'other'])
      .nullable()
      .optional()
      .describe('The Type that it seems to be for, by what the server tells or by its name; `other` has none.'),
    contextTokens: z.int().nullable(),
    inputPrice: price,
    outputPrice: price,
    cachedInputPrice: price,
    imagePrice: price,
  })
  .describe("One model of a server's own listing. Prices as decimal USD per 1M tokens or per image.")
export type OfferedModel = z.infer<typeof OfferedModel>

export const ValidationStatus = z.enum(['running', 'passed', 'failed', 'cancelled'])
export type ValidationStatus = z.infer<typeof ValidationStatus>

export const ValidationLimits = z
  .object({
    calls: count,
    ms: count,
    inputTokens: count,
    outputTokens: count,
    cost: Money.nullable().describe('The most it can cost at the prices given; null without prices.'),
  })
  .describe('What one validation may use at most.')
export type ValidationLimits = z.infer<typeof ValidationLimits>

export const ValidationView = z.object({
  id: z.string(),
  status: ValidationStatus,
  savable: z.boolean().describe('True as soon as address, authentication and model have passed.'),
  modelId: z.string().nullable(),
  subject: z
    .object({ type: ModelType, name: z.string(), baseUrl: z.string(), modelId: z.string() })
    .describe('What was validated, without secrets.'),
  checks: z.array(CheckView),
  capabilities: CapabilityCard,
  profile: WireProfile,
  offered: OfferedModel.nullable().describe('What the listing told about this model.'),
  baseUrl: z.string().describe('Where calls really go, when a missing `/v1` was found by trying.'),
  limits: ValidationLimits,
  calls: count,
  cost: Money,
  startedAt: Instant,
  finishedAt: Instant.nullable(),
  startedBy: z.string(),
  reason: z.enum(validationReasons),
})
export type ValidationView = z.infer<typeof ValidationView>

const seq = z.int().min(1)
export const ValidationEvent = z
  .discriminatedUnion('type', [
    z.object({ seq, type: z.literal('started'), validation: ValidationView }),
    z.object({ seq, type: z.literal('check'), check: CheckView }),
    z.object({ seq, type: z.literal('progress'), calls: count, cost: Money, savable: z.boolean() }),
    z.object({ seq, type: z.literal('finished'), validation: ValidationView }),
  ])
  .describe(
    "One event of a validation's stream; `seq` rises by one, so that a reader can resume after what it has seen.",
  )
export type ValidationEvent = z.infer<typeof ValidationEvent>

export const PriceView = z
  .object({
    id: z.string(),
    effectiveFrom: Instant,
    inputPrice: price,
    outputPrice: price,
    cachedInputPrice: price,
    imagePrice: price,
    createdBy: z.string(),
  })
  .describe('Prices in force from a moment on, as decimal USD per 1M tokens or per image; null is unpriced.')
export type PriceView = z.infer<typeof PriceView>

export const AddressView = z.object({ address: z.string(), kind: z.enum(['slug', 'alias', 'former']) })
export type AddressView = z.infer<typeof AddressView>

const Paths = z.partialRecord(ModelType, z.string())
const TimeoutsView = z.object({ connectMs: count, firstByteMs: count, idleMs: count, totalMs: count }).partial()

export const ModelView = z
  .object({
    id: z.string(),
    version: z.int().min(1).describe('To be sent back with an edit.'),
    type: ModelType,
    name: z.string(),
    slug: z.string(),
    aliases: z.array(z.string()),
    addresses: z.array(AddressView),
    modelId: z.string(),
    region: Region,
    description: z.string(),
    baseUrl: z.string(),
    host: z.string(),
    key: z
      .object({ header: z.string(), lastFour: z.string(), fingerprint: z.string(), setAt: Instant })
      .nullable()
      .describe('Null: the server needs no key.'),
    keyRefusedAt: Instant.nullable().describe(
      'Set while the server refuses the key: calls are answered 502 without calling it.',
    ),
    headerNames: z.array(z.string()),
    queryNames: z.array(z.string()),
    ca: z.string(),
    paths: Paths,
    timeouts: TimeoutsView,
    maxTokens: z.int().nullable(),
    temperature: z.number().nullable(),
    contextTokens: z.int().nullable(),
    inputPrice: price,
    outputPrice: price,
    cachedInputPrice: price,
    imagePrice: price,
    priced: z.boolean(),
    state: z.enum(['active', 'disabled']),
    capabilities: CapabilityCard,
    profile: WireProfile,
    practice: z.boolean(),
    validationId: z.string().nullable(),
    validatedAt: Instant.nullable(),
    addedBy: z.string(),
    createdAt: Instant,
    updatedAt: Instant,
  })
  .describe('A model as it leaves Patchbay: no secret is in it.')
export type ModelView = z.infer<typeof ModelView>

export const ProfileView = z
  .object({
    modelId: z.string(),
    slug: z.string(),
    type: ModelType,
    version: z.int().min(1).describe('To be sent back with an edit.'),
    profile: WireProfile.describe('In force.'),
    learned: WireProfile.describe('What the last validation found.'),
    byHand: z
      .partialRecord(ProfileField, z.object({ by: z.string(), at: Instant }))
      .describe('Fields that somebody set; validation leaves them alone.'),
    validatedAt: Instant.nullable(),
  })
  .describe("How calls are changed for a server's sake.")
export type ProfileView = z.infer<typeof ProfileView>

export const RoutingView = z
  .object({
    modelId: z.string(),
    slug: z.string(),
    version: z.int().min(1).describe('To be sent back with an edit.'),
    retry: z
      .object({
        count: z.int().min(0).max(5).describe('Retries on this model.'),
        onCodes: z.array(z.int()).nullable().describe('Null: every failure that may be retried.'),
      })
      .nullable()
      .describe('Null: a call is not tried again.'),
    fallbacks: z
      .array(
        z.object({
          modelId: z.string(),
          slug: z.string(),
          name: z.string(),
          takesPart: z.boolean().describe('False: disabled, or of another Type by now.'),
        }),
      )
      .describe('Who answers when this model does not, in the order of their turn.'),
  })
  .describe('What becomes of calls that fail and bring no policy of their own.')
export type RoutingView = z.infer<typeof RoutingView>

export const ModelUseView = z.object({ kind: z.string(), refId: z.string(), label: z.string() })
export type ModelUseView = z.infer<typeof ModelUseView>

export const ModelDraftView = z
  .object({
    type: ModelType,
    baseUrl: z.string(),
    noKey: z.boolean(),
    name: z.string(),
    modelId: z.string(),
    region: Region,
    description: z.string(),
    maxTokens: z.int().nullable(),
    temperature: z.number().nullable(),
    inputPrice: price,
    outputPrice: price,
    cachedInputPrice: price,
    imagePrice: price,
    contextTokens: z.int().nullable(),
    keyHeader: z.string(),
    headerNames: z.array(z.string()).optional(),
    queryNames: z.array(z.string()).optional(),
    ca: z.string(),
    timeouts: TimeoutsView,
    paths: Paths,
    apiKey: z
      .string()
      .describe('Present for the practice provider only, whose key is no secret of anybody.')
      .optional(),
  })
  .describe('What the form of a copy is filled with: everything but the secrets.')
export type ModelDraftView = z.infer<typeof ModelDraftView>

const milliseconds = z.number().nullable()
export const HealthWindow = z
  .object({
    requests: count,
    errors: count.describe("The server's failures, not the callers' mistakes."),
    errorRate: z.number().nullable().describe('0 to 1; null without calls.'),
    firstByteP50Ms: milliseconds,
    firstByteP95Ms: milliseconds,
  })
  .describe('Calls that reached the server.')
export type HealthWindow = z.infer<typeof HealthWindow>

export const ModelHealth = z
  .object({
    modelId: z.string(),
    word: z.enum(healthWords),
    keyRefusedAt: Instant.nullable(),
    breakerUntil: Instant.nullable().describe('Until then a gateway keeps calls away: it failed five times in a row.'),
    minutes5: HealthWindow,
    hour1: HealthWindow,
    hours24: HealthWindow,
    firstByteMedianMs: milliseconds.describe('Median of the first byte over 7 days: what `slow` is measured by.'),
    lastCallAt: Instant.nullable(),
  })
  .describe('What traffic tells of a model.')
export type ModelHealth = z.infer<typeof ModelHealth>

export const OfferedModels = z.object({
  models: z.array(OfferedModel),
  baseUrl: z.string().describe('Where the listing was found; a missing `/v1` is added.'),
  problem: CheckProblem.nullable().describe('Why there are none.'),
})
export type OfferedModels = z.infer<typeof OfferedModels>

export const BulkResult = z
  .object({
    id: z.string(),
    name: z.string().describe('Empty where there is no such model.'),
    ok: z.boolean(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    uses: z.array(ModelUseView).describe('What stands in the way of deleting it.'),
  })
  .describe('What became of one of many models.')
export type BulkResult = z.infer<typeof BulkResult>

export const KeyRetry = z
  .object({
    accepted: z.boolean().describe('Calls go on for every model with this key.'),
    problem: CheckProblem.nullable(),
  })
  .describe('How a refused key did when it was tried again.')
export type KeyRetry = z.infer<typeof KeyRetry>

export const RotationMember = ModelView.pick({
  id: true,
  name: true,
  slug: true,
  modelId: true,
  state: true,
  keyRefusedAt: true,
})
export type RotationMember = z.infer<typeof RotationMember>

export const RotationResult = z.object({
  id: z.string(),
  name: z.string(),
  replaced: z.boolean(),
  problem: CheckProblem.nullable().describe('Why it kept the old key.'),
})
export type RotationResult = z.infer<typeof RotationResult>
