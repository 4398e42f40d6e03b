'use client'
import { useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { NumberInput } from '#components/form/number-input.tsx'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { ExactTime } from '#components/ui/time.tsx'
import { type BudgetView, budgetWords } from '#lib/metering/schema.ts'
import { formatUnits, presetRaise, toAmount, toUnits } from './figures.ts'
import { isEach } from './scopes.ts'

/** Raises a budget by an amount of choice. */
export function RaiseDialog({
  view,
  onClose,
  onRaise,
}: {
  view: BudgetView
  onClose: () => void
  /** Throws what the server refuses. */
  onRaise: (amount: string) => Promise<void>
}) {
  const [amount, setAmount] = useState(toAmount(view.unit, presetRaise(view)))
  const [failure, setFailure] = useState<ApiError>()
  const [working, setWorking] = useState(false)
  const { unit, raise } = view
  const name = budgetWords(view.window, view.scope, view.scope === 'identity' ? view.scopeId : view.scopeLabel)

  async function submit() {
    setWorking(true)
    setFailure(undefined)
    try {
      await onRaise(amount.trim())
      onClose()
    } catch (error) {
      setFailure(error instanceof ApiError ? error : new ApiError(0, {}))
    } finally {
      setWorking(false)
    }
  }

  const error = failure?.fields.amount ?? (amount.trim() === '' ? 'Write an amount.' : undefined)
  return (
    <Dialog
      open
      onOpenChange={() => !working && onClose()}
      title={`Raise the ${name}`}
      size="small"
      footer={
        <>
          <Button variant="quiet" onClick={onClose} disabled={working}>
            Cancel
          </Button>
          <Button variant="main" type="submit" form="raise" loading={working} disabled={amount.trim() === ''}>
            Raise
          </Button>
        </>
      }
    >
      <Form
        id="raise"
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (!working && amount.trim() !== '') void submit()
        }}
      >
        {failure && !failure.fields.amount && <Notice tone="bad">{failure.message}</Notice>}
        <Field
          label="Raise by"
          name="amount"
          error={error}
          help={
            <>
              {raise !== '0' && `Added to the ${formatUnits(unit, toUnits(unit, raise))} it is raised by. `}
              {isEach(view) && 'For each identity. '}
              {view.resetsAt === null ? (
                'For good.'
              ) : (
                <>
                  Until it resets, <ExactTime at={view.resetsAt} minute />.
                </>
              )}
            </>
          }
          required
        >
          <NumberInput
            decimal={unit === 'usd'}
            {...(unit === 'usd' && { prefix: '$' })}
            maxLength={32}
            value={amount}
            onChange={(event) => setAmount(event.target.value)}
            autoFocus
          />
        </Field>
      </Form>
    </Dialog>
  )
}
