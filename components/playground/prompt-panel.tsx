'use client'
import { Plus, X } from 'lucide-react'
import { type ReactNode, useRef } from 'react'
import { Field } from '#components/form/field.tsx'
import { promptVariables } from '#components/prompt/body.ts'
import { MessageList } from '#components/prompt/message-list.tsx'
import { paintVariables } from '#components/prompt/paint.tsx'
import { PaintedText } from '#components/prompt/painted-text.tsx'
import { describeParameters } from '#components/prompt/parameters.ts'
import type { ParameterName, PromptModel } from '#components/prompt/types.ts'
import { VariablesForm } from '#components/prompt/variables-form.tsx'
import { Button } from '#components/ui/button.tsx'
import { Fold } from '#components/ui/fold.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { onDemand, useOnDemand } from '#components/ui/on-demand.ts'
import { Skeleton } from '#components/ui/skeleton.tsx'
import type { ModelType } from '#lib/models/schema.ts'
import type { Setup } from './setup.ts'

// Editors that many visits never open.
const editors = onDemand(() => import('./panel-editors.tsx'))

const inputsMax = 20

export interface PromptPanelProps {
  setup: Setup
  onChange: (change: Partial<Setup>) => void
  models: readonly PromptModel[]
  /** Variables without which nothing runs, once somebody tried. */
  missing: readonly string[]
}

/** What is asked: messages, a prompt or texts; variables; functions, format and parameters. */
export function PromptPanel({ setup, onChange, models, missing }: PromptPanelProps) {
  const { type, tools, parameters } = setup
  const variables = promptVariables(setup).map((name) => ({ name }))
  const format = parameters.response_format?.type
  const lacking = (key: 'tools' | 'json_schema' | 'json_object' | 'vision') =>
    models.filter((model) => model.capabilities.checks[key]?.verdict === 'no').map(({ name }) => name)
  const loading = <Skeleton className="h-24 w-full" />
  const warm = editors.warm
  return (
    <>
      <div className="grid min-w-0 flex-1 content-start gap-4 p-4">
        {type === 'chat' ? (
          <MessageList
            messages={setup.messages}
            onChange={(messages) => onChange({ messages })}
            pictures={models.length === 0 || lacking('vision').length < models.length}
          />
        ) : type === 'embedding' ? (
          <Inputs inputs={setup.inputs} onChange={(inputs) => onChange({ inputs })} />
        ) : (
          <Field label={type === 'image' ? 'Describe a picture' : 'Prompt'}>
            <PaintedText
              value={setup.prompt}
              onChange={(prompt) => onChange({ prompt })}
              paint={paintVariables}
              rows={type === 'image' ? 3 : 8}
              maxLength={200_000}
              placeholder={type === 'image' ? 'A red circle on white' : 'A patch panel is'}
              className={boxStyles}
              innerClassName="px-2.5 py-2 text-base"
            />
          </Field>
        )}
        <VariablesForm
          variables={variables}
          values={setup.variables}
          onChange={(next) => onChange({ variables: next })}
          missing={missing}
        />
      </div>
      <div className="shrink-0">
        {type === 'chat' && (
          <>
            <Fold
              title="Functions"
              summary={tools.map((tool) => tool.function.name || '?').join(', ') || 'none'}
              onOpen={warm}
            >
              <OnDemandEditors loading={loading}>
                {(parts) => (
                  <div className="grid gap-3">
                    <Lacks names={tools.length > 0 ? lacking('tools') : []} what="call functions" />
                    <parts.ToolsEditor tools={tools} onChange={(next) => onChange({ tools: next })} />
                    {tools.length > 0 && (
                      <parts.ToolChoiceField
                        tools={tools}
                        choice={parameters.tool_choice}
                        parallel={parameters.parallel_tool_calls}
                        onChange={(change) => onChange({ parameters: { ...parameters, ...change } })}
                      />
                    )}
                  </div>
                )}
              </OnDemandEditors>
            </Fold>
            <Fold
              title="Answer format"
              summary={format === 'json_schema' ? 'JSON schema' : format === 'json_object' ? 'JSON' : 'text'}
              onOpen={warm}
            >
              <OnDemandEditors loading={loading}>
                {(parts) => (
                  <div className="grid gap-3">
                    <Lacks
                      names={format === 'json_schema' || format === 'json_object' ? lacking(format) : []}
                      what={format === 'json_schema' ? 'follow a JSON schema' : 'answer in JSON'}
                    />
                    <parts.FormatEditor
                      format={parameters.response_format}
                      onChange={(response_format) => onChange({ parameters: { ...parameters, response_format } })}
                    />
                  </div>
                )}
              </OnDemandEditors>
            </Fold>
          </>
        )}
        <Fold
          title="Parameters"
          summary={describeParameters(parameters, type) || 'as the model has them'}
          startsOpen={type === 'image'}
          onOpen={warm}
        >
          <OnDemandEditors loading={loading}>
            {(parts) => (
              <parts.ParameterFields
                type={type}
                value={parameters}
                onChange={(next) => onChange({ parameters: next })}
                models={models}
                without={withoutHere(type)}
              />
            )}
          </OnDemandEditors>
        </Fold>
      </div>
    </>
  )
}

/** One answer is shown, its tokens' probabilities are not, and vectors are compared as figures. */
export const withoutHere = (type: ModelType): readonly ParameterName[] =>
  type === 'image' ? [] : ['n', 'logprobs', 'top_logprobs', 'encoding_format']

const boxStyles =
  'max-h-96 rounded-lg border border-line-field bg-surface-1 transition-[border-color,box-shadow] focus-within:border-accent focus-within:shadow-[0_0_0_3px_var(--accent-soft)] hover:border-muted'

type Editors = typeof import('./panel-editors.tsx')

function OnDemandEditors({ loading, children }: { loading: ReactNode; children: (parts: Editors) => ReactNode }) {
  const parts = useOnDemand(editors, true)
  return parts ? children(parts) : loading
}

function Lacks({ names, what }: { names: readonly string[]; what: string }) {
  if (names.length === 0) return null
  return (
    <Notice tone="warn" live={false}>
      {names.join(', ')} cannot {what}: the call will be refused.
    </Notice>
  )
}

/** Texts to be embedded, each for itself. */
function Inputs({ inputs, onChange }: { inputs: readonly string[]; onChange: (inputs: string[]) => void }) {
  const list = useRef<HTMLDivElement>(null)
  function add() {
    onChange([...inputs, ''])
    requestAnimationFrame(() => {
      const boxes = list.current?.querySelectorAll('textarea')
      boxes?.[boxes.length - 1]?.focus()
    })
  }
  return (
    <div className="grid min-w-0 gap-2">
      <p className="font-medium text-sm">Texts to compare</p>
      <div ref={list} className="grid min-w-0 gap-2">
        {inputs.map((input, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a text is its place
          <div key={at} className="flex min-w-0 items-start gap-1">
            <span className="figures w-5 pt-2 text-faint text-xs">{at + 1}</span>
            <PaintedText
              value={input}
              onChange={(next) => onChange(inputs.map((each, place) => (place === at ? next : each)))}
              paint={paintVariables}
              label={`Text ${at + 1}`}
              maxLength={200_000}
              placeholder={['A patch panel joins studio gear.', 'Cables connect devices.'][at] ?? 'One more'}
              className={`${boxStyles} flex-1`}
              innerClassName="px-2.5 py-1.5 text-base"
            />
            <IconButton
              label={`Remove text ${at + 1}`}
              disabled={inputs.length === 1}
              onClick={() => onChange(inputs.filter((_, place) => place !== at))}
            >
              <X strokeWidth={1.75} />
            </IconButton>
          </div>
        ))}
      </div>
      {inputs.length < inputsMax && (
        <Button variant="quiet" size="sm" className="w-fit" onClick={add}>
          <Plus />
          Text
        </Button>
      )}
    </div>
  )
}
