import { z } from 'zod'
import type { Operation, Operations } from '#lib/core/operation.ts'
import { FeedbackView, GatewayFeedbackInput } from '#lib/metering/schema.ts'
import { ChatCompletion, Completion, EmbeddingList, ImageList, ResponseObject } from '#lib/openai/wire/answers.ts'
import {
  ChatBody,
  CompletionBody,
  DeploymentConfigAnswer,
  EmbeddingBody,
  ImageBody,
  InvokeBody,
  ModelObject,
  ResponsesBody,
} from './bodies.ts'
import { callErrors } from './errors.ts'
import { TryQuery } from './try-query.ts'

const fields = {
  model:
    "A model's slug, alias, or `<workspace>@openai-compatible/<model ID>`, or `deployment/<key>`, after an `@` a version or an environment.",
  stream: 'True: server-sent events.',
  metadata: '16 pairs; recorded and passed on.',
  retry: 'Up to five more tries of one model, on these statuses. Cut out.',
  fallbacks: 'Who answers when the model does not, in this order. Cut out.',
  load_balancer: 'Who shares the calls; the others stand in for one that fails. Cut out.',
  timeout: 'How long to wait, ms. Recorded and cut out.',
  cache: 'Answers an equal call of the last `ttl` seconds from the cache, for nothing. Cut out.',
  identity: 'Your own end user; also as the header `X-Identity-Id`. Recorded and cut out.',
  thread: 'The conversation it belongs to. Recorded and cut out.',
  name: 'A name for the record. Cut out.',
  variables: 'Of a deployment: the values of its variables.',
  context: 'Of a deployment: what its routing goes by; `environment` chooses one.',
}
const passed =
  'Every other parameter of OpenAI is passed on. The answer is passed through byte for byte. With the header `Idempotency-Key` (whole answers) a repeat within 24 h gets the same answer.'
const errors = callErrors()
const readErrors = Object.fromEntries([401, 403, 421, 500, 503].map((status) => [status, errors[status]!]))
const streams = {
  'text/event-stream': 'With `stream: true`: chunks, then `[DONE]`. An error after the first byte is one more event.',
}

type Call = Pick<Operation, 'id' | 'summary' | 'answer' | 'example'> & { body: z.ZodObject; also?: Operation['also'] }

const calls: Record<string, Call> = {
  'chat/completions': {
    id: 'createChatCompletion',
    summary: 'Chat: tools, structured output, vision, streaming',
    body: ChatBody,
    example: { model: 'groq-llama-3-3', messages: [{ role: 'user', content: 'Say hello' }] },
    answer: ChatCompletion,
    also: streams,
  },
  responses: {
    id: 'createResponse',
    summary: 'Responses API, for models whose server was shown to have it',
    body: ResponsesBody,
    example: { model: 'groq-llama-3-3', input: 'Say hello' },
    answer: ResponseObject,
    also: {
      'text/event-stream':
        'With `stream: true`: events as they came. An error after the first byte is one more event, `error`.',
    },
  },
  completions: {
    id: 'createCompletion',
    summary: 'Completion of a text',
    body: CompletionBody,
    example: { model: 'my-completion-model', prompt: 'Once upon a time', max_tokens: 32 },
    answer: Completion,
    also: streams,
  },
  embeddings: {
    id: 'createEmbedding',
    summary: 'Embeddings, in the encoding asked for whatever the server speaks',
    body: EmbeddingBody,
    example: { model: 'my-embedding-model', input: 'A patch panel' },
    answer: EmbeddingList,
  },
  'images/generations': {
    id: 'createImage',
    summary: 'Pictures',
    body: ImageBody,
    example: { model: 'my-image-model', prompt: 'A red circle', n: 1 },
    answer: ImageList,
  },
}

const bodyOf = ({ body, ...call }: Call) => ({
  ...call,
  body,
  fields: Object.fromEntries(Object.entries(fields).filter(([name]) => name in body.shape)),
})

const deploymentCall = {
  group: 'Gateway',
  access: 'call',
  params: { key: 'Of the deployment, after an `@` a version or an environment.' },
  body: InvokeBody,
  fields: {
    ...Object.fromEntries(Object.entries(fields).filter(([name]) => name in InvokeBody.shape)),
    inputs: 'The values of its variables. What is missing or unknown is refused by name.',
    context: 'What the routing goes by; `environment` chooses one.',
    prefix_messages: 'After the system messages of the prompt.',
    messages: 'After the prompt.',
    prompt: 'Of completions and images, where the variant has none of its own.',
    input: 'Of embeddings, where the variant has none of its own.',
    extra_params: 'Parameters that go before those of the variant.',
    invoke_options:
      '`include_usage` in streams; `mock_response` answers without a call; `variant` in place of the routing.',
  },
  example: { inputs: { question: 'What is a patch panel?' }, identity: { id: 'customer-7' } },
  errors,
} as const

/** Schemas that have a name in the document. */
export const named = { ModelObject, DeploymentConfigAnswer }

/** What the gateway promises; the same at both doors. */
export const operations: Operations = {
  ...Object.fromEntries(
    Object.entries(calls).map(([path, call]): [string, Operation] => [
      `POST /v1/${path}`,
      { ...bodyOf(call), group: 'Gateway', access: 'call', details: passed, errors },
    ]),
  ),
  'POST /v1/deployments/[key]/invoke': {
    ...deploymentCall,
    id: 'invokeDeployment',
    summary: 'Call a deployment with its inputs',
    details:
      'The answer is the one of the model, in the form of the Type of the deployment. Its headers name version, variant, model and attempts.',
    answer: z.union([ChatCompletion, Completion, EmbeddingList, ImageList]),
    also: streams,
  },
  'POST /v1/deployments/[key]/config': {
    ...deploymentCall,
    id: 'resolveDeployment',
    summary: 'Prompt and parameters of a deployment, without a call',
    answer: DeploymentConfigAnswer,
  },
  'POST /v1/feedback': {
    id: 'giveFeedback',
    group: 'Gateway',
    summary: 'Say what a request was worth: a rating, a correction, or anything by name',
    details:
      'One of each key and request: what is said again replaces what was said before, what is left out stays, null takes it away. Wait for the end of the call; its record is there within 2 s, and this waits for it.',
    access: 'call',
    body: GatewayFeedbackInput,
    fields: {
      request_id: 'The `x-request-id` of the answer. One of another workspace is not found.',
      rating: '`good` or `bad`.',
      correction: 'What the answer should have been.',
      comment: 'In words.',
      values: 'Anything else by name: 16 texts, numbers or booleans at most.',
    },
    example: { request_id: 'req_01kbd3xq2v000h8k2m5n7p9rs', rating: 'good', values: { stars: 5 } },
    answer: FeedbackView.pick({ id: true, rating: true, correction: true, comment: true, values: true }).extend({
      object: z.literal('feedback'),
      request_id: z.string(),
      created_at: z.iso.datetime(),
      updated_at: z.iso.datetime(),
    }),
    errors: { ...readErrors, 400: ['invalid_request'], 404: ['request_not_found'], 413: ['invalid_request'] },
  },
  'GET /v1/models': {
    id: 'listCallableModels',
    group: 'Gateway',
    summary: 'What this key may call',
    access: 'call',
    answer: z.object({ object: z.literal('list'), data: z.array(ModelObject) }),
    errors: readErrors,
  },
  'GET /v1/models/[id]': {
    id: 'getCallableModel',
    group: 'Gateway',
    summary: 'One model that this key may call',
    access: 'call',
    params: { id: 'Any address of the model.' },
    answer: ModelObject,
    errors: { ...readErrors, 400: ['ambiguous_model'], 404: ['model_not_found'] },
  },
}

/** The same engine for people in the studio. */
export const tryOperations: Operations = Object.fromEntries(
  Object.entries(calls).map(([path, call]): [string, Operation] => [
    `POST /api/workspaces/[workspace]/try/${path}`,
    {
      ...bodyOf(call),
      id: `try${call.id.replace('create', '')}`,
      group: 'Try it',
      summary: `${call.summary}: a call of your own, from the studio`,
      access: 'people',
      least: 'developer',
      query: TryQuery,
      errors,
    },
  ]),
)
