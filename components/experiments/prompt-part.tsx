'use client'
import type { ReactNode } from 'react'
import { Field } from '#components/form/field.tsx'
import { MessageList } from '#components/prompt/message-list.tsx'
import { paintVariables } from '#components/prompt/paint.tsx'
import { PaintedText } from '#components/prompt/painted-text.tsx'
import { describeParameters } from '#components/prompt/parameters.ts'
import type { Message, Parameters, PromptModel, Tool } from '#components/prompt/types.ts'
import { Fold } from '#components/ui/fold.tsx'
import { onDemand, useOnDemand } from '#components/ui/on-demand.ts'
import { Skeleton } from '#components/ui/skeleton.tsx'
import type { CandidatePrompt } from '#lib/experiments/schema.ts'
import type { ModelType } from '#lib/models/schema.ts'

// Editors that many visits never open.
const editors = onDemand(() => import('./prompt-editors.tsx'))

/** What a candidate's model is asked: its messages or prompt, functions, format and parameters. */
export function PromptPart({
  type,
  prompt,
  model,
  onChange,
}: {
  type: ModelType
  prompt: CandidatePrompt
  model: PromptModel | undefined
  onChange: (prompt: CandidatePrompt) => void
}) {
  const { messages, tools, parameters } = prompt
  const set = (change: { messages?: Message[]; tools?: Tool[]; parameters?: Parameters; prompt?: string }) =>
    onChange({ ...prompt, ...change } as CandidatePrompt)
  const models = model ? [model] : []
  const format = parameters.response_format?.type
  return (
    <>
      <div className="px-4 pb-4">
        {type === 'chat' ? (
          <MessageList
            messages={messages as Message[]}
            onChange={(next) => set({ messages: next })}
            pictures={model?.capabilities.checks.vision?.verdict !== 'no'}
          />
        ) : (
          <Field label={type === 'image' ? 'Describe a picture' : type === 'embedding' ? 'Text to embed' : 'Prompt'}>
            <PaintedText
              value={prompt.prompt}
              onChange={(text) => set({ prompt: text })}
              paint={paintVariables}
              rows={3}
              maxLength={200_000}
              className="max-h-96 rounded-lg border border-line-field bg-surface-1 focus-within:border-accent focus-within:shadow-[0_0_0_3px_var(--accent-soft)] hover:border-muted"
              innerClassName="px-2.5 py-2 text-base"
            />
          </Field>
        )}
      </div>
      {type === 'chat' && (
        <>
          <Fold
            title="Functions"
            summary={tools.map((tool) => tool.function.name || '?').join(', ') || 'none'}
            onOpen={editors.warm}
          >
            <Editors>
              {(parts) => (
                <div className="grid gap-3">
                  <parts.ToolsEditor tools={tools as Tool[]} onChange={(next) => set({ tools: next })} />
                  {tools.length > 0 && (
                    <parts.ToolChoiceField
                      tools={tools as Tool[]}
                      choice={(parameters as Parameters).tool_choice}
                      parallel={parameters.parallel_tool_calls}
                      onChange={(change) => set({ parameters: { ...parameters, ...change } as Parameters })}
                    />
                  )}
                </div>
              )}
            </Editors>
          </Fold>
          <Fold
            title="Answer format"
            summary={format === 'json_schema' ? 'JSON schema' : format === 'json_object' ? 'JSON' : 'text'}
            onOpen={editors.warm}
          >
            <Editors>
              {(parts) => (
                <parts.FormatEditor
                  format={(parameters as Parameters).response_format}
                  onChange={(response_format) => set({ parameters: { ...parameters, response_format } as Parameters })}
                />
              )}
            </Editors>
          </Fold>
        </>
      )}
      <Fold
        title="Parameters"
        summary={describeParameters(parameters as Parameters, type) || 'as the model has them'}
        onOpen={editors.warm}
      >
        <Editors>
          {(parts) => (
            <parts.ParameterFields
              type={type}
              value={parameters as Parameters}
              onChange={(next) => set({ parameters: next })}
              models={models}
              without={['n', 'logprobs', 'top_logprobs', 'encoding_format']}
            />
          )}
        </Editors>
      </Fold>
    </>
  )
}

type Parts = typeof import('./prompt-editors.tsx')

function Editors({ children }: { children: (parts: Parts) => ReactNode }) {
  const parts = useOnDemand(editors, true)
  return parts ? children(parts) : <Skeleton className="h-24 w-full" />
}
