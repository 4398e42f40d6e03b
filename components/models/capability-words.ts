import type { JackState } from '#components/ui/jack.tsx'
import type { Capability, CapabilityKey, ModelType } from '#lib/models/schema.ts'
import { verdictJacks } from './words.ts'

/** What stands large on the card, by Type. */
export const largeOf: Readonly<Record<ModelType, readonly CapabilityKey[]>> = {
  chat: ['streaming', 'tools', 'json_schema', 'vision', 'reasoning'],
  completion: ['streaming'],
  embedding: ['embedding_base64', 'embedding_dimensions', 'embedding_batch'],
  image: ['image_b64', 'image_url'],
}

/** Verdicts that say more about a large one, shown below it. */
export const partsOf: Partial<Record<CapabilityKey, readonly CapabilityKey[]>> = {
  streaming: ['stream_usage'],
  tools: ['tools', 'tools_required', 'tools_named', 'tools_parallel', 'tools_streamed'],
  json_schema: ['json_object'],
}

export const partWords: Partial<Record<CapabilityKey, string>> = {
  stream_usage: 'usage in streams',
  tools: 'auto',
  tools_required: 'required',
  tools_named: 'named',
  tools_parallel: 'parallel',
  tools_streamed: 'streamed',
  json_object: 'json_object',
}

export const parameterKeys: readonly CapabilityKey[] = [
  'temperature',
  'stop',
  'seed',
  'logprobs',
  'n',
  'system_role',
  'developer_role',
  'responses',
]

export const verdictWords: Readonly<Record<Capability['verdict'], string>> = {
  yes: 'works',
  no: 'not offered',
  ignored: 'accepted, not honoured',
  unknown: 'not decided',
}

/** A *no* is grey: what a server does not offer has not failed. Red where it was a *yes* before. */
export function jackOf(found: Capability | undefined): JackState {
  if (found?.verdict === 'no' && found.lostAt) return 'bad'
  return verdictJacks[found?.verdict ?? 'unknown']
}

/** Hints: without one of these the answer is still the one that was asked for, so it may be dropped. */
export const hintKeys: readonly CapabilityKey[] = ['temperature', 'seed']
