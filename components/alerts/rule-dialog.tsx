'use client'
import { useState } from 'react'
import { Field, FieldGroup, FieldRow } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { FormSummary } from '#components/form/form-summary.tsx'
import { NumberInput } from '#components/form/number-input.tsx'
import { useSaving } from '#components/form/use-saving.ts'
import { callApi } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Input } from '#components/ui/input.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { Select } from '#components/ui/select.tsx'
import { Checkbox } from '#components/ui/toggles.tsx'
import {
  type ChannelView,
  type ConditionName,
  conditionFacts,
  conditionNames,
  conditions,
  figureText,
  measureWords,
  parseFigure,
  percentiles,
  type RuleView,
  showFigure,
  units,
  usualResolveBelow,
  windows,
  windowWords,
} from '#lib/alerts/schema.ts'
import { alertsApi } from './queries.ts'
import { scopeNames, type Target, TargetField } from './target-field.tsx'
import { kindNames } from './words.ts'

const labels = { name: 'Name', scopeId: 'About', threshold: 'Fires at', resolveBelow: 'Until below', callsMin: 'Calls' }
const placeholders: Record<ConditionName, string> = {
  ...{ cost: '50', error_rate: '5', latency: '3000', budget: '90' },
  ...{ unpriced: '1', failing_model: '1', drift: '1' },
}
const signs = { usd: '', percent: '%', ms: 'ms', count: '' }

/** A new rule, or all of one that stands. */
export function RuleDialog({
  workspace,
  edited,
  channels,
  onClose,
  onSaved,
}: {
  workspace: string
  edited: RuleView | undefined
  channels: readonly ChannelView[]
  onClose: () => void
  onSaved: (view: RuleView) => void
}) {
  const [name, setName] = useState(edited?.name ?? '')
  const [condition, setCondition] = useState<ConditionName>(edited?.condition ?? 'error_rate')
  const [percentile, setPercentile] = useState(String(edited?.percentile ?? 95))
  const [target, setTarget] = useState<Target>(
    edited
      ? { scope: edited.scope, scopeId: edited.scopeId, label: edited.scopeLabel }
      : { scope: 'workspace', scopeId: '', label: '' },
  )
  const [windowMinutes, setWindow] = useState(edited?.windowMinutes ?? 15)
  const [threshold, setThreshold] = useState(edited?.threshold ?? '')
  const [resolveBelow, setResolveBelow] = useState(edited?.resolveBelow ?? '')
  const [callsMin, setCallsMin] = useState(String(edited?.callsMin ?? 20))
  const [channelIds, setChannelIds] = useState<readonly string[]>(edited?.channelIds ?? [])
  const [version, setVersion] = useState(edited?.version)
  const { scopes, hasWindow, hasCallsMin } = conditionFacts[condition]
  const figure = parseFigure(condition, threshold)
  const { errors, message, attempt, working, save } = useSaving({
    ...(name.trim() === '' && { name: 'Give it a name.' }),
    ...(target.scope !== 'workspace' && target.scopeId === '' && { scopeId: 'Choose what it is about.' }),
    ...(!figure.ok && { threshold: figure.message }),
  })
  const usual = figure.ok ? usualResolveBelow(condition, figure.value) : undefined

  function choose(next: ConditionName) {
    setCondition(next)
    setThreshold('')
    setResolveBelow('')
    if (!conditionFacts[next].scopes.includes(target.scope)) setTarget({ scope: 'workspace', scopeId: '', label: '' })
  }

  const send = () =>
    save(
      async () => {
        const body = {
          ...{ name, condition, scope: target.scope, scopeId: target.scopeId, windowMinutes, threshold, channelIds },
          ...(condition === 'latency' && { percentile: Number(percentile) }),
          ...(resolveBelow.trim() !== '' && { resolveBelow }),
          ...(hasCallsMin && { callsMin }),
        }
        const base = `${alertsApi(workspace)}/rules`
        onSaved(
          edited
            ? await callApi(`${base}/${edited.id}`, { method: 'PUT', body: { ...body, version } })
            : await callApi(base, { body }),
        )
      },
      (current) => setVersion(current.version),
    )

  const isDollars = units[condition] === 'usd'
  const unit = { ...(isDollars ? { prefix: '$' } : {}), suffix: signs[units[condition]] }
  return (
    <Dialog
      open
      onOpenChange={() => !working && onClose()}
      title={edited ? `Change ${edited.name}` : 'New rule'}
      {...(!edited && { description: 'Watches a figure, and says once that it fires and once that it is over.' })}
      keepOnOutsideClick
      footer={
        <>
          <Button variant="quiet" onClick={onClose} disabled={working}>
            Cancel
          </Button>
          <Button variant="main" type="submit" form="alert-rule" loading={working}>
            {edited ? 'Save' : 'Add rule'}
          </Button>
        </>
      }
    >
      <Form
        id="alert-rule"
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (!working) void send()
        }}
      >
        <FormSummary errors={errors} labels={labels} message={message} attempt={attempt} />
        <Field label="Name" name="name" error={errors.name} help="Begins every message." required>
          <Input value={name} onChange={(event) => setName(event.target.value)} maxLength={100} autoFocus />
        </Field>
        <FieldRow>
          <Field label="Watches" name="condition" error={errors.condition}>
            <Select
              value={condition}
              onChange={(value) => choose(value as ConditionName)}
              options={conditions.map((value) => ({ value, label: conditionNames[value] }))}
            />
          </Field>
          {hasWindow ? (
            <Field label="Looks back" name="windowMinutes" error={errors.windowMinutes}>
              <Select
                value={String(windowMinutes)}
                onChange={(value) => setWindow(Number(value) as typeof windowMinutes)}
                options={windows.map((value) => ({ value: String(value), label: windowWords(value) }))}
              />
            </Field>
          ) : (
            <span />
          )}
        </FieldRow>
        {condition === 'latency' && (
          <Field label="Of the calls" name="percentile" help="So many percent are faster.">
            <Segmented
              value={percentile}
              onChange={setPercentile}
              options={percentiles.map((value) => ({ value: String(value), label: `p${value}` }))}
            />
          </Field>
        )}
        <Field label="About" name="scope" error={errors.scope}>
          <Segmented
            fill
            value={target.scope}
            onChange={(scope) => setTarget({ scope, scopeId: '', label: '' })}
            options={scopes.map((value) => ({
              value,
              label: condition === 'budget' && value === 'workspace' ? 'Whichever is used most' : scopeNames[value],
            }))}
          />
        </Field>
        {target.scope !== 'workspace' && (
          <TargetField
            key={target.scope}
            workspace={workspace}
            value={target}
            onChange={setTarget}
            error={errors.scopeId}
          />
        )}
        <FieldRow>
          <Field label="Fires at" name="threshold" error={errors.threshold} help="And above." required>
            <NumberInput
              decimal
              {...unit}
              placeholder={placeholders[condition]}
              maxLength={32}
              value={threshold}
              onChange={(event) => setThreshold(event.target.value)}
            />
          </Field>
          <Field
            label="Until below"
            name="resolveBelow"
            error={errors.resolveBelow}
            help="For 5 minutes without a break."
          >
            <NumberInput
              decimal
              {...unit}
              placeholder={usual === undefined ? '' : figureText(condition, usual)}
              maxLength={32}
              value={resolveBelow}
              onChange={(event) => setResolveBelow(event.target.value)}
            />
          </Field>
        </FieldRow>
        {hasCallsMin && (
          <Field
            label="From so many calls on"
            name="callsMin"
            error={errors.callsMin}
            help="With fewer in the window there is nothing to judge."
          >
            <NumberInput
              className="w-32"
              maxLength={7}
              value={callsMin}
              onChange={(event) => setCallsMin(event.target.value)}
            />
          </Field>
        )}
        <FieldGroup title="Tells" detail={tellsText(channels.length)}>
          {channels.length > 0 && (
            <div className="grid max-h-44 gap-2 overflow-y-auto p-0.5">
              {channels.map(({ id, name: label, kind }) => (
                <Checkbox
                  key={id}
                  label={label}
                  help={kindNames[kind]}
                  checked={channelIds.includes(id)}
                  onChange={(on) => setChannelIds(on ? [...channelIds, id] : channelIds.filter((each) => each !== id))}
                />
              ))}
            </div>
          )}
        </FieldGroup>
        <p className="text-pretty text-muted text-sm empty:hidden" aria-live="polite">
          {figure.ok &&
            `${measureWords({ condition, percentile: Number(percentile), scope: target.scope, scopeLabel: target.label || '…', windowMinutes })}: fires at ${showFigure(condition, figure.value)}.`}
        </p>
      </Form>
    </Dialog>
  )
}

function tellsText(channels: number): string {
  return channels === 0
    ? 'Admins, by a notice in the studio. Add a channel to tell others.'
    : 'Admins, by a notice in the studio, and these:'
}
