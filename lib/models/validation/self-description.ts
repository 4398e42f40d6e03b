import type { EvidenceView } from '../views.ts'
import type { Bench } from './bench.ts'
import { isObject } from './chat-answer.ts'

/** True where the listing is llama.cpp's, which tells more of itself at `GET /props`. */
export function isLlamaCpp(json: unknown): boolean {
  const data = isObject(json) && Array.isArray(json.data) ? json.data : []
  return data.some((model) => isObject(model) && model.owned_by === 'llamacpp')
}

/**
 * Reads `GET /props`, which stands beside `/v1`: the context a slot really has, and what the template and the projector
 * allow. Free. Context in tokens, null where it is not told.
 */
export async function readProps(bench: Bench, notes: EvidenceView[]): Promise<number | null> {
  const reply = await bench.prober.call({
    name: 'What the server tells of itself',
    method: 'GET',
    path: '/props',
    baseUrl: bench.baseUrl.replace(/\/v1$/, ''),
  })
  notes.push(reply.evidence)
  if (reply.kind !== 'answered' || !isObject(reply.json)) return null
  const { modalities, chat_template_caps: caps, default_generation_settings: settings } = reply.json
  bench.learned.told = {
    ...(isObject(modalities) && typeof modalities.vision === 'boolean' && { vision: modalities.vision }),
    ...(isObject(caps) && typeof caps.supports_tools === 'boolean' && { tools: caps.supports_tools }),
  }
  const context = isObject(settings) ? settings.n_ctx : undefined
  return typeof context === 'number' && Number.isInteger(context) && context > 0 ? context : null
}
