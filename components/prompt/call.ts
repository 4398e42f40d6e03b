import { ApiError, callApi, readEvents, sendApi } from '#components/ui/api.ts'
import { type MoneyView, toMoneyView } from '#lib/core/money.ts'
import type { ToolCall } from './types.ts'

/** What came back of one call, as far as it came. Times in milliseconds from the start. */
export interface Answer {
  state: 'running' | 'done' | 'failed' | 'stopped'
  text: string
  /** What the model thought aloud. */
  thoughts: string
  calls: ToolCall[]
  /** Why it said no, in place of a text. */
  refusal: string
  finish: string
  /** Pictures as data URIs. */
  pictures: string[]
  /** Addresses of pictures that came as such; they are never fetched. */
  links: string[]
  vectors: number[][]
  firstMs?: number
  ms?: number
  inputTokens?: number
  outputTokens?: number
  /** Null is unpriced; undefined is not known yet. */
  cost?: MoneyView | null
  requestId?: string
  /** The model that answered, where a deployment chose it. */
  model?: string
  /** Inputs that were missing or unknown and let pass. */
  warnings: string[]
  /** What the gateway changed for the model's sake, and what the model takes without heeding it. */
  adapted: string[]
  ignored: string[]
  problem?: { message: string; code: string }
}

export const emptyAnswer: Answer = {
  state: 'running',
  text: '',
  thoughts: '',
  calls: [],
  refusal: '',
  finish: '',
  pictures: [],
  links: [],
  vectors: [],
  warnings: [],
  adapted: [],
  ignored: [],
}

/** Characters of an answer that are shown. */
const textCharsMax = 1_000_000
const flushMs = 40

export interface Call {
  workspace: string
  /** What the record says that it came from. */
  source: 'try' | 'playground'
  path: string
  body: object
  signal: AbortSignal
  /** As it grows, at most 25 times a second. */
  onChange: (answer: Answer) => void
}

/**
 * One call through the real gateway, as the person who is signed in: recorded and priced like every other. Never throws;
 * resolves with the whole answer, whose cost and tokens follow once its record is written.
 */
export async function runCall({ workspace, source, path, body, signal, onChange }: Call): Promise<Answer> {
  let answer: Answer = { ...emptyAnswer }
  const startedAt = performance.now()
  const elapsed = () => performance.now() - startedAt
  const api = `/api/workspaces/${encodeURIComponent(workspace)}`
  let timer: ReturnType<typeof setTimeout> | undefined
  const change = (part: Partial<Answer>, now = false) => {
    answer = { ...answer, ...part }
    if (now) {
      clearTimeout(timer)
      timer = undefined
      onChange(answer)
    } else
      timer ??= setTimeout(() => {
        timer = undefined
        onChange(answer)
      }, flushMs)
  }
  try {
    const response = await sendApi(`${api}/try/${path}${source === 'try' ? '' : `?source=${source}`}`, {
      body,
      signal,
      accept: 'application/json, text/event-stream',
    })
    const list = (name: string, between = /,\s*/) => response.headers.get(name)?.split(between).filter(Boolean) ?? []
    change({
      requestId: response.headers.get('x-request-id') ?? undefined,
      model: response.headers.get('x-patchbay-model') ?? undefined,
      warnings: list('x-patchbay-warnings', /;\s*/),
      adapted: list('x-patchbay-adapted'),
      ignored: list('x-patchbay-ignored'),
    })
    if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
      for await (const data of readEvents(response)) {
        if (data === '[DONE]') continue
        const chunk = JSON.parse(data) as Chunk
        if (chunk.error) throw new ApiError(502, { error: chunk.error })
        const part = readChunk(answer, chunk)
        if (part) change(answer.firstMs === undefined && isContent(part) ? { ...part, firstMs: elapsed() } : part)
      }
    } else change(readWhole((await response.json()) as Whole))
    const cost = response.headers.get('x-patchbay-cost-usd')
    change({ state: 'done', ms: elapsed(), ...(cost !== null && { cost: toMoneyView(toNano(cost)) }) }, true)
  } catch (error) {
    change(
      signal.aborted
        ? { state: 'stopped', ms: elapsed() }
        : { state: 'failed', ms: elapsed(), ...toProblem(error, answer.requestId) },
      true,
    )
  }
  // A call that was refused before it was sent anywhere cost nothing; a stopped one did.
  if (answer.cost === undefined && answer.requestId && (answer.state !== 'failed' || answer.text !== '')) {
    const record = await findRecord(`${api}/requests/${answer.requestId}`)
    if (record)
      change(
        {
          cost: record.priced ? record.cost : null,
          inputTokens: record.inputTokens,
          outputTokens: record.outputTokens,
        },
        true,
      )
  }
  return answer
}

function toProblem(error: unknown, requestId: string | undefined): Pick<Answer, 'problem' | 'requestId'> {
  if (error instanceof ApiError)
    return { problem: { message: error.message, code: error.code }, requestId: error.requestId ?? requestId }
  return { problem: { message: 'The answer could not be read. Try again.', code: 'unreadable' }, requestId }
}

interface WireCall {
  index?: number
  id?: string
  function?: { name?: string; arguments?: string }
}

interface Chunk {
  error?: { message?: string; code?: string }
  choices?: {
    index?: number
    text?: string
    finish_reason?: string | null
    delta?: {
      content?: string | null
      refusal?: string | null
      reasoning_content?: string | null
      reasoning?: string | null
      tool_calls?: WireCall[]
    }
  }[]
  usage?: Usage | null
}

interface Usage {
  prompt_tokens?: number
  completion_tokens?: number
  input_tokens?: number
  output_tokens?: number
}

const isContent = (part: Partial<Answer>) =>
  part.text !== undefined || part.thoughts !== undefined || part.calls !== undefined || part.refusal !== undefined

/** What one event adds; null where it adds nothing to the first choice. */
function readChunk(answer: Answer, { choices, usage }: Chunk): Partial<Answer> | null {
  const part: Partial<Answer> = usage ? readUsage(usage) : {}
  const choice = choices?.find(({ index = 0 }) => index === 0)
  const { delta } = choice ?? {}
  const add = (name: 'text' | 'thoughts' | 'refusal', piece: string | null | undefined) => {
    if (piece) part[name] = (answer[name] + piece).slice(0, textCharsMax)
  }
  add('text', delta?.content ?? choice?.text)
  add('thoughts', delta?.reasoning_content ?? delta?.reasoning)
  add('refusal', delta?.refusal)
  if (delta?.tool_calls?.length) part.calls = mergeCalls(answer.calls, delta.tool_calls)
  if (choice?.finish_reason) part.finish = choice.finish_reason
  return Object.keys(part).length > 0 ? part : null
}

/** Pieces of calls as they come: the first of each names it, the others lengthen its arguments. */
export function mergeCalls(calls: readonly ToolCall[], pieces: readonly WireCall[]): ToolCall[] {
  const merged = [...calls]
  for (const { index = 0, id, function: piece } of pieces) {
    const before = merged[index] ?? { id: '', type: 'function', function: { name: '', arguments: '' } }
    merged[index] = {
      id: before.id || (id ?? ''),
      type: 'function',
      function: {
        name: before.function.name || (piece?.name ?? ''),
        arguments: (before.function.arguments + (piece?.arguments ?? '')).slice(0, textCharsMax),
      },
    }
  }
  return merged.filter(Boolean)
}

interface Whole {
  data?: { embedding?: number[]; b64_json?: string; url?: string; index?: number }[]
  output_format?: string
  choices?: {
    text?: string
    finish_reason?: string | null
    message?: {
      content?: string | null
      refusal?: string | null
      reasoning_content?: string | null
      reasoning?: string | null
      tool_calls?: WireCall[] | null
    }
  }[]
  usage?: Usage | null
}

function readWhole({ data, choices, usage, output_format }: Whole): Partial<Answer> {
  const choice = choices?.[0]
  const { message } = choice ?? {}
  const items = data ?? []
  return {
    text: message?.content ?? choice?.text ?? '',
    thoughts: message?.reasoning_content ?? message?.reasoning ?? '',
    refusal: message?.refusal ?? '',
    finish: choice?.finish_reason ?? '',
    calls: mergeCalls(
      [],
      (message?.tool_calls ?? []).map((call, index) => ({ ...call, index })),
    ),
    pictures: items.flatMap(({ b64_json }) => (b64_json ? [toDataUri(b64_json, output_format)] : [])),
    links: items.flatMap(({ url, b64_json }) => (url && !b64_json ? [url] : [])),
    vectors: items.flatMap(({ embedding }) => (Array.isArray(embedding) ? [embedding] : [])),
    ...(usage ? readUsage(usage) : {}),
  }
}

/** The kind of a picture by its first bytes: servers seldom tell. */
function toDataUri(base64: string, told: string | undefined): string {
  const kind = base64.startsWith('/9j/')
    ? 'jpeg'
    : base64.startsWith('UklGR')
      ? 'webp'
      : base64.startsWith('R0lG')
        ? 'gif'
        : base64.startsWith('iVBOR')
          ? 'png'
          : (told ?? 'png')
  return `data:image/${kind};base64,${base64}`
}

function readUsage(usage: Usage): Partial<Answer> {
  return {
    inputTokens: usage.prompt_tokens ?? usage.input_tokens ?? 0,
    outputTokens: usage.completion_tokens ?? usage.output_tokens ?? 0,
  }
}

interface Recorded {
  cost: MoneyView
  priced: boolean
  inputTokens: number
  outputTokens: number
}

/** The record of a stream is written within two seconds. */
async function findRecord(path: string): Promise<Recorded | null> {
  for (let wait = 300; wait <= 2_400; wait *= 2) {
    await new Promise((resolve) => setTimeout(resolve, wait))
    try {
      return await callApi<Recorded>(path)
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
