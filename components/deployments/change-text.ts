import { roleWords } from '#components/prompt/messages.ts'
import type { ChangeView, DiffView, Message } from '#lib/deployments/schema.ts'

export const areaWords: Readonly<Record<DiffView['sections'][number]['area'], string>> = {
  variables: 'Variables',
  variants: 'Variants',
  prompt: 'Prompt',
  model: 'Models',
  parameters: 'Parameters',
  tools: 'Functions',
  behaviour: 'Retries, times, cache and guardrails',
  routing: 'Routing',
}

export const kindWords: Readonly<Record<ChangeView['kind'], string>> = {
  added: 'added',
  removed: 'removed',
  changed: 'changed',
  moved: 'moved',
}

export const countChanges = (sections: DiffView['sections']): number =>
  sections.reduce((sum, { changes }) => sum + changes.length, 0)

/** Ids of models become their names, as far as they are known. */
export type NameModel = (id: string) => string

/** One side of a change as a text that can be compared line by line; empty where there is nothing. */
export function textOfSide(value: unknown, path: string, nameModel: NameModel): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') {
    if (path === 'model') return nameModel(value)
    return value
  }
  if (path.startsWith('messages.') && isMessage(value)) return textOfMessage(value)
  if (path.startsWith('fallbacks.') && isRecord(value) && typeof value.model === 'string') {
    const { model, parameters } = value
    return parameters === null || parameters === undefined
      ? nameModel(model)
      : `${nameModel(model)}\nparameters ${json(parameters)}`
  }
  if (path === 'lenient') return value === true ? 'told in a header' : 'refused'
  return json(value)
}

/** Who speaks on a line of its own, then the words as they stand. */
function textOfMessage(message: Message): string {
  const { role, content, tool_calls, tool_call_id } = message
  const parts =
    typeof content === 'string'
      ? [content]
      : content.map((part) => (part.type === 'text' ? part.text : `[picture ${shorten(part.image_url.url)}]`))
  return [
    `${roleWords[role]}:`,
    ...parts,
    ...(tool_calls ?? []).map((call) => `calls ${call.function.name}(${call.function.arguments})`),
    ...(tool_call_id ? [`answers ${tool_call_id}`] : []),
  ].join('\n')
}

const shorten = (url: string) => (url.length > 60 ? `${url.slice(0, 59)}…` : url)
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isMessage = (value: unknown): value is Message => isRecord(value) && 'role' in value && 'content' in value

/** Names in order: the database keeps none. */
function json(value: unknown): string {
  return JSON.stringify(
    value,
    (_, member: unknown) =>
      isRecord(member) ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))) : member,
    2,
  )
}
