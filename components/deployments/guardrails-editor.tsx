'use client'
import { useQuery } from '@tanstack/react-query'
import { Plus, X } from 'lucide-react'
import { Field } from '#components/form/field.tsx'
import { NumberInput } from '#components/form/number-input.tsx'
import { Button } from '#components/ui/button.tsx'
import { Combobox } from '#components/ui/combobox.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Select } from '#components/ui/select.tsx'
import { toast } from '#components/ui/toast.ts'
import type { Guardrail } from '#lib/deployments/schema.ts'
import type { ModelType } from '#lib/models/schema.ts'
import { guardsQuery } from './queries.ts'

const guardrailsMax = 20

/** Evaluators that look at what is asked or answered: they refuse with their name, or say afterwards what they make of it. */
export function GuardrailsEditor({
  workspace,
  type,
  guardrails,
  problemsAt,
  onChange,
}: {
  workspace: string
  type: ModelType
  guardrails: readonly Guardrail[]
  problemsAt: (index: number) => readonly string[]
  onChange: (guardrails: Guardrail[]) => void
}) {
  // Vectors and pictures have no words to look at.
  const isText = type === 'chat' || type === 'completion'
  const guards = useQuery(guardsQuery(workspace))
  const known = guards.data ?? []
  const set = (at: number, change: Partial<Guardrail>) =>
    onChange(guardrails.map((each, place) => (place === at ? { ...each, ...change } : each)))

  function remove(at: number) {
    onChange(guardrails.filter((_, place) => place !== at))
    toast('Guardrail removed', { action: { label: 'Undo', onClick: () => onChange([...guardrails]) } })
  }

  return (
    <div className="grid min-w-0 gap-3">
      <p className="text-faint text-sm">
        A guardrail that refuses answers the call with 422 and its name. One on the answer holds a stream back until it
        is whole, or lets it pass and refuses its end. One that rates looks at calls once they were answered: what it
        says stands with the request as feedback, and beside each version in Figures.
      </p>
      {guards.isError && <Notice tone="bad">The evaluators could not be loaded: {guards.error.message}</Notice>}
      {guards.isSuccess && known.length === 0 && (
        <Notice live={false}>
          There is no evaluator yet that can be a guardrail: one that judges a text by itself and says whether it
          passes.
        </Notice>
      )}
      {guardrails.map((guardrail, at) => (
        <fieldset
          // biome-ignore lint/suspicious/noArrayIndexKey: a guardrail is its place
          key={at}
          className="grid min-w-0 gap-3 rounded-lg border bg-surface-1 p-3 sm:grid-cols-[minmax(0,1fr)_9rem_9rem_6rem_auto]"
        >
          <legend className="sr-only">Guardrail {at + 1}</legend>
          <Field label="Evaluator" error={problemsAt(at)[0]}>
            <Combobox
              value={guardrail.evaluator}
              onChange={(evaluator) => set(at, { evaluator })}
              freeText={false}
              loading={guards.isPending}
              suggestions={known.map(({ id, name }) => ({ value: id, label: name }))}
              emptyText="No evaluator of this name can be a guardrail."
              placeholder="Choose an evaluator"
            />
          </Field>
          <Field label="Looks at">
            <Select
              value={guardrail.on}
              onChange={(on) => set(at, { on: on as Guardrail['on'] })}
              options={[
                { value: 'input', label: 'What is asked' },
                // One that is set already is shown, with what is wrong about it.
                ...(isText || guardrail.on === 'output' ? [{ value: 'output', label: 'The answer' }] : []),
              ]}
            />
          </Field>
          <Field label="And then">
            <Select
              value={guardrail.act}
              onChange={(act) => set(at, { act: act as Guardrail['act'] })}
              options={[
                { value: 'refuse', label: 'Refuses' },
                { value: 'rate', label: 'Rates' },
              ]}
            />
          </Field>
          <Field label="Of the calls">
            <NumberInput
              key={guardrail.sample}
              decimal
              defaultValue={String(guardrail.sample)}
              suffix={<span className="pr-1.5">%</span>}
              maxLength={6}
              onBlur={({ target }) => {
                const sample = Number(target.value.replace(',', '.'))
                if (sample > 0 && sample <= 100) set(at, { sample })
                else target.value = String(guardrail.sample)
              }}
            />
          </Field>
          <IconButton label={`Remove guardrail ${at + 1}`} className="self-start sm:mt-6" onClick={() => remove(at)}>
            <X strokeWidth={1.75} />
          </IconButton>
          {guardrail.on === 'output' && guardrail.act === 'refuse' && (
            <div className="min-w-0 sm:col-span-4">
              <Field label="A streamed answer">
                <Select
                  value={guardrail.stream}
                  onChange={(stream) => set(at, { stream: stream as Guardrail['stream'] })}
                  options={[
                    { value: 'hold', label: 'Is held until it is whole; nothing refused leaves' },
                    { value: 'after', label: 'Leaves as it comes; a refusal is its last event' },
                  ]}
                />
              </Field>
            </div>
          )}
        </fieldset>
      ))}
      {guardrails.length < guardrailsMax && (
        <Button
          size="sm"
          className="w-fit"
          onClick={() =>
            onChange([
              ...guardrails,
              {
                evaluator: known[0]?.id ?? '',
                on: isText ? 'output' : 'input',
                act: 'refuse',
                sample: 100,
                stream: 'hold',
              },
            ])
          }
        >
          <Plus /> Guardrail
        </Button>
      )}
    </div>
  )
}
