import { chat, completion, embedding, type SimulatedServer, type Verdicts } from './server.ts'

const practice = (
  modelId: string,
  source: string,
  changes: Verdicts = {},
  more: Partial<SimulatedServer> = {},
): SimulatedServer => ({
  name: modelId,
  base: '/v1',
  form: { modelId },
  source,
  verdicts: chat(changes),
  ...more,
})

/** What goes wrong in the world, one thing at a time. All of these may be saved. */
export const faultServers: readonly SimulatedServer[] = [
  practice('practice-chat', 'No GET /models', {}, { name: 'no /models', base: '/no-models/v1', contextTokens: null }),
  practice('practice-chat', 'Any key is accepted', {}, { name: 'any key', base: '/any-key/v1', checksKeys: false }),
  practice(
    'practice-chat',
    'Paths that do not exist answer 200',
    {},
    { name: 'fake 200 without /v1', base: '/ok-paths', foundBase: '/ok-paths/v1' },
  ),
  practice(
    'practice-chat',
    'GET /models is a web page',
    {},
    { name: 'HTML list', base: '/html-models/v1', contextTokens: null },
  ),
  practice(
    'practice-reasoner:reasoning-only',
    'A model that only ever thinks: the text of its answers stays empty',
    {
      reasoning: 'yes',
      json_schema: 'ignored',
      json_object: 'ignored',
      vision: 'ignored',
      // Without a text there is nothing to stop, and no token to tell the probability of.
      stop: 'unknown',
      logprobs: 'unknown',
    },
    { profile: { reasoningField: 'reasoning_content' } },
  ),
  practice(
    'practice-chat:needs-1000',
    'A model that thinks for longer than a probe may cost: what was cut short is not decided, and never a no',
    {
      tools: 'unknown',
      tools_required: 'unknown',
      tools_named: 'unknown',
      tools_parallel: 'unknown',
      tools_streamed: 'unknown',
      json_schema: 'unknown',
      json_object: 'unknown',
      vision: 'unknown',
      stop: 'unknown',
      logprobs: 'unknown',
    },
  ),
  practice('practice-chat:needs-256', 'One-token pings fail on models that think first: 16 tokens, then 256 once'),
  practice(
    'practice-chat:max-completion-tokens',
    'max_tokens is rejected',
    {},
    {
      profile: { maxTokensParameter: 'max_completion_tokens' },
    },
  ),
  practice(
    'practice-chat:no-stream-options',
    'stream_options is rejected, and no usage comes without it',
    { stream_usage: 'no' },
    {
      profile: { streamUsage: 'never', drop: ['stream_options'] },
    },
  ),
  practice(
    'practice-chat:no-usage',
    'stream_options is accepted, no usage comes',
    { stream_usage: 'ignored' },
    {
      profile: { streamUsage: 'never' },
    },
  ),
  practice('practice-chat:no-required', 'tools required fails where auto works', { tools_required: 'no' }),
  practice('practice-chat:no-json-schema', 'json_schema is rejected', { json_schema: 'no' }),
  practice('practice-chat:json-schema-ignored', 'json_schema is accepted and has no effect', {
    json_schema: 'ignored',
  }),
  practice('practice-chat:blind', 'Text in place of vision: pictures are accepted and not looked at', {
    vision: 'ignored',
  }),
  practice(
    'practice-chat:no-tool-index',
    'Streamed tool calls without index',
    {},
    { profile: { toolIndexMissing: true } },
  ),
  practice('practice-chat:no-parallel', 'parallel_tool_calls is rejected', { tools_parallel: 'no' }),
  practice('practice-chat:no-tool-stream', 'Tools are rejected in streams', { tools_streamed: 'no' }),
  practice(
    'practice-chat:never-stream',
    'A whole answer where a stream was asked for',
    {
      streaming: 'ignored',
      stream_usage: 'unknown',
      tools_streamed: 'ignored',
      responses: 'ignored',
    },
    { profile: { streamUsage: 'never' } },
  ),
  practice(
    'practice-chat:no-stream',
    'stream is rejected',
    {
      streaming: 'no',
      stream_usage: 'unknown',
      tools_streamed: 'no',
      responses: 'no',
    },
    { profile: { streamUsage: 'never' } },
  ),
  practice(
    'practice-chat:no-temperature+no-seed',
    'Only its own temperature; no seed',
    { temperature: 'no', seed: 'no' },
    {
      profile: { drop: ['seed', 'temperature'] },
    },
  ),
  practice('practice-chat:ignored-parameters', 'stop, n and logprobs are accepted and have no effect', {
    stop: 'ignored',
    n: 'ignored',
    logprobs: 'ignored',
  }),
  practice('practice-chat:no-responses', 'No /responses', { responses: 'no' }),
  practice('practice-chat:failing-responses', 'A /responses that fails each time is a fault of the moment', {
    responses: 'unknown',
  }),
  practice('practice-chat:slow', 'The first byte takes two seconds'),
  practice(
    'practice-chat',
    '10 calls a minute: waited for, and never a no',
    {},
    {
      name: '10 calls a minute',
      base: '/rate-limited/v1',
    },
  ),
  practice('practice-chat:rate-limited-once', 'Every second call is a 429', {}, { name: 'every second call is a 429' }),
  practice('practice-chat:usage-every-chunk', 'Cumulative usage in every chunk'),
  practice('practice-chat:comments+crlf+split-bytes', 'Comments, CR LF, events in pieces'),
  {
    name: 'practice-embed:base64-ignored',
    base: '/v1',
    form: { type: 'embedding', modelId: 'practice-embed:base64-ignored' },
    source: 'Floats where base64 was asked for: clients shrink vectors from 768 to 192',
    verdicts: embedding({ embedding_base64: 'ignored' }),
    profile: { embeddingEncodings: 'float' },
    dimensions: 512,
  },
  {
    name: 'practice-embed:no-dimensions+no-batch',
    base: '/v1',
    form: { type: 'embedding', modelId: 'practice-embed:no-dimensions+no-batch' },
    source: 'dimensions and batches are rejected',
    verdicts: embedding({ embedding_dimensions: 'no', embedding_batch: 'no' }),
    dimensions: 512,
  },
  {
    name: 'practice-completion:no-stream-options',
    base: '/v1',
    form: { type: 'completion', modelId: 'practice-completion:no-stream-options' },
    source: 'stream_options is rejected, and no usage comes without it',
    verdicts: completion({ stream_usage: 'no' }),
    profile: { streamUsage: 'never', drop: ['stream_options'] },
  },
]
