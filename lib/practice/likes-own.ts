import type { Prefix } from './manners.ts'

/** Servers that people run themselves. */
export const ownLikes: Readonly<Record<string, Prefix>> = {
  'like-vllm': {
    description: 'As vLLM with a key: max_model_len in the list, thoughts in reasoning',
    errors: { 0: 'openai', 401: 'string' },
    wording: { invalid_api_key: { message: 'Unauthorized' }, model_not_found: { type: 'NotFoundError', code: '404' } },
    listed: { context_length: null, max_model_len: 32_768, owned_by: 'vllm' },
    models: {
      'org/thinker': { card: 'practice-reasoner:reasoning-field' },
      'org/completion': { card: 'practice-completion' },
    },
  },
  'like-vllm-old': {
    description: 'As an old vLLM without a key or a tool parser: flat errors, no system role, no base64',
    lacks: ['responses'],
    keys: 'unchecked',
    errors: 'object',
    listed: { context_length: null, max_model_len: 32_768, owned_by: 'vllm' },
    models: {
      'org/chat': { card: 'practice-chat:no-system', behaviour: { refusedToolChoices: ['auto'] } },
      'org/embed': { card: 'practice-embed:no-base64' },
    },
  },
  'like-sglang': {
    description: 'As SGLang without a key',
    keys: 'unchecked',
    errors: 'object',
    listed: { context_length: null, max_model_len: 32_768, owned_by: 'sglang' },
    models: { 'org/chat': { card: 'practice-chat' }, 'org/embed': { card: 'practice-embed' } },
  },
  'like-ollama': {
    description: 'As Ollama: keys are ignored, and so are logprobs, n and tool_choice',
    keys: 'unchecked',
    wording: { model_not_found: { type: 'not_found_error', code: null } },
    listed: { context_length: null, owned_by: 'library' },
    models: {
      'chat:latest': { card: 'practice-chat', behaviour: { ignored: ['logprobs', 'n', 'tool_choice'] } },
      'embed:latest': { card: 'practice-embed' },
    },
  },
  'like-llama-cpp': {
    description: 'As llama.cpp without --jinja and mmproj: any model name, 500 for tools and pictures, GET /props',
    keys: 'unchecked',
    anyModel: true,
    listed: { context_length: null, owned_by: 'llamacpp', meta: { n_ctx_train: 131_072, n_params: 1_000_000 } },
    props: {
      default_generation_settings: { n_ctx: 16_384 },
      modalities: { vision: false, audio: false },
      chat_template_caps: { supports_tools: false, supports_tool_calls: false, supports_system_role: true },
    },
    models: {
      'model.gguf': {
        card: 'practice-reasoner',
        behaviour: {
          refusedStatus: 500,
          refusedParameters: {
            tools: 'tools param requires --jinja flag',
            image_url: 'image input is not supported - hint: you may need to provide the mmproj',
          },
        },
      },
    },
  },
  'like-llama-cpp-full': {
    description: 'As llama.cpp with a key, --jinja and mmproj: any model name, GET /props',
    anyModel: true,
    listed: { context_length: null, owned_by: 'llamacpp', meta: { n_ctx_train: 131_072, n_params: 1_000_000 } },
    props: {
      default_generation_settings: { n_ctx: 16_384 },
      modalities: { vision: true, audio: false },
      chat_template_caps: { supports_tools: true, supports_tool_calls: true, supports_system_role: true },
    },
    models: { 'model.gguf': { card: 'practice-chat' } },
  },
  'like-lm-studio': {
    description: 'As LM Studio: no key, 200 for paths that do not exist, n, logprobs and encoding_format ignored',
    keys: 'unchecked',
    unknownPaths: 'ok',
    listed: { context_length: null },
    models: {
      chat: { card: 'practice-chat', behaviour: { ignored: ['n', 'logprobs'] } },
      embed: { card: 'practice-embed:base64-ignored' },
    },
  },
  'like-local-ai': {
    description: 'As LocalAI: the key in x-api-key',
    lacks: ['responses'],
    keyHeader: 'x-api-key',
    listed: { context_length: null },
    models: {
      chat: { card: 'practice-chat' },
      embed: { card: 'practice-embed' },
      image: { card: 'practice-image' },
    },
  },
  'like-tgi': {
    description: 'As TGI: any model name, errors as {error, error_type}, n without effect',
    lacks: ['responses'],
    keys: 'unchecked',
    anyModel: true,
    errors: 'typed-string',
    listed: { context_length: null },
    models: { tgi: { card: 'practice-chat', behaviour: { ignored: ['n'] } } },
  },
}
