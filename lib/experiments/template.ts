const placeholder = /\\?\{\{\s*([\p{L}_][\p{L}\p{N}_.-]{0,63})\s*\}\}/gu

/** The names that a text asks for as `{{name}}`, each once. `\{{name}}` is that text itself. */
export function namesIn(text: string): string[] {
  const names = [...text.matchAll(placeholder)].flatMap(([found, name]) => (found.startsWith('\\') ? [] : [name!]))
  return [...new Set(names)]
}

/** The text with its names filled in; what `find` does not know is empty. */
export function fillIn(text: string, find: (name: string) => unknown): string {
  return text.replaceAll(placeholder, (found, name: string) => {
    if (found.startsWith('\\')) return found.slice(1)
    const value = find(name)
    if (value === undefined || value === null) return ''
    return typeof value === 'string' ? value : JSON.stringify(value)
  })
}
