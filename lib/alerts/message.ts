import type { Scope } from '#lib/tenancy/index.ts'
import type { RuleView } from './answers.ts'
import type { AlertEvent } from './schema.ts'
import { measureWords, showFigure, units } from './words.ts'

/** The kind of the notice that a rule raises in the studio. */
export const ruleNotice = 'alert'

export type MessageLevel = 'info' | 'warn' | 'bad' | 'ok'

/** What is said, whatever channel it goes to: names and figures alone. */
export interface Message {
  event: AlertEvent
  level: MessageLevel
  title: string
  text: string
  /** Of a page of the studio. */
  path: string
  at: string
  rule: MessageRule | null
}

/** Figures are decimals in `unit`. */
export interface MessageRule {
  id: string
  name: string
  condition: RuleView['condition']
  percentile: number | null
  scope: RuleView['scope']
  scopeId: string
  scopeLabel: string
  windowMinutes: number
  unit: string
  value: string | null
  threshold: string
  resolveBelow: string
  /** The same in what is said when it fires and when it is resolved. */
  firedAt: string | null
}

/** `view`: as it stands after the look that made it fire or resolve. */
export function ruleMessage(
  scope: Scope,
  view: RuleView,
  { value, threshold, resolveBelow }: { value: bigint | null; threshold: bigint; resolveBelow: bigint },
  say: 'fired' | 'resolved',
  now: Date,
): Message {
  const { id, name, condition, percentile, windowMinutes, firedAt } = view
  const shown = (figure: bigint) => showFigure(condition, figure)
  const isNow = value === null ? 'There is nothing to judge any more' : `It is ${shown(value)} now`
  const text =
    say === 'fired'
      ? `${measureWords(view)}: ${shown(value ?? 0n)}. The threshold is ${shown(threshold)}.`
      : `${measureWords(view)}: below ${shown(resolveBelow)} for 5 minutes. ${isNow}.`
  return {
    event: say === 'fired' ? 'alert.fired' : 'alert.resolved',
    level: say === 'fired' ? 'warn' : 'ok',
    title: say === 'fired' ? name : `Resolved: ${name}`,
    text,
    path: `/${scope.workspace.slug}/settings/alerts?rule=${id}`,
    at: now.toISOString(),
    rule: {
      ...{ id, name, condition, percentile, scope: view.scope, scopeId: view.scopeId, scopeLabel: view.scopeLabel },
      ...{ windowMinutes, unit: units[condition], firedAt },
      ...{ value: view.value, threshold: view.threshold, resolveBelow: view.resolveBelow },
    },
  }
}
