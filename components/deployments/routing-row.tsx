'use client'
import { ChevronDown, ChevronUp, Plus, X } from 'lucide-react'
import type { KeyboardEvent } from 'react'
import { NumberInput } from '#components/form/number-input.tsx'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { cn } from '#components/ui/cn.ts'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Select } from '#components/ui/select.tsx'
import type { RoutingRow, TriedContextView } from '#lib/deployments/schema.ts'
import { ConditionFields } from './condition-fields.tsx'
import { evenShares } from './edits.ts'

const conditionsMax = 20

/** One row: all of its conditions hold, then its variant answers, or several of them by shares. */
export function RoutingRowForm({
  row: { conditions, split },
  at,
  variants,
  isLast,
  problemsOf,
  sumProblem,
  judged,
  isTaken,
  onChange,
  onMove,
  onRemove,
}: {
  row: RoutingRow
  at: number
  variants: readonly string[]
  isLast: boolean
  /** What is wrong at a place of this row: `conditions.0.value`. */
  problemsOf: (path: string) => readonly string[]
  sumProblem: string | undefined
  /** What the tried context makes of it. */
  judged: TriedContextView['rows'][number] | undefined
  isTaken: boolean
  onChange: (change: Partial<RoutingRow>) => void
  onMove: (by: -1 | 1) => void
  onRemove: () => void
}) {
  const free = variants.filter((name) => !split.some(({ variant }) => variant === name))
  const setShare = (place: number, change: Partial<RoutingRow['split'][number]>) =>
    onChange({ split: split.map((each, index) => (index === place ? { ...each, ...change } : each)) })

  function onKeyDown(event: KeyboardEvent) {
    if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return
    const by = event.key === 'ArrowUp' ? -1 : 1
    if ((by === -1 && at === 0) || (by === 1 && isLast)) return
    event.preventDefault()
    onMove(by)
  }

  return (
    <fieldset
      tabIndex={-1}
      onKeyDown={onKeyDown}
      className={cn('min-w-0 rounded-xl border bg-surface-1 p-4', isTaken && 'border-accent')}
    >
      <legend className="sr-only">Row {at + 1}</legend>
      <div className="mb-3 flex items-center gap-2">
        <p aria-hidden="true" className="font-semibold">
          Row {at + 1}
        </p>
        {isTaken && <Badge tone="accent">takes the tried context</Badge>}
        <span className="ml-auto flex">
          <IconButton size="sm" label={`Move row ${at + 1} up (Alt+↑)`} disabled={at === 0} onClick={() => onMove(-1)}>
            <ChevronUp strokeWidth={1.75} />
          </IconButton>
          <IconButton size="sm" label={`Move row ${at + 1} down (Alt+↓)`} disabled={isLast} onClick={() => onMove(1)}>
            <ChevronDown strokeWidth={1.75} />
          </IconButton>
          <IconButton size="sm" label={`Remove row ${at + 1}`} onClick={onRemove}>
            <X strokeWidth={1.75} />
          </IconButton>
        </span>
      </div>
      <div className="grid gap-2.5">
        {conditions.length === 0 && <p className="text-muted text-sm">Without a condition it takes every call.</p>}
        {conditions.map((condition, index) => (
          <ConditionFields
            // biome-ignore lint/suspicious/noArrayIndexKey: a condition is its place
            key={index}
            condition={condition}
            first={index === 0}
            name={`Row ${at + 1}, condition ${index + 1}`}
            problems={problemsOf(`conditions.${index}`)}
            why={judged?.conditions[index]?.why}
            onChange={(next) =>
              onChange({ conditions: conditions.map((each, place) => (place === index ? next : each)) })
            }
            onRemove={() => onChange({ conditions: conditions.filter((_, place) => place !== index) })}
          />
        ))}
        {conditions.length < conditionsMax && (
          <Button
            size="sm"
            variant="quiet"
            className="-ml-2 w-fit"
            onClick={() =>
              onChange({
                conditions: [...conditions, { field: '', type: 'string', operator: 'equals', value: '' }],
              })
            }
          >
            <Plus /> Condition
          </Button>
        )}
      </div>
      <div className="mt-3 grid gap-2 border-t pt-3">
        <p className="font-medium text-sm">Then</p>
        {split.map(({ variant, percent }, index) => (
          <div
            // biome-ignore lint/suspicious/noArrayIndexKey: a share is its place
            key={index}
            className="grid min-w-0 grid-cols-[auto_minmax(0,13rem)_auto] items-center justify-start gap-2"
          >
            {split.length > 1 && (
              <NumberInput
                key={percent}
                decimal
                aria-label={`Percent for ${variant}`}
                defaultValue={String(percent)}
                suffix={<span className="pr-1.5">%</span>}
                maxLength={6}
                className="w-24"
                onBlur={({ target }) => {
                  const next = Number(target.value.replace(',', '.'))
                  if (target.value.trim() !== '' && next >= 0 && next <= 100) setShare(index, { percent: next })
                  else target.value = String(percent)
                }}
              />
            )}
            <Select
              label={`Variant ${index + 1} of row ${at + 1}`}
              value={variant}
              onChange={(next) => setShare(index, { variant: next })}
              options={[...new Set([variant, ...variants])].map((name) => ({ value: name, label: name }))}
              className={cn('w-full', split.length === 1 && 'col-span-3')}
            />
            {split.length > 1 && (
              <IconButton
                size="sm"
                label={`Take ${variant} out of row ${at + 1}`}
                onClick={() =>
                  onChange({
                    split: evenShares(split.filter((_, place) => place !== index).map((each) => each.variant)),
                  })
                }
              >
                <X strokeWidth={1.75} />
              </IconButton>
            )}
            {problemsOf(`split.${index}`).map((problem) => (
              <p key={problem} className="col-span-3 text-bad text-xs">
                {problem}
              </p>
            ))}
          </div>
        ))}
        <p aria-live="polite" className="text-bad text-xs empty:hidden">
          {sumProblem}
        </p>
        {free[0] !== undefined && (
          <Button
            size="sm"
            variant="quiet"
            className="-ml-2 w-fit"
            onClick={() => onChange({ split: evenShares([...split.map(({ variant }) => variant), free[0]!]) })}
          >
            <Plus /> Split with another variant
          </Button>
        )}
      </div>
    </fieldset>
  )
}
