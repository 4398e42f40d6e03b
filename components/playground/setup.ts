import type { Prompt } from '#components/prompt/body.ts'
import type { Message, Parameters } from '#components/prompt/types.ts'
import type { ModelType } from '#lib/models/schema.ts'
import type { CreateLinkInput, PlaygroundPrompt } from '#lib/playground/schema.ts'

type PlaygroundPromptInput = CreateLinkInput['prompt']

export interface Column {
  /** Its own for as long as it stands. */
  key: string
  /** A model by its slug. */
  model: string
  /** In place of the shared parameters; null: as they are. */
  parameters: Parameters | null
}

/** What is asked, and whom. */
export interface Setup extends Prompt {
  variables: Record<string, string>
  columns: Column[]
}

const firstMessages: readonly Message[] = [
  { role: 'system', content: '' },
  { role: 'user', content: '' },
]

export function emptySetup(type: ModelType): Setup {
  return {
    type,
    messages: type === 'chat' ? [...firstMessages] : [],
    prompt: '',
    inputs: type === 'embedding' ? ['', ''] : [],
    tools: [],
    parameters: type === 'completion' ? { max_tokens: 128 } : {},
    variables: {},
    columns: [],
  }
}

let made = 0
/** A column's key: new in this page. */
export const newColumn = (model: string): Column => ({
  key: `c${Date.now().toString(36)}${made++}`,
  model,
  parameters: null,
})

/** True where nothing was written yet. */
export function isBlank({ type, messages, prompt, inputs }: Prompt): boolean {
  if (type === 'chat') return messages.every(({ content, tool_calls }) => content === '' && !tool_calls)
  return type === 'embedding' ? inputs.every((input) => input.trim() === '') : prompt.trim() === ''
}

/** Messages that were left empty are not sent. */
export function withoutEmpty(messages: readonly Message[]): Message[] {
  return messages.filter(({ content, tool_calls, role }) => role === 'tool' || content !== '' || tool_calls)
}

/** What a link holds: the prompt and whom it asks. */
export function toLinkPrompt({ columns, ...prompt }: Setup): PlaygroundPromptInput {
  return {
    ...prompt,
    columns: columns.map(({ model, parameters }) => ({ model, parameters })),
  } as PlaygroundPromptInput
}

/** A link's prompt as a setup; its columns are known by their place. */
export function fromLinkPrompt({ columns, ...prompt }: PlaygroundPrompt): Setup {
  return {
    ...(prompt as Omit<Setup, 'columns'>),
    columns: columns.map(({ model, parameters }, at) => ({ key: `link${at}`, model, parameters })),
  }
}
