'use client'
import { useEffect, useRef, useState } from 'react'
import { Form } from '#components/form/form.tsx'
import { ApiError, callApi } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { cn } from '#components/ui/cn.ts'
import { Count, Duration, Money } from '#components/ui/figures.tsx'
import { Input } from '#components/ui/input.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { type MoneyView, toMoneyView } from '#lib/core/money.ts'
import type { ModelType } from '#lib/models/schema.ts'
import { readEvents } from './api.ts'

interface Trial {
  id: number
  prompt: string
  text: string
  picture?: string
  vector?: number[]
  state: 'running' | 'done' | 'failed' | 'stopped'
  error?: string
  firstMs?: number
  ms?: number
  inputTokens?: number
  outputTokens?: number
  cost?: MoneyView | null
  requestId?: string
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
  const running = trials.at(-1)?.state === 'running'
  const controller = useRef<AbortController>(undefined)
  const end = useRef<HTMLDivElement>(null)
  useEffect(() => () => controller.current?.abort(), [])
  const last = trials.at(-1)
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
    setTrials((before) => [...before, { id, prompt: text, text: '', state: 'running' }])
    setPrompt('')
    const change = (part: Partial<Trial> | ((trial: Trial) => Partial<Trial>)) =>
      setTrials((before) =>
        before.map((trial) =>
          trial.id === id ? { ...trial, ...(typeof part === 'function' ? part(trial) : part) } : trial,
        ),
      )
    const startedAt = performance.now()
    try {
      await runTrial({ workspace, address, type, text, signal: mine.signal, change, startedAt, history: trials })
      change({ state: 'done', ms: performance.now() - startedAt })
    } catch (error) {
      if (mine.signal.aborted) change({ state: 'stopped' })
      else
        change({
          state: 'failed',
          error: error instanceof Error ? error.message : 'The call failed.',
          ...(error instanceof ApiError && error.requestId ? { requestId: error.requestId } : {}),
        })
    }
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

function TrialView({ trial }: { trial: Trial }) {
  return (
    <>
      <div className="rounded-lg border bg-surface-1 px-3.5 py-2.5">
        <p className="text-faint text-xs">You</p>
        <p className="whitespace-pre-wrap break-words">{trial.prompt}</p>
      </div>
      <div className="rounded-lg border bg-surface-1 px-3.5 py-2.5">
        <p className="flex flex-wrap gap-x-2 text-faint text-xs">
          <span>Answer</span>
          <span className="ml-auto flex gap-1.5">
            {trial.ms !== undefined && <Duration ms={trial.ms} />}
            {trial.firstMs !== undefined && (
              <span>
                first <Duration ms={trial.firstMs} />
              </span>
            )}
            {trial.inputTokens !== undefined && (
              <span>
                <Count value={trial.inputTokens} /> → <Count value={trial.outputTokens ?? 0} />
              </span>
            )}
            {trial.cost !== undefined && <Money amount={trial.cost} />}
          </span>
        </p>
        {trial.error ? (
          <Notice tone="bad" className="mt-1.5">
            {trial.error}
            {trial.requestId && <span className="figures block text-faint text-xs">{trial.requestId}</span>}
          </Notice>
        ) : (
          <>
            {trial.text && <p className="whitespace-pre-wrap break-words">{trial.text}</p>}
            {trial.vector && (
              <p className="figures break-words text-sm">
                {trial.vector.length} dimensions: [
                {trial.vector
                  .slice(0, 6)
                  .map((value) => value.toFixed(4))
                  .join(', ')}
                , …]
              </p>
            )}
            {trial.picture && (
              // biome-ignore lint/performance/noImgElement: a data URI of the answer, nothing to optimise
              <img src={trial.picture} alt={trial.prompt} className="mt-1 max-h-64 rounded-md border" />
            )}
            {trial.state === 'running' && (
              <span
                aria-hidden="true"
                className="ml-0.5 inline-block h-3.5 w-[7px] animate-pulse bg-accent align-[-2px]"
              />
            )}
            {trial.state === 'stopped' && <span className="text-faint text-xs">Stopped.</span>}
          </>
        )}
      </div>
    </>
  )
}

interface TrialCall {
  workspace: string
  address: string
  type: ModelType
  text: string
  signal: AbortSignal
  startedAt: number
  history: readonly Trial[]
  change: (part: Partial<Trial> | ((trial: Trial) => Partial<Trial>)) => void
}

async function runTrial(call: TrialCall): Promise<void> {
  const { type, address, text, signal, change, startedAt } = call
  const bodies: Record<ModelType, { path: string; body: object }> = {
    chat: {
      path: 'chat/completions',
      body: {
        model: address,
        stream: true,
        stream_options: { include_usage: true },
        messages: [
          ...call.history
            .filter((each) => each.state === 'done')
            .flatMap((each) => [
              { role: 'user', content: each.prompt },
              { role: 'assistant', content: each.text },
            ]),
          { role: 'user', content: text },
        ],
      },
    },
    completion: {
      path: 'completions',
      body: { model: address, prompt: text, stream: true, stream_options: { include_usage: true }, max_tokens: 128 },
    },
    embedding: { path: 'embeddings', body: { model: address, input: text, encoding_format: 'float' } },
    image: { path: 'images/generations', body: { model: address, prompt: text, response_format: 'b64_json' } },
  }
  const { path, body } = bodies[type]
  const response = await fetch(`/api/workspaces/${encodeURIComponent(call.workspace)}/try/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  })
  const requestId = response.headers.get('x-request-id') ?? ''
  change({ requestId })
  if (!response.ok)
    throw new ApiError(response.status, (await response.json().catch(() => ({}))) as Record<string, unknown>)
  if (response.headers.get('content-type')?.startsWith('text/event-stream'))
    await readStream(response, startedAt, change)
  else readWhole((await response.json()) as WholeAnswer, change)
  const cost = response.headers.get('x-patchbay-cost-usd')
  if (cost !== null) change({ cost: toMoneyView(toNano(cost)) })
  else change({ cost: await findCost(call.workspace, requestId, signal) })
}

interface Chunk {
  error?: { message?: string }
  choices?: { text?: string; delta?: { content?: string | null; reasoning_content?: string | null } }[]
  usage?: { prompt_tokens?: number; completion_tokens?: number } | null
}

async function readStream(response: Response, startedAt: number, change: TrialCall['change']): Promise<void> {
  for await (const data of readEvents(response)) {
    if (data === '[DONE]') continue
    const chunk = JSON.parse(data) as Chunk
    if (chunk.error) throw new ApiError(502, { error: chunk.error })
    const piece = chunk.choices?.[0]?.delta?.content ?? chunk.choices?.[0]?.text ?? ''
    if (piece)
      change((trial) => ({
        text: trial.text + piece,
        ...(trial.firstMs === undefined ? { firstMs: performance.now() - startedAt } : {}),
      }))
    if (chunk.usage)
      change({ inputTokens: chunk.usage.prompt_tokens ?? 0, outputTokens: chunk.usage.completion_tokens ?? 0 })
  }
}

interface WholeAnswer {
  data?: { embedding?: number[]; b64_json?: string; url?: string }[]
  choices?: { text?: string; message?: { content?: string | null } }[]
  usage?: { prompt_tokens?: number; completion_tokens?: number; input_tokens?: number; output_tokens?: number }
}

function readWhole(answer: WholeAnswer, change: TrialCall['change']): void {
  const first = answer.data?.[0]
  const choice = answer.choices?.[0]
  change({
    ...(first?.embedding ? { vector: first.embedding } : {}),
    ...(first?.b64_json ? { picture: `data:image/png;base64,${first.b64_json}` } : {}),
    ...(first?.url && !first.b64_json ? { text: first.url } : {}),
    ...(choice ? { text: choice.message?.content ?? choice.text ?? '' } : {}),
    ...(answer.usage
      ? {
          inputTokens: answer.usage.prompt_tokens ?? answer.usage.input_tokens ?? 0,
          outputTokens: answer.usage.completion_tokens ?? answer.usage.output_tokens ?? 0,
        }
      : {}),
  })
}

/** A stream's cost is known once its record is written, within two seconds. */
async function findCost(workspace: string, requestId: string, signal: AbortSignal): Promise<MoneyView | null> {
  for (let wait = 500; wait <= 2_000; wait *= 2) {
    await new Promise((resolve) => setTimeout(resolve, wait))
    try {
      const record = await callApi<{ cost: MoneyView; priced: boolean }>(
        `/api/workspaces/${encodeURIComponent(workspace)}/requests/${requestId}`,
        { signal },
      )
      return record.priced ? record.cost : null
    } catch {
      // Not written yet.
    }
  }
  return null
}

/** Decimal dollars with up to nine places to nano-dollars. */
function toNano(usd: string): bigint {
  const [whole = '0', fraction = ''] = usd.split('.')
  return BigInt(whole) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9) || '0')
}
