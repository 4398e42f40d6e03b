import { z } from 'zod'
import { PageInput } from '#lib/core/page.ts'
import {
  channelKinds,
  conditions,
  deliveryStates,
  events,
  noticeGroups,
  percentiles,
  ruleScopes,
  windows,
} from './vocabulary.ts'

// What routes answer are schemas, in answers.ts. Browsers take their types alone.
export type { AttemptView, ChannelView, ChannelWithSecret, DeliveryDetail, DeliveryView, RuleView } from './answers.ts'
export {
  type AlertScopeName,
  type ConditionName,
  channelKinds,
  conditionFacts,
  conditions,
  noticeGroups,
  percentiles,
  windows,
} from './vocabulary.ts'
export {
  conditionNames,
  figureText,
  measureWords,
  parseFigure,
  showFigure,
  units,
  usualResolveBelow,
  windowWords,
} from './words.ts'

export const Condition = z.enum(conditions)
export const AlertScope = z.enum(ruleScopes)
export const ChannelKind = z.enum(channelKinds)
export type ChannelKind = z.infer<typeof ChannelKind>
export const NoticeGroup = z.enum(noticeGroups)
export type NoticeGroup = z.infer<typeof NoticeGroup>
export const AlertEvent = z.enum(events)
export type AlertEvent = z.infer<typeof AlertEvent>
export const DeliveryState = z.enum(deliveryStates)
export type DeliveryState = z.infer<typeof DeliveryState>

const id = z.string().min(1).max(64)
const version = z.coerce.number('Send the version that you read.').int().min(1).max(2_147_483_647)
const name = z.string().trim().min(1, 'Give it a name.').max(100, 'At most 100 characters.')
/** As a person or a program writes it, in the condition's unit. */
const Figure = z.union([z.string().min(1, 'Write a number.').max(32), z.number()])
const Window = z.coerce.number().pipe(z.literal([...windows], `Choose one of ${windows.join(', ')} minutes.`))
const Percentile = z.coerce.number().pipe(z.literal([...percentiles], 'Choose 50, 95 or 99.'))

const ruleFields = {
  name,
  condition: Condition,
  percentile: Percentile.nullish(),
  scope: AlertScope.default('workspace'),
  scopeId: z.string().max(256).default(''),
  windowMinutes: Window.default(15),
  threshold: Figure,
  resolveBelow: Figure.nullish(),
  callsMin: z.coerce.number().int().min(1).max(1_000_000).default(20),
  channelIds: z.array(id).max(20, 'At most 20 channels.').default([]),
}

export const CreateRuleInput = z.strictObject(ruleFields)
export type CreateRuleInput = z.input<typeof CreateRuleInput>

export const UpdateRuleInput = z.strictObject({ ...ruleFields, id, version })
export type UpdateRuleInput = z.input<typeof UpdateRuleInput>

/** `minutes`: null until somebody unmutes it, 0: not muted. */
export const MuteRuleInput = z.strictObject({ id, minutes: z.coerce.number().int().min(0).max(43_200).nullable() })
export type MuteRuleInput = z.input<typeof MuteRuleInput>

export const AlertIdInput = z.strictObject({ id })

const recipients = z
  .array(z.email('Write an e-mail address.').max(254))
  .min(1, 'Write at least one address.')
  .max(20, 'At most 20 addresses.')
const url = z.string().trim().min(1, 'Write the address.').max(2_048, 'At most 2,048 characters.')
const notices = z.array(NoticeGroup).max(noticeGroups.length).default([])

export const CreateChannelInput = z.strictObject({
  name,
  kind: ChannelKind,
  recipients: recipients.optional(),
  url: url.optional(),
  notices,
})
export type CreateChannelInput = z.input<typeof CreateChannelInput>

/** A URL that is left out stays as it is. */
export const UpdateChannelInput = z.strictObject({
  id,
  version,
  name,
  recipients: recipients.optional(),
  url: url.optional(),
  notices,
})
export type UpdateChannelInput = z.input<typeof UpdateChannelInput>

export const ListDeliveriesInput = PageInput.extend({
  channelId: id.optional(),
  ruleId: id.optional(),
  state: DeliveryState.optional(),
})
export type ListDeliveriesInput = z.input<typeof ListDeliveriesInput>
