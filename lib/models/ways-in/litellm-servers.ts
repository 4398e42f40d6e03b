import { serverPresets } from '../form/servers.ts'
import type { Region } from '../vocabulary.ts'

/** A server that LiteLLM reaches under a prefix, and that speaks OpenAI's API. */
export interface LiteLlmServer {
  /** '' = `api_base` must tell. */
  baseUrl: string
  region: Region
  /** Where LiteLLM looks for the key when the entry has none; '' = the server needs none. */
  keyVariable: string
}

const preset = (id: string) => serverPresets.find((each) => each.id === id)?.baseUrl ?? ''
const hosted = (baseUrl: string, region: Region, keyVariable: string): LiteLlmServer => ({
  baseUrl,
  region,
  keyVariable,
})
const own = (baseUrl = ''): LiteLlmServer => ({ baseUrl, region: 'own', keyVariable: '' })

const openai = hosted(preset('openai'), 'us', 'OPENAI_API_KEY')

/** By prefix. From LiteLLM's list of providers; what is not OpenAI compatible stands below. */
export const openAiServers: Readonly<Record<string, LiteLlmServer>> = {
  openai,
  'text-completion-openai': openai,
  custom_openai: openai,
  openai_like: openai,
  aiohttp_openai: openai,
  groq: hosted(preset('groq'), 'us', 'GROQ_API_KEY'),
  together_ai: hosted(preset('together'), 'us', 'TOGETHERAI_API_KEY'),
  mistral: hosted(preset('mistral'), 'eu', 'MISTRAL_API_KEY'),
  codestral: hosted('https://codestral.mistral.ai/v1', 'eu', 'CODESTRAL_API_KEY'),
  deepseek: hosted(preset('deepseek'), 'apac', 'DEEPSEEK_API_KEY'),
  openrouter: hosted(preset('openrouter'), 'global', 'OPENROUTER_API_KEY'),
  xai: hosted(preset('xai'), 'us', 'XAI_API_KEY'),
  fireworks_ai: hosted(preset('fireworks'), 'us', 'FIREWORKS_AI_API_KEY'),
  cerebras: hosted(preset('cerebras'), 'us', 'CEREBRAS_API_KEY'),
  perplexity: hosted('https://api.perplexity.ai', 'us', 'PERPLEXITYAI_API_KEY'),
  nvidia_nim: hosted('https://integrate.api.nvidia.com/v1', 'us', 'NVIDIA_NIM_API_KEY'),
  sambanova: hosted('https://api.sambanova.ai/v1', 'us', 'SAMBANOVA_API_KEY'),
  deepinfra: hosted('https://api.deepinfra.com/v1/openai', 'us', 'DEEPINFRA_API_KEY'),
  meta_llama: hosted('https://api.llama.com/compat/v1', 'us', 'LLAMA_API_KEY'),
  ai21_chat: hosted('https://api.ai21.com/studio/v1', 'us', 'AI21_API_KEY'),
  volcengine: hosted('https://ark.cn-beijing.volces.com/api/v3', 'apac', 'VOLCENGINE_API_KEY'),
  dashscope: hosted('https://dashscope-intl.aliyuncs.com/compatible-mode/v1', 'apac', 'DASHSCOPE_API_KEY'),
  moonshot: hosted('https://api.moonshot.ai/v1', 'apac', 'MOONSHOT_API_KEY'),
  minimax: hosted('https://api.minimax.io/v1', 'apac', 'MINIMAX_API_KEY'),
  novita: hosted('https://api.novita.ai/v3/openai', 'us', 'NOVITA_API_KEY'),
  hyperbolic: hosted('https://api.hyperbolic.xyz/v1', 'us', 'HYPERBOLIC_API_KEY'),
  nebius: hosted('https://api.studio.nebius.ai/v1', 'eu', 'NEBIUS_API_KEY'),
  nscale: hosted('https://inference.api.nscale.com/v1', 'eu', 'NSCALE_API_KEY'),
  friendliai: hosted('https://api.friendli.ai/serverless/v1', 'us', 'FRIENDLI_TOKEN'),
  featherless_ai: hosted('https://api.featherless.ai/v1', 'us', 'FEATHERLESS_AI_API_KEY'),
  lambda_ai: hosted('https://api.lambda.ai/v1', 'us', 'LAMBDA_API_KEY'),
  inception: hosted('https://api.inceptionlabs.ai/v1', 'us', 'INCEPTION_API_KEY'),
  github: hosted('https://models.inference.ai.azure.com', 'us', 'GITHUB_API_KEY'),
  vercel_ai_gateway: hosted('https://ai-gateway.vercel.sh/v1', 'global', 'VERCEL_AI_GATEWAY_API_KEY'),
  databricks: hosted('', 'global', 'DATABRICKS_API_KEY'),
  hosted_vllm: own(),
  xinference: own(),
  litellm_proxy: own(),
  lm_studio: own(preset('lm-studio')),
  llamafile: own('http://127.0.0.1:8080/v1'),
  ollama: own(preset('ollama')),
  ollama_chat: own(preset('ollama')),
}

const ownApi = (name: string) => `${name} speaks an API of its own, not OpenAI’s.`
const alsoOpenAi = (name: string, baseUrl: string) =>
  `LiteLLM calls ${name} by its own API. It has an OpenAI-compatible one too: add the model by hand with ${baseUrl}.`

/** By prefix: why an entry cannot be taken over. */
export const nativeServers: Readonly<Record<string, string>> = {
  bedrock: ownApi('Amazon Bedrock'),
  bedrock_converse: ownApi('Amazon Bedrock'),
  bedrock_mantle: ownApi('Amazon Bedrock'),
  sagemaker: ownApi('Amazon SageMaker'),
  sagemaker_chat: ownApi('Amazon SageMaker'),
  vertex_ai: ownApi('Vertex AI'),
  vertex_ai_beta: ownApi('Vertex AI'),
  gemini: alsoOpenAi('Gemini', 'https://generativelanguage.googleapis.com/v1beta/openai'),
  palm: ownApi('PaLM'),
  anthropic: alsoOpenAi('Anthropic', 'https://api.anthropic.com/v1'),
  anthropic_text: ownApi('Anthropic'),
  cohere: alsoOpenAi('Cohere', 'https://api.cohere.ai/compatibility/v1'),
  cohere_chat: alsoOpenAi('Cohere', 'https://api.cohere.ai/compatibility/v1'),
  huggingface: alsoOpenAi('Hugging Face', 'https://router.huggingface.co/v1'),
  azure_ai: 'Azure AI has an OpenAI-compatible address that ends in /openai/v1: add the model by hand with it.',
  replicate: ownApi('Replicate'),
  watsonx: ownApi('watsonx'),
  watsonx_text: ownApi('watsonx'),
  snowflake: ownApi('Snowflake Cortex'),
  oci: ownApi('Oracle Cloud'),
  cloudflare: ownApi('Cloudflare Workers AI'),
  predibase: ownApi('Predibase'),
  nlp_cloud: ownApi('NLP Cloud'),
  aleph_alpha: ownApi('Aleph Alpha'),
  petals: ownApi('Petals'),
  baseten: ownApi('Baseten'),
  oobabooga: ownApi('Oobabooga'),
  triton: ownApi('Triton'),
  clarifai: ownApi('Clarifai'),
  maritalk: ownApi('Maritalk'),
  gigachat: ownApi('GigaChat'),
  voyage: ownApi('Voyage'),
  jina_ai: ownApi('Jina'),
  infinity: ownApi('Infinity'),
  deepgram: ownApi('Deepgram'),
  elevenlabs: ownApi('ElevenLabs'),
  assemblyai: ownApi('AssemblyAI'),
  github_copilot: 'GitHub Copilot is signed in to by a person, not by a key.',
  vllm: 'This entry runs vLLM inside of LiteLLM. Run `vllm serve` and add its address.',
  dotprompt: 'This entry is a prompt, not a model.',
  auto_router: 'This entry is a router of LiteLLM, not a model.',
  complexity_router: 'This entry is a router of LiteLLM, not a model.',
}

/** Names that LiteLLM takes for OpenAI's without a prefix. */
export const isOpenAiName = (model: string): boolean =>
  /^(ft:)?(gpt-|chatgpt-|o[1-9](-|$)|text-embedding-|dall-e-|davinci-|babbage-|text-davinci)/.test(model)
