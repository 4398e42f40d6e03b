'use client'
import { useQuery } from '@tanstack/react-query'
import { Play, Square } from 'lucide-react'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { type KeyboardEvent, useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { AnswerView } from '#components/prompt/answer-view.tsx'
import { canStream, fillMessage } from '#components/prompt/body.ts'
import { JsonEditor } from '#components/prompt/json-editor.tsx'
import { readJson } from '#components/prompt/json-text.ts'
import { promptModelQuery } from '#components/prompt/model-queries.ts'
import { PicturesView } from '#components/prompt/pictures-view.tsx'
import { expectedOf, type RowSource } from '#components/prompt/row.ts'
import { VariablesForm } from '#components/prompt/variables-form.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card, CardBody, CardHeader } from '#components/ui/card.tsx'
import { Count, Duration, Money } from '#components/ui/figures.tsx'
import { Kbd } from '#components/ui/kbd.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Textarea } from '#components/ui/textarea.tsx'
import type { DeploymentView, Variant } from '#lib/deployments/schema.ts'
import { openInPlayground } from './open-in-playground.ts'
import type { Draft } from './use-draft.ts'
import { type Asked, useTry } from './use-try.ts'
import { defaultText, readInputs } from './values.ts'

const RowDialog = dynamic(() => import('#components/prompt/row-dialog.tsx').then((module) => module.RowDialog), {
  ssr: false,
})

/** Runs one variant of the draft as it stands: saved first, called as callers would, recorded like every call. */
export function TryPanel({
  workspace,
  deployment,
  draft,
  variant,
  canWrite,
}: {
  workspace: string
  deployment: DeploymentView
  draft: Draft
  variant: Variant
  canWrite: boolean
}) {
  const { key, type } = deployment
  const { variables } = draft.config
  const router = useRouter()
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({})
  const [context, setContext] = useState('')
  const [more, setMore] = useState('')
  const [tried, setTried] = useState(false)
  const [opening, setOpening] = useState(false)
  const [problem, setProblem] = useState<string>()
  const [row, setRow] = useState<RowSource>()
  const { answer, asked, run, stop } = useTry(workspace)
  const { data: model } = useQuery({
    ...promptModelQuery(workspace, variant.model),
    enabled: variant.model !== '',
  })
  const isRunning = answer?.state === 'running'
  const { inputs, problems } = readInputs(variables, typed)
  const bringsAll = type === 'chat' && variant.messages.length === 0
  const textName = type === 'embedding' ? 'input' : 'prompt'
  /** Callers bring the text of a variant that has none. */
  const bringsText = type !== 'chat' && variant.prompt === ''

  async function start() {
    if (isRunning || !canWrite) return
    setTried(true)
    setProblem(undefined)
    const read = context.trim() === '' ? { ok: true as const, value: {} } : readJson(context)
    if (Object.keys(problems).length > 0) return
    if (!read.ok || typeof read.value !== 'object' || read.value === null || Array.isArray(read.value)) {
      setProblem('The context is no JSON object.')
      return
    }
    if (bringsAll && more.trim() === '') {
      setProblem('This variant has no messages of its own: write what a caller says.')
      return
    }
    if (bringsText && more.trim() === '') {
      setProblem(`This variant has no ${textName} of its own: write what a caller sends.`)
      return
    }
    if (!(await draft.flush())) {
      setProblem('The draft could not be saved, so it was not called.')
      return
    }
    const messages: Asked['messages'] = type !== 'chat' || more.trim() === '' ? [] : [{ role: 'user', content: more }]
    run({
      path: `deployments/${key}@draft/invoke`,
      name: variant.name,
      format: variant.parameters.response_format,
      messages,
      body: {
        inputs,
        context: read.value,
        ...(messages.length > 0 && { messages }),
        ...(bringsText && { [textName]: more }),
        ...(model && canStream({ ...variant, type, inputs: [] }, model) && { stream: true }),
        invoke_options: { variant: variant.name, include_usage: true },
      },
    })
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return
    event.preventDefault()
    void start()
  }

  /** What stands in the fields, and what is taken where nothing does. */
  const valuesNow = () =>
    Object.fromEntries(variables.map((variable) => [variable.name, typed[variable.name] || defaultText(variable)]))

  async function openThere() {
    setProblem(undefined)
    setOpening(true)
    try {
      router.push(await openInPlayground(workspace, deployment, variant, valuesNow()))
    } catch (error) {
      setProblem(`It could not be opened in the playground: ${(error as Error).message}`)
      setOpening(false)
    }
  }

  function keep() {
    const values = valuesNow()
    setRow({
      variables: values,
      prompt: variant.messages.map((message) => fillMessage(message, values)),
      said: asked?.messages ?? [],
      answer: answer ? expectedOf(answer) : '',
    })
  }

  return (
    <Card
      className="xl:sticky xl:top-16 xl:max-h-[calc(100dvh-5rem)] xl:overflow-y-auto"
      onKeyDown={onKeyDown}
      aria-label="Try it"
    >
      <CardHeader title="Try it" detail={`${variant.name}, as the draft stands`} />
      <CardBody className="grid gap-4">
        {!canWrite ? (
          <p className="text-muted text-sm">Calls from here are for developers. Your role here is viewer.</p>
        ) : (
          <>
            <VariablesForm variables={variables} values={typed} onChange={setTyped} problems={tried ? problems : {}} />
            {type === 'chat' && (
              <Field
                label={bringsAll ? 'What the caller says' : 'What the caller adds'}
                aside={bringsAll ? undefined : 'optional'}
                help={bringsAll ? undefined : 'A message after those of the prompt.'}
              >
                <Textarea
                  rows={bringsAll ? 3 : 1}
                  value={more}
                  maxLength={200_000}
                  onChange={({ target }) => setMore(target.value)}
                />
              </Field>
            )}
            {bringsText && (
              <Field
                label="What the caller sends"
                help={`The ${textName} of the call: this variant has none of its own.`}
              >
                <Textarea rows={3} value={more} maxLength={200_000} onChange={({ target }) => setMore(target.value)} />
              </Field>
            )}
            <ContextField text={context} onChange={setContext} />
            {problem && <Notice tone="bad">{problem}</Notice>}
            <div className="flex flex-wrap items-center gap-2">
              {isRunning ? (
                <Button onClick={stop}>
                  <Square className="size-3.5! fill-current" aria-hidden="true" /> Stop
                </Button>
              ) : (
                <Button onClick={() => void start()}>
                  <Play aria-hidden="true" /> Run
                </Button>
              )}
              <span className="text-faint text-xs">
                <Kbd>⌘↵</Kbd>
              </span>
              <Button
                size="sm"
                variant="quiet"
                className="ml-auto"
                loading={opening}
                disabled={variant.model === ''}
                title="With its fallbacks beside each other, as a saved prompt that others can open"
                onClick={() => void openThere()}
              >
                Open in the playground
              </Button>
            </div>
          </>
        )}
      </CardBody>
      {answer && (
        <section aria-label="Answer" aria-busy={isRunning} className="grid gap-3 border-t px-4 py-4">
          {answer.problem ? (
            <Notice tone="bad">{answer.problem.message}</Notice>
          ) : type === 'image' ? (
            <PicturesView pictures={answer.pictures} links={answer.links} prompt={bringsText ? more : variant.prompt} />
          ) : type === 'embedding' ? (
            <p className="text-sm">
              {answer.vectors[0]
                ? `A vector of ${answer.vectors[0].length.toLocaleString('en-US')} figures.`
                : 'Waiting'}
            </p>
          ) : (
            <AnswerView answer={answer} format={asked?.format} />
          )}
          {answer.warnings.length > 0 && <p className="text-warn text-xs">Let pass: {answer.warnings.join(', ')}.</p>}
          {answer.adapted.length > 0 && (
            <p className="text-faint text-xs">Changed for the model: {answer.adapted.join(', ')}.</p>
          )}
          <dl className="flex flex-wrap gap-x-5 gap-y-2 text-xs">
            <Figure label="Total">{answer.ms !== undefined && <Duration ms={answer.ms} />}</Figure>
            <Figure label="First token">{answer.firstMs !== undefined && <Duration ms={answer.firstMs} />}</Figure>
            <Figure label="Tokens">
              {answer.inputTokens !== undefined && (
                <>
                  <Count value={answer.inputTokens} /> <span className="text-faint">→</span>{' '}
                  <Count value={answer.outputTokens ?? 0} />
                </>
              )}
            </Figure>
            <Figure label="Cost">{answer.cost !== undefined && <Money amount={answer.cost} />}</Figure>
            {answer.model && <Figure label="Answered by">{answer.model}</Figure>}
          </dl>
          {!isRunning && (
            <div className="flex flex-wrap items-center gap-2">
              {answer.requestId && (
                <Link
                  href={`/${workspace}/requests/${answer.requestId}`}
                  className="link inline-flex min-h-6 items-center rounded-sm text-sm"
                >
                  Trace
                </Link>
              )}
              {expectedOf(answer) !== '' && (type === 'chat' || type === 'completion') && (
                <Button size="sm" variant="quiet" onClick={keep}>
                  Save as a dataset row
                </Button>
              )}
            </div>
          )}
        </section>
      )}
      {row && <RowDialog workspace={workspace} source={row} onClose={() => setRow(undefined)} />}
    </Card>
  )
}

/** Closed until it is wanted: most prompts do not know of a context. */
function ContextField({ text, onChange }: { text: string; onChange: (text: string) => void }) {
  const [open, setOpen] = useState(false)
  if (!open)
    return (
      <Button size="sm" variant="quiet" className="-ml-2.5 w-fit" onClick={() => setOpen(true)}>
        With a context
      </Button>
    )
  return (
    <Field label="Context" help="What the routing goes by. Here the variant is chosen already; the record shows it.">
      <JsonEditor
        optional
        rows={3}
        text={text}
        onChange={onChange}
        placeholder={'{ "country": "NL" }'}
        check={(value) =>
          typeof value === 'object' && value !== null && !Array.isArray(value) ? [] : ['This is an object: { … }.']
        }
      />
    </Field>
  )
}

function Figure({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div>
      <dt className="text-faint">{label}</dt>
      <dd className="figures text-sm">{children || <span className="text-faint">–</span>}</dd>
    </div>
  )
}
