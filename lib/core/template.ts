/**
 * `{{name}}` in a text stands for a variable; `\{{name}}` is that text itself. Everything else is literal, also braces
 * that hold no name.
 */
export type Template = readonly (string | { readonly variable: string })[]

const placeholder = /\\?\{\{\s*([A-Za-z_][A-Za-z0-9_.-]{0,63})\s*\}\}/g

/** Literal texts and variables in their order; empty texts are left out. */
export function parseTemplate(text: string): Template {
  const parts: (string | { variable: string })[] = []
  let literal = ''
  let from = 0
  for (const match of text.matchAll(placeholder)) {
    literal += text.slice(from, match.index)
    from = match.index + match[0].length
    if (match[0].startsWith('\\')) literal += match[0].slice(1)
    else {
      if (literal !== '') parts.push(literal)
      literal = ''
      parts.push({ variable: match[1]! })
    }
  }
  literal += text.slice(from)
  if (literal !== '') parts.push(literal)
  return parts
}

/** The names that a text uses, each once, in their order. */
export function variablesIn(text: string): string[] {
  return [...new Set(parseTemplate(text).flatMap((part) => (typeof part === 'string' ? [] : [part.variable])))]
}

/** The text with its variables replaced; one without a value becomes nothing. */
export function fillTemplate(text: string, values: Readonly<Record<string, string>>): string {
  return parseTemplate(text)
    .map((part) =>
      typeof part === 'string' ? part : Object.hasOwn(values, part.variable) ? values[part.variable] : '',
    )
    .join('')
}
