/** Where a text stops being JSON. Both count from 1. */
export interface JsonProblem {
  line: number
  column: number
  message: string
}

export type ReadJson = { ok: true; value: unknown } | { ok: false; problem: JsonProblem }

/**
 * Reads JSON and, where it is none, says in plain words what is wrong and where. The engines of browsers word and place
 * that each in its own way, and one of them not at all. A name that comes twice is a mistake too: one of the two is lost.
 */
export function readJson(text: string): ReadJson {
  try {
    const reader = new Reader(text)
    reader.document()
    return { ok: true, value: JSON.parse(text) }
  } catch (error) {
    if (error instanceof Misread) return { ok: false, problem: place(text, error.at, error.message) }
    return { ok: false, problem: { line: 1, column: 1, message: 'This is not JSON.' } }
  }
}

const depthMax = 200

class Misread extends Error {
  readonly at: number
  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}

function place(text: string, at: number, message: string): JsonProblem {
  const before = text.slice(0, at)
  const line = before.split('\n').length
  return { line, column: at - before.lastIndexOf('\n'), message }
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): void {
    this.#space()
    if (this.#at === this.#text.length) throw new Misread(0, 'Nothing is written here.')
    this.#value(0)
    this.#space()
    if (this.#at < this.#text.length) throw new Misread(this.#at, 'The JSON ends before this.')
  }

  get #next(): string | undefined {
    return this.#text[this.#at]
  }

  #space(): void {
    while (this.#next !== undefined && ' \t\n\r'.includes(this.#next)) this.#at++
  }

  #value(depth: number): void {
    const next = this.#next
    if (depth > depthMax) throw new Misread(this.#at, 'This is nested too deep.')
    if (next === undefined) throw new Misread(this.#at, 'A value is missing at the end.')
    if (next === '{') this.#object(depth)
    else if (next === '[') this.#list(depth)
    else if (next === '"') this.#string()
    else if (next === "'") throw new Misread(this.#at, 'Texts stand in double quotes.')
    else this.#word()
  }

  #object(depth: number): void {
    const names = new Set<string>()
    this.#at++
    this.#space()
    if (this.#next === '}') {
      this.#at++
      return
    }
    for (;;) {
      const at = this.#at
      if (this.#next !== '"')
        throw new Misread(
          at,
          this.#next === '}' ? 'Remove the comma before this.' : 'A name in double quotes is expected.',
        )
      const name = this.#string()
      if (names.has(name)) throw new Misread(at, `“${name}” stands here twice.`)
      names.add(name)
      this.#space()
      if (!this.#text.startsWith(':', this.#at)) throw new Misread(this.#at, 'A colon is expected.')
      this.#at++
      this.#space()
      this.#value(depth + 1)
      if (this.#ends('}')) return
    }
  }

  #list(depth: number): void {
    this.#at++
    this.#space()
    if (this.#next === ']') {
      this.#at++
      return
    }
    for (;;) {
      if (this.#next === ']') throw new Misread(this.#at, 'Remove the comma before this.')
      this.#value(depth + 1)
      if (this.#ends(']')) return
    }
  }

  /** After a value: the end, or the comma before the next one. */
  #ends(sign: string): boolean {
    this.#space()
    const next = this.#next
    if (next !== sign && next !== ',')
      throw new Misread(
        this.#at,
        next === undefined ? `“${sign}” is missing at the end.` : `A comma or “${sign}” is expected.`,
      )
    this.#at++
    this.#space()
    return next === sign
  }

  #string(): string {
    const from = this.#at
    for (let at = from + 1; at < this.#text.length; at++) {
      const sign = this.#text[at]!
      if (sign === '\\') {
        const escaped = /^\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/.exec(this.#text.slice(at, at + 6))
        if (!escaped) throw new Misread(at, 'This is no escape of JSON. Write \\\\ for a backslash.')
        at += escaped[0].length - 1
      } else if (sign === '"') {
        this.#at = at + 1
        return JSON.parse(this.#text.slice(from, at + 1)) as string
      } else if (sign < ' ')
        throw new Misread(
          at,
          sign === '\n'
            ? 'The quote is not closed on this line. Write \\n for a new line.'
            : 'Write this character as an escape.',
        )
    }
    throw new Misread(from, 'This quote is never closed.')
  }

  #word(): void {
    const from = this.#at
    const word = /^[^\s,:[\]{}"]+/.exec(this.#text.slice(from, from + 400))?.[0] ?? this.#next!
    if (!/^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/.test(word))
      throw new Misread(from, `“${word.slice(0, 40)}” is no JSON. Texts stand in double quotes.`)
    this.#at += word.length
  }
}

/** The text with two spaces a level; as it was where it is no JSON. */
export function formatJson(text: string): string {
  const read = readJson(text)
  return read.ok ? JSON.stringify(read.value, null, 2) : text
}
