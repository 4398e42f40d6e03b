import { z } from 'zod'
import { parseTemplate } from '#lib/deployments/schema.ts'
import type { ModelType } from '#lib/models/schema.ts'
import type { CallRequest } from '../call.ts'
import type { DatasetMessage } from '../datasets/columns.ts'
import { fillIn } from '../template.ts'
import type { CandidatePrompt, PinnedCandidate } from './setup.ts'

/** A row of a snapshot. */
export interface RunRow {
  rowId: string
  position: number
  inputs: Record<string, unknown>
  messages: DatasetMessage[]
  expected: unknown
  requestId: string
}

export type Composed = Pick<CallRequest, 'path' | 'body'> | { problem: string }

const paths: Record<ModelType, CallRequest['path']> = {
  chat: '/v1/chat/completions',
  completion: '/v1/completions',
  image: '/v1/images/generations',
  embedding: '/v1/embeddings',
}

/** The call that asks a candidate for its answer to a row. `address`: what is called. Not for recorded answers. */
export function composeCall(
  candidate: Exclude<PinnedCandidate, { kind: 'recorded' }>,
  row: RunRow,
  address: string,
): Composed {
  const path = paths[candidate.type]
  if (candidate.kind === 'deployment') {
    const messages = candidate.type === 'chat' && row.messages.length > 0 ? { messages: row.messages } : {}
    return { path, body: { model: address, variables: row.inputs, ...messages } }
  }
  const { prompt } = candidate
  const fill = (text: string) =>
    fillIn(text, (name) => (Object.hasOwn(row.inputs, name) ? row.inputs[name] : undefined))
  const parameters = toMembers(prompt.parameters)
  if (candidate.type !== 'chat') {
    const text = fill(prompt.prompt)
    if (text === '') return { problem: 'The prompt is empty for this row.' }
    if (candidate.type === 'embedding')
      return { path, body: { model: address, ...parameters, input: listOf(prompt.prompt, row) ?? text } }
    return { path, body: { model: address, ...parameters, prompt: text } }
  }
  const messages = [...prompt.messages.map((message) => filled(message, fill)), ...row.messages]
  if (messages.length === 0) return { problem: 'Neither the prompt nor the row has a message.' }
  const tools = prompt.tools.length > 0 ? { tools: prompt.tools } : {}
  return { path, body: { model: address, ...parameters, ...tools, messages } }
}

/** The texts of a row, where the prompt is nothing but the variable that holds a list of them. */
function listOf(prompt: string, row: RunRow): string[] | null {
  const [only, ...more] = parseTemplate(prompt.trim())
  if (only === undefined || typeof only === 'string' || more.length > 0) return null
  const texts = Texts.safeParse(Object.hasOwn(row.inputs, only.variable) ? row.inputs[only.variable] : null)
  return texts.success ? texts.data : null
}

const Texts = z.array(z.string()).min(1)

function filled(message: CandidatePrompt['messages'][number], fill: (text: string) => string) {
  if (typeof message.content === 'string') return { ...message, content: fill(message.content) }
  const content = message.content.map((part) =>
    part.type === 'text'
      ? { ...part, text: fill(part.text) }
      : { ...part, image_url: { ...part.image_url, url: fill(part.image_url.url) } },
  )
  return { ...message, content }
}

/** Parameters by the names that servers know. */
function toMembers({ extra, image_format, ...rest }: CandidatePrompt['parameters']): Record<string, unknown> {
  return { ...rest, ...(image_format && { response_format: image_format }), ...extra }
}
