import type { JackState } from '#components/ui/jack.tsx'
import {
  type ChannelKind,
  type ConditionName,
  type DeliveryState,
  type NoticeGroup,
  type RuleView,
  showFigure,
  units,
} from '#lib/alerts/schema.ts'
import { parseNanoUsd } from '#lib/core/money.ts'

export const kindNames: Readonly<Record<ChannelKind, string>> = { email: 'E-mail', slack: 'Slack', webhook: 'Webhook' }

export const noticeNames: Readonly<Record<NoticeGroup, string>> = {
  budget: 'Budgets at 50, 80 and 100 %',
  failing_model: 'Models out of reach',
  key_refused: 'Refused keys',
  drift: 'Models that changed',
}

export const deliveryWords: Readonly<Record<DeliveryState, { jack: JackState; word: string }>> = {
  waiting: { jack: 'run', word: 'On its way' },
  delivered: { jack: 'ok', word: 'Delivered' },
  failed: { jack: 'bad', word: 'Given up' },
}

export const ruleWords: Readonly<Record<RuleView['state'], { jack: JackState; word: string }>> = {
  new: { jack: 'run', word: 'Looked at within a minute' },
  quiet: { jack: 'idle', word: 'Nothing to judge' },
  ok: { jack: 'ok', word: 'Calm' },
  firing: { jack: 'bad', word: 'Firing' },
}

/** A figure of the API with its unit. */
export function shownFigure(condition: ConditionName, figure: string): string {
  const unit = units[condition]
  if (unit === 'percent') return `${figure} %`
  return showFigure(condition, unit === 'usd' ? parseNanoUsd(figure) : BigInt(figure))
}

/** Far away: until somebody unmutes it. */
export const isForever = (mutedUntil: string) => mutedUntil.startsWith('9999')
