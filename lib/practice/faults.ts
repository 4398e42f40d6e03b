import type { Behaviour } from './behaviour.ts'
import { catalog, type ModelCard, type ModelKind } from './catalog.ts'

interface Fault {
  description: string
  on: readonly ModelKind[]
  behaviour: Behaviour
}

const all = ['chat', 'completion', 'embedding', 'image'] as const
const texts = ['chat', 'completion'] as const
const chat = ['chat'] as const

function fault(on: readonly ModelKind[], description: string, behaviour: Behaviour): Fault {
  return { description, on, behaviour }
}

function openAiBody(message: string, type: string, code: string | null): string {
  return JSON.stringify({ error: { message, type, param: null, code } })
}

const html = '<!doctype html><html><head><title>Welcome</title></head><body><h1>It works</h1></body></html>'
const busy = openAiBody('Rate limit reached. Try again in 1 s.', 'rate_limit_error', 'rate_limit_exceeded')
const broken = openAiBody('The server had an error while processing your request.', 'server_error', null)

/** Every fault by name. A model ID is `<model>` or `<model>:<fault>` or `<model>:<fault>+<fault>`. */
export const faults: Readonly<Record<string, Fault>> = {
  slow: fault(all, 'The first byte takes 2 s', { firstByteMs: 2_000 }),
  hang: fault(all, 'Accepts the call and never answers', { hangs: true }),
  reset: fault(all, 'Breaks the connection without an answer', { resets: true }),
  'rate-limited': fault(all, '429 with Retry-After: 1, always', {
    reply: { status: 429, body: busy, headers: { 'retry-after': '1' } },
  }),
  'rate-limited-once': fault(all, '429 with Retry-After: 1, then one call works', {
    reply: { status: 429, body: busy, headers: { 'retry-after': '1' } },
    replyTimes: 1,
  }),
  quota: fault(all, '429 because the account is empty', {
    reply: {
      status: 429,
      body: openAiBody('You exceeded your current quota.', 'insufficient_quota', 'insufficient_quota'),
    },
  }),
  'no-credit': fault(all, '402 because the account is empty', {
    reply: { status: 402, body: openAiBody('Insufficient balance.', 'insufficient_balance', null) },
  }),
  forbidden: fault(all, '403: the key may not use this model', {
    reply: {
      status: 403,
      body: openAiBody('This key may not use this model.', 'permission_error', 'permission_denied'),
    },
  }),
  error: fault(all, '500, always', { reply: { status: 500, body: broken } }),
  'error-twice': fault(all, '500 twice, then one call works', { reply: { status: 500, body: broken }, replyTimes: 2 }),
  overloaded: fault(all, '503 with Retry-After: 2, always', {
    reply: {
      status: 503,
      body: openAiBody('Overloaded.', 'server_error', 'overloaded'),
      headers: { 'retry-after': '2' },
    },
  }),
  redirect: fault(all, '302 to another path', {
    reply: { status: 302, body: '', headers: { location: '/v1/models' } },
  }),
  'error-200': fault(all, 'An error body with status 200', {
    reply: { status: 200, body: openAiBody('No instance available.', 'server_error', 'no_instance') },
  }),
  'key-echo': fault(all, '401 that repeats the key in its message', { echoesKey: true }),
  html: fault(all, 'A web page with status 200', {
    reply: { status: 200, body: html, type: 'text/html; charset=utf-8' },
  }),
  empty: fault(all, 'An empty body with status 200', { reply: { status: 200, body: '' } }),
  'bad-json': fault(all, 'JSON that stops in the middle; in a stream one broken event', {
    whole: 'bad-json',
    stream: 'bad-json',
  }),
  'wrong-type': fault(all, 'The right JSON as text/plain', { whole: 'text-type' }),
  truncated: fault(all, 'The connection breaks in the middle of the body or of an event', {
    whole: 'truncated',
    stream: 'truncated',
  }),
  huge: fault(all, 'An answer of 20 MB', { whole: 'huge' }),
  'always-stream': fault(chat, 'Answers with a stream where none was asked for', { whole: 'event-stream' }),
  'no-responses': fault(chat, '404 at /responses', { lacksResponses: true }),
  'failing-responses': fault(chat, 'At /responses every response fails after it has begun', { failsResponses: true }),
  'wrong-model': fault(all, 'Names another model in its answer', { answersAs: 'another-model' }),
  strict: fault(chat, '400 for fields it does not know', { strict: true }),

  stall: fault(texts, 'The stream stops after 2 events and stays open', { stream: 'stall' }),
  'no-done': fault(texts, 'The stream ends without [DONE]', { stream: 'no-done' }),
  'error-event': fault(texts, 'An error event after 2 events of the stream', { stream: 'error-event' }),
  'one-block': fault(texts, 'The whole stream arrives at once, at its end', { stream: 'one-block' }),
  'split-bytes': fault(texts, 'Every event arrives in pieces, cut anywhere', { stream: 'split-bytes' }),
  'never-stream': fault(texts, 'Answers whole where a stream was asked for', { stream: 'whole' }),
  endless: fault(texts, 'A stream that never ends by itself', { stream: 'endless' }),
  comments: fault(texts, 'Keep-alive comments between the events', { comments: true }),
  crlf: fault(texts, 'Lines of the stream end with CR LF', { lineEnd: '\r\n' }),
  cr: fault(texts, 'Lines of the stream end with CR', { lineEnd: '\r' }),
  paced: fault(texts, '50 ms between two events', { eventGapMs: 50 }),

  'no-usage': fault(['chat', 'completion', 'embedding'], 'Never tells the usage', { usage: 'none' }),
  'usage-every-chunk': fault(texts, 'Cumulative usage in every event of a stream', { usage: 'every-chunk' }),
  'usage-with-choices': fault(texts, 'Usage in the last event that has choices', { usage: 'with-choices' }),
  'usage-absurd': fault(texts, 'Usage with negative and impossible numbers', { usage: 'absurd' }),
  cached: fault(chat, 'Half of the input is served from the cache', { usage: 'cached' }),
  'reasoning-outside': fault(chat, 'Reasoning tokens are not part of completion_tokens', {
    usage: 'reasoning-outside',
  }),

  'max-completion-tokens': fault(chat, 'Refuses max_tokens, wants max_completion_tokens', {
    refusedParameters: {
      max_tokens:
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    },
  }),
  'max-tokens': fault(chat, 'Refuses max_completion_tokens, wants max_tokens', {
    refusedParameters: {
      max_completion_tokens: "Unrecognized request argument supplied: 'max_completion_tokens'. Use 'max_tokens'.",
    },
  }),
  'no-stream-options': fault(texts, 'Refuses stream_options', {
    refusedParameters: { stream_options: "Unrecognized request argument supplied: 'stream_options'." },
  }),
  'no-stream': fault(texts, 'Refuses stream', {
    refusedParameters: { stream: "'stream' is not supported with this model." },
  }),
  'no-temperature': fault(chat, 'Accepts only its own temperature, 1', {
    refusedParameters: {
      temperature: "Unsupported value: 'temperature' does not support other values than 1 with this model.",
    },
  }),
  'no-seed': fault(chat, 'Refuses seed', { refusedParameters: { seed: "'seed' is not supported with this model." } }),
  'no-stop': fault(chat, 'Refuses stop', { refusedParameters: { stop: "'stop' is not supported with this model." } }),
  'no-n': fault(chat, 'Refuses more than one choice', { refusedParameters: { n: "'n' must be 1." } }),
  'no-logprobs': fault(chat, 'Refuses logprobs', {
    refusedParameters: {
      logprobs: "'logprobs' is not supported with this model.",
      top_logprobs: "'top_logprobs' is not supported with this model.",
    },
  }),
  'ignored-parameters': fault(chat, 'Accepts stop, n and logprobs without effect', {
    ignored: ['stop', 'n', 'logprobs'],
  }),
  'no-system': fault(chat, 'Refuses the role system', { refusedRoles: ['system', 'developer'] }),
  'no-developer': fault(chat, 'Refuses the role developer', { refusedRoles: ['developer'] }),
  'needs-256': fault(chat, 'Empty answers below 256 output tokens', { outputTokensMin: 256 }),
  'needs-1000': fault(chat, 'Empty answers below 1,000 output tokens', { outputTokensMin: 1_000 }),

  'no-tools': fault(chat, 'Refuses tools', {
    refusedParameters: {
      tools: '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
    },
  }),
  'tools-ignored': fault(chat, 'Accepts tools and never calls one', { ignored: ['tools'] }),
  'no-parallel': fault(chat, 'Refuses parallel_tool_calls', {
    refusedParameters: { parallel_tool_calls: "Unknown parameter: 'parallel_tool_calls'." },
  }),
  'no-tool-stream': fault(chat, 'Refuses tools in streams', {
    refusedParameters: { 'tools.stream': 'Tools are not supported with stream.' },
  }),
  'tool-choice-ignored': fault(chat, 'Accepts tool_choice without effect', { ignored: ['tool_choice'] }),
  'failing-tools': fault(chat, '400 tool_use_failed: what the model calls cannot be read', { failsToolCalls: true }),
  'no-required': fault(chat, 'Refuses tool_choice required', { refusedToolChoices: ['required'] }),
  'no-named': fault(chat, 'Refuses a named tool_choice', { refusedToolChoices: ['function'] }),
  'no-tool-index': fault(chat, 'Streamed tool calls have no index', { toolDeltasWithoutIndex: true }),
  'no-json-schema': fault(chat, 'Refuses json_schema', {
    refusedParameters: { 'response_format.json_schema': 'This response_format type is unavailable now' },
  }),
  'no-json-object': fault(chat, 'Refuses json_object', {
    refusedParameters: { 'response_format.json_object': 'This response_format type is unavailable now' },
  }),
  'json-schema-ignored': fault(chat, 'Accepts json_schema and answers as it likes', { ignored: ['json_schema'] }),
  'json-object-ignored': fault(chat, 'Accepts json_object and answers in prose', { ignored: ['json_object'] }),
  'no-vision': fault(chat, 'Refuses pictures', {
    refusedParameters: { image_url: 'This model does not support image input.' },
  }),
  blind: fault(chat, 'Accepts pictures and does not look at them', { ignored: ['vision'] }),
  'reasoning-field': fault(chat, 'Thoughts in the field reasoning', { reasoningField: 'reasoning' }),
  'think-tags': fault(chat, 'Thoughts between <think> tags in the content', { reasoningField: 'think-tags' }),

  'hidden-thoughts': fault(chat, 'Thinks without showing it; only the usage tells', { reasoningField: 'hidden' }),
  'content-parts': fault(chat, 'The content is a list of parts, thoughts first', { reasoningField: 'content-parts' }),
  'reasoning-only': fault(chat, 'All words are thoughts, the text stays empty', { reasoningOnly: true }),

  'no-base64': fault(['embedding'], 'Refuses encoding_format base64', {
    refusedParameters: { encoding_format: "'encoding_format' must be 'float'." },
  }),
  'base64-ignored': fault(['embedding'], 'Answers floats where base64 was asked for', { ignored: ['base64'] }),
  'no-dimensions': fault(['embedding'], 'Refuses dimensions', {
    refusedParameters: { dimensions: 'This model does not support specifying dimensions.' },
  }),
  'dimensions-ignored': fault(['embedding'], 'Accepts dimensions without effect', { ignored: ['dimensions'] }),
  'no-batch': fault(['embedding'], 'Refuses more than one input', {
    refusedParameters: { input: 'Batches are not supported.' },
  }),
  'no-b64-json': fault(['image'], 'Refuses response_format, answers with url', {
    refusedParameters: { response_format: "Unknown parameter: 'response_format'." },
  }),
}

const faultsPerIdMax = 4

export interface KnownModel {
  /** As the caller wrote it. */
  id: string
  card: ModelCard
  behaviour: Behaviour
}

const cardById = new Map(catalog.map((card) => [card.id, card]))

/** The model behind an ID, with the faults named in it; undefined where the ID names nothing. */
export function findModel(id: string): KnownModel | undefined {
  const [cardId = '', suffix, ...rest] = id.split(':')
  const card = cardById.get(cardId)
  if (!card || rest.length > 0) return undefined
  if (suffix === undefined) return { id, card, behaviour: {} }
  const names = suffix.split('+')
  if (names.length > faultsPerIdMax) return undefined
  let behaviour: Behaviour = {}
  for (const name of names) {
    const found = Object.hasOwn(faults, name) ? faults[name] : undefined
    if (!found?.on.includes(card.kind)) return undefined
    const { refusedParameters, ignored } = behaviour
    behaviour = { ...behaviour, ...found.behaviour }
    if (refusedParameters) behaviour.refusedParameters = { ...refusedParameters, ...behaviour.refusedParameters }
    if (ignored) behaviour.ignored = [...ignored, ...(found.behaviour.ignored ?? [])]
  }
  return { id, card, behaviour }
}

const faultCards: Record<ModelKind, string> = {
  chat: 'practice-chat',
  completion: 'practice-completion',
  embedding: 'practice-embed',
  image: 'practice-image',
}

/** One model ID for every fault, with what it does: what `/faults/v1/models` lists. */
export function listFaultModels(): { id: string; description: string }[] {
  return Object.entries(faults).map(([name, { on, description }]) => ({
    id: `${faultCards[on[0]!]}:${name}`,
    description,
  }))
}
