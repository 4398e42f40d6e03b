import type { Region } from '../vocabulary.ts'

/** A server the picker knows. Hints only: validation finds out what is true. */
export interface ServerPreset {
  id: string
  name: string
  /** '' = the person types it. */
  baseUrl: string
  region: Region | null
  needsKey: boolean
  /** The shape of its keys, as a placeholder. */
  keyHint: string
  /** Where its keys are made. */
  keysUrl: string
}

const hosted = (
  id: string,
  name: string,
  baseUrl: string,
  region: Region,
  keyHint: string,
  keysUrl: string,
): ServerPreset => ({
  id,
  name,
  baseUrl,
  region,
  needsKey: true,
  keyHint,
  keysUrl,
})
const own = (id: string, name: string, baseUrl: string): ServerPreset => ({
  id,
  name,
  baseUrl,
  region: 'own',
  needsKey: false,
  keyHint: '',
  keysUrl: '',
})

export const serverPresets: readonly ServerPreset[] = [
  hosted('openai', 'OpenAI', 'https://api.openai.com/v1', 'us', 'sk-…', 'https://platform.openai.com/api-keys'),
  hosted('groq', 'Groq', 'https://api.groq.com/openai/v1', 'us', 'gsk_…', 'https://console.groq.com/keys'),
  hosted(
    'together',
    'Together AI',
    'https://api.together.ai/v1',
    'us',
    '',
    'https://api.together.ai/settings/api-keys',
  ),
  hosted('mistral', 'Mistral', 'https://api.mistral.ai/v1', 'eu', '', 'https://console.mistral.ai/api-keys'),
  hosted(
    'fireworks',
    'Fireworks',
    'https://api.fireworks.ai/inference/v1',
    'us',
    'fw_…',
    'https://fireworks.ai/account/api-keys',
  ),
  hosted('deepseek', 'DeepSeek', 'https://api.deepseek.com', 'apac', 'sk-…', 'https://platform.deepseek.com/api_keys'),
  hosted('xai', 'xAI', 'https://api.x.ai/v1', 'us', 'xai-…', 'https://console.x.ai'),
  hosted('openrouter', 'OpenRouter', 'https://openrouter.ai/api/v1', 'global', 'sk-or-…', 'https://openrouter.ai/keys'),
  hosted('cerebras', 'Cerebras', 'https://api.cerebras.ai/v1', 'us', 'csk-…', 'https://cloud.cerebras.ai'),
  own('vllm', 'vLLM', 'http://localhost:8000/v1'),
  own('ollama', 'Ollama', 'http://localhost:11434/v1'),
  own('lm-studio', 'LM Studio', 'http://localhost:1234/v1'),
  own('llama-cpp', 'llama.cpp', 'http://localhost:8080/v1'),
  {
    id: 'practice',
    name: 'Practice',
    baseUrl: '',
    region: 'own',
    needsKey: true,
    keyHint: 'sk-practice-…',
    keysUrl: '',
  },
  { id: 'other', name: 'Other', baseUrl: '', region: null, needsKey: true, keyHint: '', keysUrl: '' },
]

/** The preset whose host this Base URL has, if any. Own servers share hosts: told apart by the port. */
export function findPreset(baseUrl: string): ServerPreset | undefined {
  const host = hostOf(baseUrl)
  return host === '' ? undefined : serverPresets.find((preset) => hostOf(preset.baseUrl) === host)
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : ''
}
