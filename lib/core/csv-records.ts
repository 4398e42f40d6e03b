/** A record of a file as it was read, or why it cannot be. */
export type FileRecord = { line: number; values: Record<string, unknown> } | { line: number; problem: string }

/** Takes a file's text in pieces of any size. */
export interface RecordReader {
  push(text: string): FileRecord[]
  /** The file is over. */
  end(): FileRecord[]
}

/** A record of a file, in characters: a quote that is never closed would swallow the rest. */
export const recordCharactersMax = 1_000_000
const fieldsMax = 1_000

/** What ends the reading. */
export class UnreadableFile extends Error {}

/**
 * CSV by RFC 4180, with any delimiter of one character and any line ends: CRLF, LF or CR. `header`: the first record names
 * the fields; without it they are `Column 1`, `Column 2` ... Blank lines are passed over.
 */
export class CsvReader implements RecordReader {
  readonly #delimiter: string
  #names: string[] | null
  #cells: string[] = []
  #cell = ''
  /** `quoted`: inside of quotes; `closing`: after a quote that ends the cell or is the first of two. */
  #state: 'start' | 'plain' | 'quoted' | 'closing' = 'start'
  #problem = ''
  #line = 1
  #startLine = 1
  #length = 0
  #afterReturn = false

  constructor({ delimiter, header }: { delimiter: string; header: boolean }) {
    this.#delimiter = delimiter
    this.#names = header ? null : []
  }

  /** The fields by their names; null until the header was read. */
  get names(): readonly string[] | null {
    return this.#names
  }

  push(text: string): FileRecord[] {
    const records: FileRecord[] = []
    let from = 0
    for (let at = 0; at < text.length; at++) {
      const char = text[at]!
      if (this.#afterReturn) {
        this.#afterReturn = false
        if (char === '\n') {
          from = at + 1
          continue
        }
      }
      if (this.#state === 'quoted') {
        if (char === '"') {
          this.#take(text, from, at)
          from = at + 1
          this.#state = 'closing'
        } else if (char === '\n') this.#line++
        continue
      }
      if (char === '"' && this.#state === 'closing') {
        this.#cell += '"'
        from = at + 1
        this.#state = 'quoted'
      } else if (char === '"' && this.#state === 'start') {
        from = at + 1
        this.#state = 'quoted'
      } else if (char === this.#delimiter || char === '\n' || char === '\r') {
        this.#take(text, from, at)
        from = at + 1
        this.#endCell()
        if (char === this.#delimiter) continue
        this.#afterReturn = char === '\r'
        this.#endRecord(records)
        this.#line++
        this.#startLine = this.#line
      } else if (this.#state === 'closing') this.#problem ||= 'There is text after a closing quote.'
      else this.#state = 'plain'
    }
    this.#take(text, from, text.length)
    return records
  }

  end(): FileRecord[] {
    const records: FileRecord[] = []
    if (this.#state === 'quoted') this.#problem ||= 'A quote is not closed.'
    if (this.#cells.length > 0 || this.#cell !== '' || this.#state !== 'start') {
      this.#endCell()
      this.#endRecord(records)
    }
    return records
  }

  #take(text: string, from: number, to: number): void {
    this.#cell += text.slice(from, to)
    this.#length += to - from
    if (this.#length > recordCharactersMax)
      throw new UnreadableFile(
        `The row at line ${this.#startLine} is longer than 1,000,000 characters. Is a quote missing?`,
      )
  }

  #endCell(): void {
    if (this.#cells.length >= fieldsMax) throw new UnreadableFile(`Line ${this.#startLine} has more than 1,000 fields.`)
    this.#cells.push(this.#cell)
    this.#cell = ''
    this.#state = 'start'
  }

  #endRecord(records: FileRecord[]): void {
    const cells = this.#cells
    const line = this.#startLine
    const problem = this.#problem
    this.#cells = []
    this.#problem = ''
    this.#length = 0
    if (cells.length === 1 && cells[0] === '' && !problem) return
    if (this.#names === null) {
      this.#names = namesOf(cells)
      return
    }
    if (this.#names.length === 0) this.#names = cells.map((_, index) => `Column ${index + 1}`)
    const names = this.#names
    if (problem) records.push({ line, problem })
    else if (cells.length !== names.length)
      records.push({ line, problem: `There are ${cells.length} fields here and ${names.length} in the first line.` })
    else
      records.push({ line, values: Object.fromEntries(names.map((name, index) => [name, unguarded(cells[index]!)])) })
  }
}

/** Headers as names, each once. */
function namesOf(cells: readonly string[]): string[] {
  const names: string[] = []
  for (const [index, cell] of cells.entries()) {
    const plain = cell.trim().slice(0, 200) || `Column ${index + 1}`
    let name = plain
    for (let times = 2; names.includes(name); times++) name = `${plain} (${times})`
    names.push(name)
  }
  return names
}

/** Without the apostrophe that exports put in front of what a spreadsheet would run. */
function unguarded(cell: string): string {
  return /^'+[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell
}

const delimiters = [',', ';', '\t', '|'] as const

/** The delimiter that stands most often in the first line, outside of quotes. */
export function guessDelimiter(text: string): (typeof delimiters)[number] {
  const counts = new Map<string, number>()
  let quoted = false
  for (const char of text) {
    if (char === '"') quoted = !quoted
    else if (!quoted && (char === '\n' || char === '\r')) break
    else if (!quoted) counts.set(char, (counts.get(char) ?? 0) + 1)
  }
  return delimiters.toSorted((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0))[0]!
}
