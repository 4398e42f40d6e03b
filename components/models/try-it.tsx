'use client'
import { useEffect, useRef, useState } from 'react'
import { Form } from '#components/form/form.tsx'
import { type Answer, emptyAnswer, runCall } from '#components/prompt/call.ts'
import { Button } from '#components/ui/button.tsx'
import { cn } from '#components/ui/cn.ts'
import { Count, Duration, Money } from '#components/ui/figures.tsx'
import { Input } from '#components/ui/input.tsx'
import { Notice } from '#components/ui/notice.tsx'
import type { ModelType } from '#lib/models/schema.ts'

interface Trial {
  id: number
  prompt: string
  answer: Answer
}

const suggestions: Readonly<Record<ModelType, string>> = {
  chat: 'Name three uses of a patch panel.',
  completion: 'A patch panel is',
  embedding: 'A patch panel joins studio gear.',
  image: 'A red circle on white',
}

/** One call through the real gateway, as the person who is signed in. Streams where the Type does. */
export function TryIt({
  workspace,
  address,
  type,
  className,
  height = 'h-full',
}: {
  workspace: string
  address: string
  type: ModelType
  className?: string
  height?: string
}) {
  const [trials, setTrials] = useState<Trial[]>([])
  const [prompt, setPrompt] = useState(suggestions[type])
  const last = trials.at(-1)?.answer
  const running = last?.state === 'running'
  const controller = useRef<AbortController>(undefined)
  const end = useRef<HTMLDivElement>(null)
  useEffect(() => () => controller.current?.abort(), [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: what grows is what scrolls
  useEffect(() => {
    end.current?.scrollIntoView({ block: 'nearest' })
  }, [last?.text, last?.state])

  async function send() {
    const text = prompt.trim()
    if (!text || running) return
    const mine = new AbortController()
    controller.current = mine
    const id = trials.length
    setTrials((before) => [...before, { id, prompt: text, answer: emptyAnswer }])
    setPrompt('')
    await runCall({
      workspace,
      source: 'try',
      ...bodyOf(type, address, text, trials),
      signal: mine.signal,
      onChange: (answer) =>
        setTrials((before) => before.map((trial) => (trial.id === id ? { ...trial, answer } : trial))),
    })
  }

  return (
    <div className={cn('flex min-h-0 flex-col gap-3', height, className)}>
      <div className="grid min-h-24 flex-1 content-start gap-3 overflow-y-auto" aria-live="polite" aria-busy={running}>
        {trials.length === 0 && (
          <p className="text-faint text-sm">Goes through the gateway like every call: recorded and priced.</p>
        )}
        {trials.map((trial) => (
          <TrialView key={trial.id} trial={trial} />
        ))}
        <div ref={end} />
      </div>
      <Form
        className="flex items-center gap-2"
        aria-label="Try it"
        onSubmit={(event) => {
          event.preventDefault()
          void send()
        }}
      >
        <Input
          aria-label={type === 'image' ? 'Describe a picture' : 'Say something'}
          placeholder={type === 'image' ? 'Describe a picture' : 'Say something'}
          value={prompt}
          maxLength={20_000}
          onChange={(event) => setPrompt(event.target.value)}
          autoComplete="off"
        />
        {running ? (
          <Button onClick={() => controller.current?.abort()}>Stop</Button>
        ) : (
          <Button type="submit" variant="main" disabled={!prompt.trim()}>
            Send
          </Button>
        )}
      </Form>
    </div>
  )
}

function TrialView({ trial: { prompt, answer } }: { trial: Trial }) {
  return (
    <>
      <div className="rounded-lg border bg-surface-1 px-3.5 py-2.5">
        <p className="text-faint text-xs">You</p>
        <p className="whitespace-pre-wrap break-words">{prompt}</p>
      </div>
      <div className="rounded-lg border bg-surface-1 px-3.5 py-2.5">
        <p className="flex flex-wrap gap-x-2 text-faint text-xs">
          <span>Answer</span>
          <span className="ml-auto flex gap-1.5">
            {answer.ms !== undefined && <Duration ms={answer.ms} />}
            {answer.firstMs !== undefined && (
              <span>
                first <Duration ms={answer.firstMs} />
              </span>
            )}
            {answer.inputTokens !== undefined && (
              <span>
                <Count value={answer.inputTokens} /> → <Count value={answer.outputTokens ?? 0} />
              </span>
            )}
            {answer.cost !== undefined && <Money amount={answer.cost} />}
          </span>
        </p>
        {answer.problem ? (
          <Notice tone="bad" className="mt-1.5">
            {answer.problem.message}
            {answer.requestId && <span className="figures block text-faint text-xs">{answer.requestId}</span>}
          </Notice>
        ) : (
          <>
            {answer.text && <p className="whitespace-pre-wrap break-words">{answer.text}</p>}
            {answer.vectors[0] && (
              <p className="figures break-words text-sm">
                {answer.vectors[0].length} dimensions: [
                {answer.vectors[0]
                  .slice(0, 6)
                  .map((value) => value.toFixed(4))
                  .join(', ')}
                , …]
              </p>
            )}
            {answer.links.map((link) => (
              <p key={link} className="break-all">
                {link}
              </p>
            ))}
            {answer.pictures.map((picture) => (
              // biome-ignore lint/performance/noImgElement: a data URI of the answer, nothing to optimise
              <img key={picture} src={picture} alt={prompt} className="mt-1 max-h-64 rounded-md border" />
            ))}
            {answer.state === 'running' && (
              <span
                aria-hidden="true"
                className="ml-0.5 inline-block h-3.5 w-[7px] animate-pulse bg-accent align-[-2px]"
              />
            )}
            {answer.state === 'stopped' && <span className="text-faint text-xs">Stopped.</span>}
          </>
        )}
      </div>
    </>
  )
}

/** The call of a prompt, after what was said before. */
function bodyOf(
  type: ModelType,
  model: string,
  text: string,
  history: readonly Trial[],
): { path: string; body: object } {
  const streamed = { stream: true, stream_options: { include_usage: true } }
  switch (type) {
    case 'chat': {
      const before = history
        .filter(({ answer }) => answer.state === 'done')
        .flatMap(({ prompt, answer }) => [
          { role: 'user', content: prompt },
          { role: 'assistant', content: answer.text },
        ])
      return {
        path: 'chat/completions',
        body: { model, ...streamed, messages: [...before, { role: 'user', content: text }] },
      }
    }
    case 'completion':
      return { path: 'completions', body: { model, prompt: text, ...streamed, max_tokens: 128 } }
    case 'embedding':
      return { path: 'embeddings', body: { model, input: text, encoding_format: 'float' } }
    case 'image':
      return { path: 'images/generations', body: { model, prompt: text, response_format: 'b64_json' } }
  }
}
