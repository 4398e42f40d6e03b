'use client'
import { useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { FormSummary } from '#components/form/form-summary.tsx'
import { NumberInput } from '#components/form/number-input.tsx'
import { ApiError, callApi } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import {
  type BudgetUnit,
  type BudgetView,
  type BudgetWindow,
  budgetWords,
  type LimitKind,
  type LimitView,
  limitWords,
  rateWords,
  scopeWords,
} from '#lib/metering/schema.ts'
import { formatUnits, toUnits, windowWords } from './figures.ts'
import { apiOf } from './queries.ts'
import { type ScopeChoice, ScopeField, wholeWorkspace } from './scope-field.tsx'

/** What is made, or the one that is changed: of that only the amount. */
export type RuleDraft =
  | { what: 'budget' | 'limit'; edited?: undefined; choice?: ScopeChoice | undefined }
  | { what: 'budget'; edited: BudgetView }
  | { what: 'limit'; edited: LimitView }

const units: { value: BudgetUnit; label: string }[] = [
  { value: 'usd', label: 'Dollars' },
  { value: 'tokens', label: 'Tokens' },
]
const windows: { value: BudgetWindow; label: string; resets: string }[] = [
  { value: 'day', label: 'A day', resets: 'It resets every midnight' },
  { value: 'week', label: 'A week', resets: 'It resets every Monday at midnight' },
  { value: 'month', label: 'A month', resets: 'It resets on the first of the month at midnight' },
  { value: 'total', label: 'In all', resets: 'It never resets' },
]
const kinds: { value: LimitKind; label: string }[] = [
  { value: 'requests_per_minute', label: 'Requests a minute' },
  { value: 'tokens_per_minute', label: 'Tokens a minute' },
  { value: 'concurrency', label: 'Calls at once' },
]
const labels = { scopeId: 'Applies to', amount: 'Amount' }

/** A new budget or limit, or another amount for one that stands. */
export function RuleDialog({
  workspace,
  timeZone,
  draft,
  onClose,
  onSaved,
}: {
  workspace: string
  timeZone: string
  draft: RuleDraft
  onClose: () => void
  onSaved: (view: BudgetView | LimitView) => void
}) {
  const { what, edited } = draft
  const [choice, setChoice] = useState<ScopeChoice>((!edited && draft.choice) || wholeWorkspace)
  const [unit, setUnit] = useState<BudgetUnit>(what === 'budget' && edited ? edited.unit : 'usd')
  const [window, setWindow] = useState<BudgetWindow>('month')
  const [kind, setKind] = useState<LimitKind>('requests_per_minute')
  const [amount, setAmount] = useState<string>(edited?.amount ?? '')
  const [version, setVersion] = useState(edited?.version)
  const [theirs, setTheirs] = useState<string>()
  const [errors, setErrors] = useState<Record<string, string>>({})
  const [message, setMessage] = useState<string>()
  const [attempt, setAttempt] = useState(0)
  const [working, setWorking] = useState(false)

  function fail(fields: Record<string, string>, text?: string) {
    setErrors(fields)
    setMessage(Object.keys(fields).length > 0 ? undefined : text)
    setAttempt((count) => count + 1)
  }

  async function save() {
    const missing: Record<string, string> = {}
    if (!edited && choice.scope !== 'workspace' && choice.scopeId === '') missing.scopeId = 'Choose what it applies to.'
    if (amount.trim() === '') missing.amount = 'Write an amount.'
    if (Object.keys(missing).length > 0) return fail(missing)
    setWorking(true)
    setErrors({})
    setMessage(undefined)
    const base = `${apiOf(workspace)}/${what}s`
    const { scope, scopeId } = choice
    try {
      onSaved(
        edited
          ? await callApi(`${base}/${edited.id}`, { method: 'PATCH', body: { version, amount } })
          : await callApi(base, {
              body: { scope, scopeId, amount, ...(what === 'budget' ? { unit, window } : { kind }) },
            }),
      )
    } catch (error) {
      const refused = error instanceof ApiError ? error : new ApiError(0, {})
      fail(refused.fields, refused.message)
      // What somebody else saved meanwhile is shown, and replaced only by pressing once more.
      const current = refused.code === 'stale_version' ? (refused.body.current as BudgetView | LimitView) : undefined
      if (current) {
        setVersion(current.version)
        setTheirs(current.amount)
      }
    } finally {
      setWorking(false)
    }
  }

  const title = edited ? `Change the ${nameOf(draft)}` : what === 'budget' ? 'New budget' : 'New limit'
  const isDollars = what === 'budget' && unit === 'usd'
  return (
    <Dialog
      open
      onOpenChange={() => !working && onClose()}
      title={title}
      {...(!edited && { description: intro[what] })}
      keepOnOutsideClick
      footer={
        <>
          <Button variant="quiet" onClick={onClose} disabled={working}>
            Cancel
          </Button>
          <Button variant="main" type="submit" form="rule" loading={working}>
            {edited ? 'Save' : what === 'budget' ? 'Set budget' : 'Set limit'}
          </Button>
        </>
      }
    >
      <Form
        id="rule"
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (!working) void save()
        }}
      >
        <FormSummary errors={errors} labels={labels} message={message} attempt={attempt} />
        {theirs !== undefined && (
          <Notice tone="warn" live>
            It is {shownAmount(draft, theirs)} now; you wrote {shownAmount(draft, amount)}. Save once more to replace
            it.
          </Notice>
        )}
        {!edited && (
          <>
            <ScopeField workspace={workspace} value={choice} onChange={setChoice} error={errors.scopeId} />
            {what === 'budget' ? (
              <>
                <Field label="Counts" name="unit">
                  <Segmented value={unit} onChange={setUnit} options={units} />
                </Field>
                <Field
                  label="In"
                  name="window"
                  help={`${windows.find(({ value }) => value === window)?.resets}${window === 'total' ? '.' : `, ${timeZone}.`}`}
                >
                  <Segmented fill value={window} onChange={setWindow} options={windows} />
                </Field>
              </>
            ) : (
              <Field
                label="Limits"
                name="kind"
                help={
                  kind === 'concurrency'
                    ? 'Calls that run at the same time, over all processes.'
                    : 'In every 60 seconds that slide by, over all processes.'
                }
              >
                <Segmented fill value={kind} onChange={setKind} options={kinds} />
              </Field>
            )}
          </>
        )}
        <Field label="At most" name="amount" error={errors.amount} help={amountHelp(draft, unit, kind)} required>
          <NumberInput
            decimal={isDollars}
            {...(isDollars && { prefix: '$' })}
            placeholder={isDollars ? '50' : what === 'budget' ? '1,000,000' : '600'}
            maxLength={32}
            value={amount}
            onChange={(event) => setAmount(event.target.value)}
            autoFocus={Boolean(edited)}
          />
        </Field>
        {!edited && (
          <p className="text-pretty text-muted text-sm" aria-live="polite">
            {what === 'budget'
              ? `A call that may cost more than is left of the ${budgetWords(window, choice.scope, shownScope(choice))} is refused with 402, which names the reset.`
              : `A call beyond it, for ${scopeWords(choice.scope, shownScope(choice))}, is refused with 429, which says when to come back.`}
          </p>
        )}
      </Form>
    </Dialog>
  )
}

const intro = {
  budget: 'Caps what may be spent in a period. Admins hear of 50, 80 and 100 %.',
  limit: 'Caps how fast calls come.',
}

function shownScope({ scope, scopeId, label }: ScopeChoice): string {
  return scope === 'identity' ? scopeId || '…' : label || '…'
}

function nameOf(draft: RuleDraft): string {
  if (!draft.edited) return draft.what
  const { scope, scopeId, scopeLabel } = draft.edited
  const label = scope === 'identity' ? scopeId : scopeLabel
  return draft.what === 'budget'
    ? budgetWords(draft.edited.window, scope, label)
    : limitWords(draft.edited.kind, BigInt(draft.edited.amount), scope, label)
}

function amountHelp(draft: RuleDraft, unit: BudgetUnit, kind: LimitKind): string {
  const { what, edited } = draft
  if (what === 'limit') {
    const which = edited?.kind ?? kind
    return which === 'concurrency'
      ? 'Calls at once.'
      : which === 'tokens_per_minute'
        ? 'Tokens a minute.'
        : 'Requests a minute.'
  }
  if (!edited) return unit === 'usd' ? 'Dollars, with at most 6 decimals.' : 'Input and output tokens.'
  const spent = formatUnits(edited.unit, toUnits(edited.unit, edited.spent))
  return `${windowWords[edited.window]}. ${spent} are spent in this period. For more until the reset alone, raise it instead.`.replace(
    /^./,
    (first) => first.toUpperCase(),
  )
}

/** As it is written where it cannot be read as an amount. */
function shownAmount(draft: RuleDraft, text: string): string {
  if (draft.what === 'budget' && draft.edited?.unit === 'usd') return `$${text.replace(/[$\s]/g, '')}`
  if (draft.what === 'budget') return `${text} tokens`
  return draft.edited && /^\d+$/.test(text) ? rateWords(draft.edited.kind, BigInt(text)) : text
}
