import { parseTemplate, variablesIn } from '#lib/deployments/schema.ts'
import type { ModelType } from '#lib/models/schema.ts'
import { refusedParameters } from './parameters.ts'
import type { Message, ParameterName, Parameters, PromptModel, Tool } from './types.ts'

/** Models that the playground asks side by side. */
export const columnsMax = 4

/** What is asked of a model, of whatever Type: the parts that its Type does not have stay empty. */
export interface Prompt {
  type: ModelType
  /** Of a chat. */
  messages: Message[]
  /** Of a completion or a picture. */
  prompt: string
  /** The texts of embeddings. */
  inputs: string[]
  tools: Tool[]
  parameters: Parameters
}

export interface CallBody {
  /** Below `/v1/`. */
  path: 'chat/completions' | 'completions' | 'embeddings' | 'images/generations'
  body: { model: string } & Record<string, unknown>
  /** Parameters that were left out because this model was shown not to take them. */
  omitted: ParameterName[]
}

/** The names of a prompt's variables, in the order in which they come. */
export function promptVariables({ type, messages, prompt, inputs, parameters }: Prompt): string[] {
  const texts =
    type === 'chat'
      ? messages.flatMap(({ content }) =>
          typeof content === 'string'
            ? [content]
            : content.map((part) =>
                part.type === 'text' ? part.text : part.image_url.url.startsWith('data:') ? '' : part.image_url.url,
              ),
        )
      : type === 'embedding'
        ? inputs
        : [prompt, parameters.suffix ?? '']
  return [...new Set(texts.flatMap(variablesIn))]
}

/**
 * The body of one call, with its variables filled in. `own`: in place of the prompt's parameters, as far as they go.
 * `more`: messages of a conversation after the prompt; they hold no variables.
 */
export function bodyOf(
  prompt: Prompt,
  model: PromptModel,
  values: Readonly<Record<string, string>>,
  { own, more = [], stream }: { own?: Parameters | null; more?: readonly Message[]; stream?: boolean } = {},
): CallBody {
  const parameters = { ...prompt.parameters, ...own }
  const omitted = refusedParameters(model, parameters)
  for (const name of omitted) delete parameters[name]
  const fill = (text: string) => fillText(text, values)
  const base = { model: model.slug }
  const streamed = stream ? { stream: true, stream_options: { include_usage: true } } : {}
  const {
    extra,
    image_format,
    response_format,
    tool_choice,
    parallel_tool_calls,
    stop,
    suffix,
    encoding_format,
    ...plain
  } = parameters
  switch (prompt.type) {
    case 'chat': {
      const calls = prompt.tools.length > 0
      return {
        path: 'chat/completions',
        omitted,
        body: {
          ...base,
          messages: [...prompt.messages.map((message) => fillMessage(message, values)), ...more],
          ...plain,
          ...(stop?.length && { stop }),
          ...(calls && {
            tools: prompt.tools,
            ...(tool_choice && { tool_choice }),
            ...(parallel_tool_calls !== undefined && { parallel_tool_calls }),
          }),
          ...(response_format && response_format.type !== 'text' && { response_format }),
          ...streamed,
          ...extra,
        },
      }
    }
    case 'completion':
      return {
        path: 'completions',
        omitted,
        body: {
          ...base,
          prompt: fill(prompt.prompt),
          ...(suffix && { suffix: fill(suffix) }),
          ...plain,
          ...(stop?.length && { stop }),
          ...streamed,
          ...extra,
        },
      }
    case 'embedding': {
      const inputs = prompt.inputs.filter((input) => input.trim() !== '').map(fill)
      return {
        path: 'embeddings',
        omitted,
        body: {
          ...base,
          input: inputs.length === 1 ? inputs[0] : inputs,
          ...plain,
          encoding_format: encoding_format ?? 'float',
          ...extra,
        },
      }
    }
    case 'image': {
      const asData =
        model.capabilities.checks.image_b64?.verdict !== 'no' && !model.profile.drop.includes('response_format')
      const format = image_format ?? (asData ? 'b64_json' : undefined)
      return {
        path: 'images/generations',
        omitted,
        body: { ...base, prompt: fill(prompt.prompt), ...plain, ...(format && { response_format: format }), ...extra },
      }
    }
  }
}

function fillText(text: string, values: Readonly<Record<string, string>>): string {
  return parseTemplate(text)
    .map((part) =>
      typeof part === 'string' ? part : Object.hasOwn(values, part.variable) ? values[part.variable] : '',
    )
    .join('')
}

/** A message with its variables filled in; the data of pictures is left alone. */
export function fillMessage(message: Message, values: Readonly<Record<string, string>>): Message {
  const fill = (text: string) => fillText(text, values)
  const { content } = message
  if (typeof content === 'string') return { ...message, content: fill(content) }
  return {
    ...message,
    content: content.map((part) =>
      part.type === 'text'
        ? { ...part, text: fill(part.text) }
        : part.image_url.url.startsWith('data:')
          ? part
          : { ...part, image_url: { ...part.image_url, url: fill(part.image_url.url) } },
    ),
  }
}

/** Whether an answer can be asked for word by word. */
export function canStream(prompt: Prompt, { capabilities: { checks } }: PromptModel): boolean {
  if (prompt.type !== 'chat' && prompt.type !== 'completion') return false
  if (checks.streaming?.verdict === 'no') return false
  return !(prompt.tools.length > 0 && checks.tools_streamed?.verdict === 'no')
}
