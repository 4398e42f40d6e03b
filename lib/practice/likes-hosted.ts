import type { Prefix } from './manners.ts'

const unknownField = 'Extra inputs are not permitted'

/** Hosted servers: what their documentation and those who met them tell. */
export const hostedLikes: Readonly<Record<string, Prefix>> = {
  'like-openai': {
    description: 'As OpenAI: a reasoning model, an image model that always answers b64_json',
    models: {
      chat: { card: 'practice-chat' },
      thinker: { card: 'practice-reasoner:hidden-thoughts+max-completion-tokens+no-temperature' },
      embed: { card: 'practice-embed' },
      image: { card: 'practice-image' },
      'image-b64': { card: 'practice-image:no-b64-json', behaviour: { pictures: 'b64_json' } },
    },
  },
  'like-azure': {
    description: 'As Azure OpenAI v1, below /openai/v1: header api-key, deployments that are not listed',
    roots: ['openai/v1'],
    keyHeader: 'api-key',
    models: {
      'base-model': { card: 'practice-chat' },
      'my-deployment': { card: 'practice-chat', behaviour: { answersAs: 'base-model' }, isUnlisted: true },
    },
    wording: {
      invalid_api_key: {
        code: '401',
        message:
          'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.',
      },
      model_not_found: {
        code: 'DeploymentNotFound',
        message:
          'The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.',
      },
      unknown_url: { code: '404', message: 'Resource not found' },
    },
  },
  'like-groq': {
    description: 'As Groq, below /openai/v1: no logprobs, one choice, usage also in x_groq',
    roots: ['openai/v1'],
    models: {
      chat: { card: 'practice-chat:no-logprobs+no-n', behaviour: { usage: 'groq' } },
      small: {
        card: 'practice-chat:no-logprobs+no-n+no-json-schema+no-vision',
        behaviour: { usage: 'groq' },
      },
      clumsy: { card: 'practice-chat:no-logprobs+no-n+failing-tools', behaviour: { usage: 'groq' } },
    },
  },
  'like-together': {
    description: 'As Together AI: a bare array of models, errors as text, IDs with a slash',
    lacks: ['responses'],
    listing: 'bare',
    errors: 'string',
    models: {
      'org/chat': { card: 'practice-chat' },
      'org/completion': { card: 'practice-completion' },
      'org/embed': { card: 'practice-embed' },
      'org/image': { card: 'practice-image' },
    },
  },
  'like-mistral': {
    description: 'As Mistral: 422 for fields it does not know, errors in three shapes, usage always',
    lacks: ['responses'],
    errors: { 0: 'object', 401: 'message', 404: 'detail', 422: 'detail-list' },
    statuses: { 400: 422 },
    wording: { invalid_api_key: { message: 'Unauthorized' } },
    models: {
      chat: {
        card: 'practice-chat:no-developer+usage-with-choices',
        behaviour: {
          refusedParameters: {
            stream_options: unknownField,
            max_completion_tokens: unknownField,
            seed: unknownField,
            logprobs: unknownField,
            top_logprobs: unknownField,
          },
        },
      },
      embed: { card: 'practice-embed' },
    },
  },
  'like-fireworks': {
    description: 'As Fireworks, below /inference/v1: errors as {fault}, usage always in the last chunk',
    roots: ['inference/v1'],
    errors: { 0: 'openai', 401: 'fault', 404: 'string' },
    models: {
      'accounts/fireworks/models/chat': { card: 'practice-chat', behaviour: { usage: 'always' } },
      'accounts/fireworks/models/embed': { card: 'practice-embed' },
    },
  },
  'like-deepseek': {
    description: 'As DeepSeek: with and without /v1, no json_schema, no pictures, 422 for parameters',
    lacks: ['responses'],
    roots: ['v1', ''],
    statuses: { 400: 422 },
    listed: { context_length: null },
    models: {
      chat: { card: 'practice-chat:no-json-schema+no-vision' },
      reasoner: { card: 'practice-reasoner:no-json-schema+no-vision' },
      'no-balance': { card: 'practice-chat:no-credit' },
    },
  },
  'like-xai': {
    description: 'As xAI: errors as {code, error}, 400 for a wrong key, reasoning tokens beside completion_tokens',
    errors: 'coded-string',
    statuses: { 401: 400 },
    models: {
      reasoner: { card: 'practice-reasoner:reasoning-outside' },
      chat: { card: 'practice-chat' },
    },
  },
  'like-openrouter': {
    description: 'As OpenRouter, below /api/v1: a public list, numbers as codes, comments in streams',
    roots: ['api/v1'],
    keys: 'unchecked-listing',
    errors: 'numbered',
    models: {
      'org/chat:free': { card: 'practice-chat:comments' },
      'org/nobody': {
        card: 'practice-chat',
        behaviour: {
          reply: {
            status: 503,
            body: JSON.stringify({
              error: { code: 503, message: 'No provider available for this model.', metadata: { reason: 'routing' } },
            }),
          },
        },
      },
    },
  },
  'like-perplexity': {
    description: 'As Perplexity: no list, no tools, stop and seed refused, codes are numbers',
    lacks: ['responses'],
    roots: [''],
    listing: 'none',
    errors: 'numbered',
    wording: { model_not_found: { status: 400, type: 'invalid_model' } },
    models: { search: { card: 'practice-chat:no-tools+no-stop+no-seed' } },
  },
  'like-cerebras': {
    description: 'As Cerebras: flat errors, max_completion_tokens, thoughts in reasoning and back under that name',
    lacks: ['responses'],
    errors: 'flat',
    models: {
      thinker: {
        card: 'practice-reasoner:reasoning-field+max-completion-tokens',
        behaviour: {
          refusedMessageFields: { reasoning_content: "'messages' has the unsupported property 'reasoning_content'." },
        },
      },
      completion: { card: 'practice-completion' },
    },
  },
  'like-anthropic': {
    description: 'As Anthropic’s compatible API: a native list, one choice, much that is silently ignored',
    lacks: ['responses'],
    listing: 'native',
    errors: 'wrapped-type',
    models: {
      chat: { card: 'practice-chat:no-n', behaviour: { ignored: ['logprobs', 'json_schema', 'json_object'] } },
    },
  },
  'like-gemini': {
    description: 'As Gemini’s compatible API, below /v1beta/openai: errors in arrays, tool calls without index',
    lacks: ['responses'],
    roots: ['v1beta/openai'],
    listing: 'prefixed',
    errors: 'array',
    models: {
      chat: { card: 'practice-chat:no-tool-index+usage-every-chunk', behaviour: { finishesWithStop: true } },
      embed: { card: 'practice-embed' },
    },
  },
  'like-databricks': {
    description: 'As Databricks, below /serving-endpoints: no list, thoughts as parts of the content',
    lacks: ['responses'],
    roots: ['serving-endpoints'],
    listing: 'none',
    models: { 'my-endpoint': { card: 'practice-reasoner:content-parts' } },
  },
  'like-nim': {
    description: 'As NVIDIA NIM: embeddings want input_type',
    lacks: ['responses'],
    models: {
      'org/embed': {
        card: 'practice-embed',
        behaviour: { requiredParameters: { input_type: "'input_type' parameter is required for this model" } },
      },
      'org/chat': { card: 'practice-chat' },
    },
  },
  'like-minimax': {
    description: 'As MiniMax: no list, thoughts in <think> tags',
    lacks: ['responses'],
    listing: 'none',
    models: { thinker: { card: 'practice-reasoner:think-tags' } },
  },
}
