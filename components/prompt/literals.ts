const widthMax = 72

interface Dialect {
  string(text: string): string
  word(value: boolean | null): string
  /** `name: ` of a member. */
  name(name: string): string
  /** Between the braces of an object on one line. */
  inside: string
}

/** Text as JavaScript has it: in single quotes where that needs no escape. */
export function quoteJs(text: string): string {
  return /^[^'"\\\p{Cc}\u2028\u2029]*$/u.test(text) ? `'${text}'` : JSON.stringify(text)
}

const js: Dialect = {
  string: quoteJs,
  word: String,
  name: (name) => `${/^[A-Za-z_$][\w$]*$/.test(name) ? name : quoteJs(name)}: `,
  inside: ' ',
}

const python: Dialect = {
  string: (text) => JSON.stringify(text),
  word: (value) => (value === null ? 'None' : value ? 'True' : 'False'),
  name: (name) => `${JSON.stringify(name)}: `,
  inside: '',
}

/** A JSON value as a literal of JavaScript, laid out by two spaces; lines begin at `indent`. */
export const toJs = (value: unknown, indent = '') => write(value, js, indent, '  ')

/** The same for Python, by four spaces. */
export const toPython = (value: unknown, indent = '') => write(value, python, indent, '    ')

function write(value: unknown, dialect: Dialect, indent: string, step: string): string {
  if (typeof value === 'string') return dialect.string(value)
  if (typeof value === 'boolean' || value === null) return dialect.word(value)
  if (typeof value !== 'object' || value === undefined) return String(value)
  const isList = Array.isArray(value)
  const items = isList
    ? value.map((item) => ['', item] as const)
    : Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .map(([name, item]) => [dialect.name(name), item] as const)
  const [open, close] = isList ? '[]' : '{}'
  if (items.length === 0) return `${open}${close}`
  const flat = items.map(([name, item]) => name + write(item, dialect, '', step)).join(', ')
  const space = isList ? '' : dialect.inside
  if (!flat.includes('\n') && indent.length + flat.length <= widthMax) return `${open}${space}${flat}${space}${close}`
  const lines = items.map(([name, item]) => `${indent}${step}${name}${write(item, dialect, indent + step, step)},`)
  return `${open}\n${lines.join('\n')}\n${indent}${close}`
}
