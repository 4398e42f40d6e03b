'use client'
import { Plus, X } from 'lucide-react'
import { useRef } from 'react'
import { Field } from '#components/form/field.tsx'
import { Button } from '#components/ui/button.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Input } from '#components/ui/input.tsx'
import { Select } from '#components/ui/select.tsx'
import { Textarea } from '#components/ui/textarea.tsx'
import { toast } from '#components/ui/toast.ts'
import { Checkbox } from '#components/ui/toggles.tsx'
import { toolProblem } from './problems.ts'
import { SchemaField } from './schema-field.tsx'
import type { Tool, ToolChoice } from './types.ts'

export const toolsMax = 128

const firstSchema = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}

/** The functions that a model may call: name, what it is for, and the JSON schema of its arguments. */
export function ToolsEditor({ tools, onChange }: { tools: readonly Tool[]; onChange: (tools: Tool[]) => void }) {
  const latest = useRef(tools)
  latest.current = tools
  const listRef = useRef<HTMLDivElement>(null)
  const set = (at: number, change: Partial<Tool['function']>) =>
    onChange(tools.map((tool, place) => (place === at ? { ...tool, function: { ...tool.function, ...change } } : tool)))

  function remove(at: number) {
    const tool = tools[at]!
    onChange(tools.filter((_, place) => place !== at))
    toast(`${tool.function.name || 'The function'} removed`, {
      action: { label: 'Undo', onClick: () => onChange(latest.current.toSpliced(at, 0, tool)) },
    })
  }

  function add() {
    onChange([...tools, { type: 'function', function: { name: '', description: '', parameters: firstSchema } }])
    requestAnimationFrame(() => {
      const boxes = listRef.current?.querySelectorAll<HTMLElement>('[data-field=name] input')
      boxes?.[boxes.length - 1]?.focus()
    })
  }

  return (
    <div className="grid min-w-0 gap-3">
      <div ref={listRef} className="grid min-w-0 gap-4 empty:hidden">
        {tools.map((tool, at) => (
          <fieldset
            // biome-ignore lint/suspicious/noArrayIndexKey: names are typed, and may be the same for a while
            key={at}
            className="grid min-w-0 gap-3 rounded-lg border bg-surface-1 p-3"
          >
            <legend className="sr-only">Function {at + 1}</legend>
            <div className="flex items-end gap-1.5">
              <Field label="Function" name="name" error={toolProblem(tools, at)} className="flex-1">
                <Input
                  mono
                  value={tool.function.name}
                  maxLength={64}
                  placeholder="get_weather"
                  autoComplete="off"
                  spellCheck={false}
                  onChange={({ target }) => set(at, { name: target.value })}
                />
              </Field>
              <IconButton
                label={`Remove ${tool.function.name || `function ${at + 1}`}`}
                className="self-start mt-6"
                onClick={() => remove(at)}
              >
                <X strokeWidth={1.75} />
              </IconButton>
            </div>
            <Field label="Description" help="The model decides by it when to call.">
              <Textarea
                rows={1}
                value={tool.function.description ?? ''}
                maxLength={4_000}
                placeholder="The weather in a city today."
                onChange={({ target }) => set(at, { description: target.value || undefined })}
              />
            </Field>
            <Field label="Arguments, a JSON schema">
              <SchemaField
                value={tool.function.parameters}
                onChange={(parameters) => set(at, { parameters })}
                rows={5}
              />
            </Field>
            <Checkbox
              label="Strict"
              help="Arguments follow the schema to the letter, where the server knows how."
              checked={tool.function.strict ?? false}
              onChange={(strict) => set(at, { strict: strict || undefined })}
            />
          </fieldset>
        ))}
      </div>
      {tools.length < toolsMax && (
        <Button size="sm" className="w-fit" onClick={add}>
          <Plus />
          Function
        </Button>
      )}
    </div>
  )
}

/** Whether the model must call, and which. */
export function ToolChoiceField({
  tools,
  choice,
  parallel,
  onChange,
}: {
  tools: readonly Tool[]
  choice: ToolChoice | undefined
  parallel: boolean | undefined
  onChange: (change: { tool_choice?: ToolChoice; parallel_tool_calls?: boolean }) => void
}) {
  const named = typeof choice === 'object' ? choice.function.name : undefined
  const value = named === undefined ? ((choice as string | undefined) ?? 'auto') : `function:${named}`
  const names = [
    ...new Set([...tools.map((tool) => tool.function.name), ...(named === undefined ? [] : [named])]),
  ].filter(Boolean)
  return (
    <div className="grid gap-3">
      <Field
        label="Choice"
        error={
          named !== undefined && !tools.some((tool) => tool.function.name === named)
            ? `There is no function “${named}”.`
            : undefined
        }
      >
        <Select
          value={value}
          onChange={(next) =>
            onChange({
              tool_choice: next.startsWith('function:')
                ? { type: 'function', function: { name: next.slice('function:'.length) } }
                : next === 'auto'
                  ? undefined
                  : (next as ToolChoice),
            })
          }
          options={[
            { value: 'auto', label: 'The model decides' },
            { value: 'required', label: 'It must call one' },
            { value: 'none', label: 'It must not call' },
            ...names.map((name) => ({ value: `function:${name}`, label: `It must call ${name}` })),
          ]}
        />
      </Field>
      <Checkbox
        label="One call at a time"
        checked={parallel === false}
        onChange={(one) => onChange({ parallel_tool_calls: one ? false : undefined })}
      />
    </div>
  )
}
