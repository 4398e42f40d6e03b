'use client'
import { useQueries } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Field } from '#components/form/field.tsx'
import { MessageList } from '#components/prompt/message-list.tsx'
import { promptModelQuery } from '#components/prompt/model-queries.ts'
import { paintVariables } from '#components/prompt/paint.tsx'
import { PaintedText } from '#components/prompt/painted-text.tsx'
import { describeParameters } from '#components/prompt/parameters.ts'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { Fold } from '#components/ui/fold.tsx'
import { onDemand, useOnDemand } from '#components/ui/on-demand.ts'
import { Skeleton } from '#components/ui/skeleton.tsx'
import type { Variant } from '#lib/deployments/schema.ts'
import { describeBehaviour } from './behaviour.ts'
import { firstMessages, setVariant } from './edits.ts'
import { FindingList } from './finding-list.tsx'
import { findingsIn, type Part, problemsAt, weightOf } from './marks.ts'
import { ModelsSection } from './models-section.tsx'
import type { DeploymentParts } from './parts.ts'
import { VariablesSection } from './variables-section.tsx'
import { WeightJack } from './weight-jack.tsx'

// Editors that many visits never open.
const editors = onDemand(() => import('./variant-editors.tsx'))
type Editors = typeof import('./variant-editors.tsx')

/** One variant: who answers, what is asked, and everything that can be set besides. */
export function VariantForm({
  workspace,
  deployment,
  draft,
  marks,
  canWrite,
  at,
  variant,
}: DeploymentParts & { at: number; variant: Variant }) {
  const { type } = deployment
  const { parameters, tools, guardrails } = variant
  const base = `variants.${at}`
  const set = (change: Partial<Variant>) => draft.edit((now) => setVariant(now, at, change))
  const ids = [variant.model, ...variant.fallbacks.map(({ model }) => model)].filter(Boolean)
  const found = useQueries({ queries: ids.map((id) => promptModelQuery(workspace, id)) })
  const models = found.flatMap(({ data }) => (data ? [data] : []))
  const format = parameters.response_format?.type
  const problems = (...paths: string[]) => problemsAt(marks, ...paths.map((path) => `${base}.${path}`))
  const about = (part: Part) => findingsIn(marks, at, part)
  const marked = (paths: readonly string[], part?: Part) => (
    <WeightJack weight={weightOf(problems(...paths), part ? about(part) : [])} />
  )
  const { response_format: _, tool_choice: __, parallel_tool_calls: ___, ...plain } = parameters
  const parameterPaths = Object.keys(plain).map((name) => `parameters.${name}`)

  return (
    <Card className="overflow-hidden">
      {/* Who only reads sees everything and changes nothing. */}
      <fieldset disabled={!canWrite} className="contents">
        <legend className="sr-only">Variant {variant.name}</legend>
        <Section
          title="Models"
          detail="Asked in this order: where one fails, the next answers."
          place={`${base}.model`}
        >
          <ModelsSection workspace={workspace} type={type} variant={variant} at={at} marks={marks} onChange={set} />
        </Section>
        <Section
          title={type === 'chat' ? 'Messages' : 'Prompt'}
          place={`${base}.${type === 'chat' ? 'messages' : 'prompt'}`}
        >
          {type === 'chat' ? (
            <>
              {variant.messages.length === 0 && (
                <p className="mb-2 text-muted text-sm">
                  No messages: callers bring all of theirs.{' '}
                  {canWrite && (
                    <Button size="sm" className="ml-1" onClick={() => set({ messages: [...firstMessages] })}>
                      Write a prompt
                    </Button>
                  )}
                </p>
              )}
              <MessageList
                messages={variant.messages}
                onChange={(messages) => set({ messages })}
                pictures={
                  models.length === 0 || models.some((model) => model.capabilities.checks.vision?.verdict !== 'no')
                }
                remarksAt={(index) => problems(`messages.${index}`)}
                mayBeEmpty
              />
            </>
          ) : (
            <Field
              label={type === 'embedding' ? 'Text, in place of the caller’s' : 'Prompt, in place of the caller’s'}
              error={problems('prompt')[0]}
              help="Left empty, callers bring theirs."
            >
              <PaintedText
                value={variant.prompt}
                onChange={(prompt) => set({ prompt })}
                paint={paintVariables}
                rows={4}
                maxLength={200_000}
                className="max-h-96 rounded-lg border border-line-field bg-surface-1 transition-[border-color,box-shadow] focus-within:border-accent focus-within:shadow-[0_0_0_3px_var(--accent-soft)] hover:border-muted"
                innerClassName="px-2.5 py-2 text-base"
              />
            </Field>
          )}
          <FindingList findings={about('messages')} className="mt-2" />
        </Section>
        <Section title="Variables" detail="Of all variants: callers give them by name." place="variables">
          <VariablesSection type={type} draft={draft} marks={marks} canWrite={canWrite} />
        </Section>
        {type === 'chat' && (
          <>
            <Fold
              title="Functions"
              summary={tools.map((tool) => tool.function.name || '?').join(', ') || 'none'}
              mark={marked(['tools', 'parameters.tool_choice'], 'tools')}
              place={`${base}.tools`}
              onOpen={editors.warm}
            >
              <OnDemandEditors>
                {(parts) => (
                  <div className="grid gap-3">
                    <FindingList findings={about('tools')} />
                    <parts.ToolsEditor tools={tools} onChange={(next) => set({ tools: next })} />
                    {(tools.length > 0 || parameters.tool_choice !== undefined) && (
                      <parts.ToolChoiceField
                        tools={tools}
                        choice={parameters.tool_choice}
                        parallel={parameters.parallel_tool_calls}
                        onChange={(change) => set({ parameters: { ...parameters, ...change } })}
                      />
                    )}
                  </div>
                )}
              </OnDemandEditors>
            </Fold>
            <Fold
              title="Answer format"
              summary={format === 'json_schema' ? 'JSON schema' : format === 'json_object' ? 'JSON' : 'text'}
              mark={marked(['parameters.response_format'], 'format')}
              place={`${base}.parameters.response_format`}
              onOpen={editors.warm}
            >
              <OnDemandEditors>
                {(parts) => (
                  <div className="grid gap-3">
                    <FindingList findings={about('format')} />
                    <parts.FormatEditor
                      format={parameters.response_format}
                      onChange={(response_format) => set({ parameters: { ...parameters, response_format } })}
                    />
                  </div>
                )}
              </OnDemandEditors>
            </Fold>
          </>
        )}
        <Fold
          title="Parameters"
          summary={describeParameters(parameters, type) || 'as callers and the model have them'}
          mark={marked(parameterPaths, 'parameters')}
          place={`${base}.parameters`}
          onOpen={editors.warm}
        >
          <OnDemandEditors>
            {(parts) => (
              <div className="grid gap-3">
                <FindingList findings={about('parameters')} />
                <Problems words={problems(...parameterPaths)} />
                <parts.ParameterFields
                  type={type}
                  value={parameters}
                  onChange={(next) => set({ parameters: next })}
                  models={models}
                />
              </div>
            )}
          </OnDemandEditors>
        </Fold>
        <Fold
          title="Retries, times and cache"
          summary={describeBehaviour(variant)}
          mark={marked(['retry', 'timeouts', 'cacheSeconds'])}
          place={`${base}.retry`}
          onOpen={editors.warm}
        >
          <OnDemandEditors>{(parts) => <parts.BehaviourFields variant={variant} onChange={set} />}</OnDemandEditors>
        </Fold>
        <Fold
          title="Guardrails"
          summary={
            guardrails.length === 0
              ? 'none'
              : guardrails.length === 1
                ? '1 guardrail'
                : `${guardrails.length} guardrails`
          }
          mark={marked(['guardrails'])}
          place={`${base}.guardrails`}
          onOpen={editors.warm}
        >
          <OnDemandEditors>
            {(parts) => (
              <parts.GuardrailsEditor
                workspace={workspace}
                type={type}
                guardrails={guardrails}
                problemsAt={(index) => problems(`guardrails.${index}`)}
                onChange={(next) => set({ guardrails: next })}
              />
            )}
          </OnDemandEditors>
        </Fold>
      </fieldset>
    </Card>
  )
}

function Section({
  title,
  detail,
  place,
  children,
}: {
  title: string
  detail?: string
  place: string
  children: ReactNode
}) {
  return (
    <section data-place={place} className="border-t px-4 py-4 first-of-type:border-t-0">
      <div className="mb-2.5 flex flex-wrap items-baseline gap-x-3">
        <h2 className="font-semibold">{title}</h2>
        {detail && <p className="text-faint text-xs">{detail}</p>}
      </div>
      {children}
    </section>
  )
}

function Problems({ words }: { words: readonly string[] }) {
  return words.map((each) => (
    <p key={each} className="text-bad text-xs">
      {each}
    </p>
  ))
}

function OnDemandEditors({ children }: { children: (parts: Editors) => ReactNode }) {
  const parts = useOnDemand(editors, true)
  return parts ? children(parts) : <Skeleton className="h-24 w-full" />
}
