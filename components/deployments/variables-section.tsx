'use client'
import { Plus, X } from 'lucide-react'
import { useRef } from 'react'
import { Field } from '#components/form/field.tsx'
import { Button } from '#components/ui/button.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Input } from '#components/ui/input.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Select } from '#components/ui/select.tsx'
import { toast } from '#components/ui/toast.ts'
import { Checkbox } from '#components/ui/toggles.tsx'
import type { Variable } from '#lib/deployments/schema.ts'
import type { ModelType } from '#lib/models/schema.ts'
import { newVariable, undeclaredVariables, usedVariables } from './edits.ts'
import { type Marks, problemsAt } from './marks.ts'
import type { Draft } from './use-draft.ts'
import { VariableDefault } from './variable-default.tsx'

const variablesMax = 100

const typeOptions: readonly { value: Variable['type']; label: string }[] = [
  { value: 'string', label: 'Text' },
  { value: 'number', label: 'Number' },
  { value: 'boolean', label: 'True or false' },
  { value: 'json', label: 'JSON' },
]

/** What callers give by name. Names that stand in a prompt and are not declared are one press away. */
export function VariablesSection({
  type,
  draft: { config, edit },
  marks,
  canWrite,
}: {
  type: ModelType
  draft: Draft
  marks: Marks
  canWrite: boolean
}) {
  const list = useRef<HTMLDivElement>(null)
  const { variables } = config
  const undeclared = undeclaredVariables(config, type)
  const used = usedVariables(config, type)
  const put = (next: Variable[]) => edit((now) => ({ ...now, variables: next }))
  const set = (at: number, change: Partial<Variable>) =>
    put(variables.map((each, place) => (place === at ? { ...each, ...change } : each)))

  function remove(at: number) {
    put(variables.filter((_, place) => place !== at))
    toast(`${variables[at]!.name || 'The variable'} removed`, {
      action: { label: 'Undo', onClick: () => put([...variables]) },
    })
  }

  function add() {
    put([...variables, newVariable('')])
    requestAnimationFrame(() => {
      const boxes = list.current?.querySelectorAll<HTMLElement>('[data-field=name] input')
      boxes?.[boxes.length - 1]?.focus()
    })
  }

  return (
    <div className="grid min-w-0 gap-3">
      {undeclared.length > 0 && (
        <Notice
          tone="warn"
          live={false}
          action={
            canWrite && (
              <Button size="sm" onClick={() => put([...variables, ...undeclared.map(newVariable)])}>
                Declare {undeclared.length === 1 ? 'it' : 'them'}
              </Button>
            )
          }
        >
          {undeclared.slice(0, 8).map((name, at) => (
            <span key={name}>
              {at > 0 && ', '}
              <span className="figures">{`{{${name}}}`}</span>
            </span>
          ))}
          {undeclared.length > 8 && ` and ${undeclared.length - 8} more`}{' '}
          {undeclared.length === 1 ? 'stands in a prompt and is' : 'stand in prompts and are'} not declared.
        </Notice>
      )}
      <div ref={list} className="grid min-w-0 divide-y empty:hidden">
        {variables.map((variable, at) => (
          <fieldset
            // biome-ignore lint/suspicious/noArrayIndexKey: names are typed, and may be the same for a while
            key={at}
            data-place={`variables.${at}`}
            className="grid min-w-0 grid-cols-2 gap-x-3 gap-y-2 py-2.5 first:pt-0 sm:grid-cols-[minmax(0,1.1fr)_8.5rem_minmax(0,1.2fr)_auto]"
          >
            <legend className="sr-only">Variable {variable.name || at + 1}</legend>
            <Field
              label="Name"
              name="name"
              error={problemsAt(marks, `variables.${at}.name`)[0]}
              help={used.includes(variable.name) ? undefined : 'In no prompt.'}
            >
              <Input
                mono
                value={variable.name}
                maxLength={64}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
                placeholder="question"
                onChange={({ target }) => set(at, { name: target.value })}
              />
            </Field>
            <Field label="Type">
              <Select
                value={variable.type}
                onChange={(next) => set(at, { type: next as Variable['type'], default: undefined })}
                options={typeOptions}
              />
            </Field>
            <VariableDefault
              variable={variable}
              problem={problemsAt(marks, `variables.${at}.default`)[0]}
              onChange={(change) => set(at, change)}
            />
            <IconButton
              label={`Remove ${variable.name || `variable ${at + 1}`}`}
              className="mt-6 self-start max-sm:col-start-2 max-sm:row-start-2 max-sm:justify-self-end"
              onClick={() => remove(at)}
            >
              <X strokeWidth={1.75} />
            </IconButton>
            <div className="col-span-2 flex flex-wrap items-center gap-x-5 gap-y-2 sm:col-span-4">
              <Checkbox label="Required" checked={variable.required} onChange={(required) => set(at, { required })} />
              <Checkbox
                label="Personal"
                checked={variable.pii}
                onChange={(pii) => set(at, { pii })}
                help={variable.pii ? 'Prompts that are kept show its name in place of its value.' : undefined}
              />
              <Input
                aria-label={`What ${variable.name || `variable ${at + 1}`} is for`}
                value={variable.description}
                maxLength={500}
                autoComplete="off"
                placeholder="What it is for"
                className="h-7 min-w-40 flex-1 text-sm"
                onChange={({ target }) => set(at, { description: target.value })}
              />
            </div>
          </fieldset>
        ))}
      </div>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        {variables.length < variablesMax && (
          <Button size="sm" variant="quiet" className="-ml-2" onClick={add}>
            <Plus /> Variable
          </Button>
        )}
        {(variables.length > 0 || config.lenient) && (
          <Checkbox
            label="Lenient: what is missing or unknown is told in a header, not refused"
            checked={config.lenient}
            onChange={(lenient) => edit((now) => ({ ...now, lenient }))}
          />
        )}
      </div>
    </div>
  )
}
