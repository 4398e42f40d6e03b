/** The words of a message's content, whole or in parts. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content
    .flatMap((part: { type?: unknown; text?: unknown } | null) => (typeof part?.text === 'string' ? [part.text] : []))
    .join('')
}

const conversationCharactersMax = 200_000

/** A conversation as one text, as people write one down. */
export function conversationText(messages: readonly unknown[]): string {
  const turns = messages.map((message) => {
    const { role, content } = message as { role?: unknown; content?: unknown }
    return `${String(role)}: ${contentText(content)}`
  })
  return turns.join('\n\n').slice(0, conversationCharactersMax)
}
