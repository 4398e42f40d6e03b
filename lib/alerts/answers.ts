import { z } from 'zod'
import { Instant } from '#lib/core/operation.ts'
import { channelKinds, conditions, deliveryStates, events, noticeGroups, ruleScopes } from './vocabulary.ts'

/* What the room's routes answer. The exported names are those of the API's document. */

const version = z.int().min(1).describe('To be sent back with an edit.')
const figure = z
  .string()
  .describe('A decimal in the unit of the condition: dollars, percent, milliseconds, or a count.')

export const RuleView = z
  .object({
    id: z.string(),
    name: z.string(),
    condition: z.enum(conditions),
    percentile: z.int().nullable().describe('Of latencies: 50, 95 or 99.'),
    scope: z.enum(ruleScopes),
    scopeId: z.string().describe('Of the model, deployment, key or budget; empty for the workspace.'),
    scopeLabel: z.string().describe('Its name; the id where it is gone.'),
    windowMinutes: z.int(),
    threshold: figure,
    resolveBelow: figure,
    callsMin: z.int().describe('Fewer calls in the window say nothing.'),
    channelIds: z.array(z.string()),
    state: z
      .enum(['new', 'quiet', 'ok', 'firing'])
      .describe('`new`: not looked at yet; `quiet`: nothing to judge, as with too few calls.'),
    value: figure.nullable().describe('As last seen.'),
    firedAt: Instant.nullable().describe('Of the firing that stands, or of the last one.'),
    resolvedAt: Instant.nullable().describe('Of the last firing; null while it stands.'),
    evaluatedAt: Instant.nullable(),
    mutedUntil: Instant.nullable().describe('A year far away: until somebody unmutes it.'),
    version,
    createdAt: Instant,
  })
  .describe('A figure that is looked at by the clock, and what was seen last.')
export type RuleView = z.infer<typeof RuleView>

export const ChannelView = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: z.enum(channelKinds),
    recipients: z.array(z.string()).describe('Of e-mails.'),
    host: z.string().describe('Of the URL, which is not shown again.'),
    notices: z.array(z.enum(noticeGroups)).describe("The workspace's own notices that go there, too."),
    rules: z.int().describe('So many rules send there.'),
    lastDelivery: z
      .object({ id: z.string(), state: z.enum(deliveryStates), at: Instant })
      .nullable()
      .describe('The newest message to it.'),
    version,
    createdAt: Instant,
  })
  .describe('Where messages go.')
export type ChannelView = z.infer<typeof ChannelView>

export const ChannelWithSecret = ChannelView.extend({
  secret: z.string().nullable().describe('Signs the bodies of a webhook. Shown this once; null for other kinds.'),
})
export type ChannelWithSecret = z.infer<typeof ChannelWithSecret>

export const DeliveryView = z
  .object({
    id: z.string().describe('Also in the header `x-patchbay-delivery`: the same for each attempt.'),
    channelId: z.string(),
    channelName: z.string(),
    ruleId: z.string().describe('Empty where no rule said it.'),
    event: z.enum(events),
    title: z.string(),
    state: z.enum(deliveryStates),
    attempts: z.int(),
    nextAt: Instant.nullable().describe('Of the next attempt.'),
    createdAt: Instant,
    endedAt: Instant.nullable(),
  })
  .describe('One message to one channel.')
export type DeliveryView = z.infer<typeof DeliveryView>

export const AttemptView = z.object({
  number: z.int(),
  at: Instant,
  durationMs: z.int().nullable().describe('Null: it runs, or it broke off.'),
  status: z.int().nullable().describe('Of HTTP or SMTP; null where none came.'),
  code: z.string().describe('Why it failed; empty where it went well.'),
  answer: z.string().describe('The first bytes that came back, secrets cut out.'),
})
export type AttemptView = z.infer<typeof AttemptView>

export const DeliveryDetail = DeliveryView.extend({ text: z.string(), tries: z.array(AttemptView) })
export type DeliveryDetail = z.infer<typeof DeliveryDetail>
