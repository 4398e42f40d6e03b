import type { ContentPart, Message, PicturePart, Role, ToolCall } from './types.ts'

export const roleWords: Readonly<Record<Role, string>> = {
  system: 'System',
  developer: 'Developer',
  user: 'User',
  assistant: 'Assistant',
  tool: 'Function result',
}

export function picturesOf({ content }: Pick<Message, 'content'>): string[] {
  return typeof content === 'string'
    ? []
    : content.flatMap((part) => (part.type === 'image_url' ? [part.image_url.url] : []))
}

/** One text alone is a string, as most servers like it best. */
export function toContent(parts: ContentPart[]): Message['content'] {
  if (parts.length === 0) return ''
  const [first, second] = parts
  return first?.type === 'text' && second === undefined ? first.text : parts
}

export function toParts(content: Message['content']): ContentPart[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content
}

export function withPictures(message: Message, urls: readonly string[]): Message {
  const pictures = urls.map((url): PicturePart => ({ type: 'image_url', image_url: { url } }))
  return { ...message, content: [...toParts(message.content), ...pictures] }
}

/** The same words for another role: what the new one cannot hold is left behind. */
export function withRole(message: Message, role: Role, open: readonly ToolCall[]): Message {
  const content =
    role === 'user' ? message.content : toContent(toParts(message.content).filter(({ type }) => type === 'text'))
  return {
    role,
    content,
    ...(role === 'tool' && { tool_call_id: message.tool_call_id ?? open[0]?.id ?? '' }),
    ...(role === 'assistant' && message.tool_calls && { tool_calls: message.tool_calls }),
  }
}

/** Calls of functions before `index` that no message before it answers. */
export function openCalls(messages: readonly Message[], index: number): ToolCall[] {
  const calls = new Map<string, ToolCall>()
  for (const message of messages.slice(0, index)) {
    for (const call of message.tool_calls ?? []) calls.set(call.id, call)
    if (message.role === 'tool' && message.tool_call_id !== undefined) calls.delete(message.tool_call_id)
  }
  return [...calls.values()]
}

/** Who speaks after these. */
export function nextRole(messages: readonly Message[]): Role {
  const last = messages.at(-1)
  if (openCalls(messages, messages.length).length > 0) return 'tool'
  return last?.role === 'user' ? 'assistant' : 'user'
}
