import { parseTemplate } from '#lib/deployments/schema.ts'

/** A prompt's text with its `{{names}}` filled in; what `find` does not know is empty. */
export function fillIn(text: string, find: (name: string) => unknown): string {
  return parseTemplate(text)
    .map((part) => {
      if (typeof part === 'string') return part
      const value = find(part.variable)
      if (value === undefined || value === null) return ''
      return typeof value === 'string' ? value : JSON.stringify(value)
    })
    .join('')
}
