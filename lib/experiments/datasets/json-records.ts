import { type FileRecord, type RecordReader, recordCharactersMax, UnreadableFile } from '#lib/core/csv-records.ts'
import { parseJson } from './row-content.ts'

/** One JSON object a line. Blank lines are passed over. */
export class JsonLinesReader implements RecordReader {
  #rest = ''
  #line = 0

  push(text: string): FileRecord[] {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop()!
    if (this.#rest.length > recordCharactersMax) throw tooLong(this.#line + 1)
    return lines.flatMap((line) => this.#read(line))
  }

  end(): FileRecord[] {
    return this.#read(this.#rest)
  }

  #read(text: string): FileRecord[] {
    this.#line++
    if (text.length > recordCharactersMax) throw tooLong(this.#line)
    return text.trim() === '' ? [] : [toRecord(this.#line, parseJson(text))]
  }
}

/** A list of objects, cut out of the text element by element. */
export class JsonListReader implements RecordReader {
  #state: 'before' | 'inside' | 'after' = 'before'
  #element = ''
  #depth = 0
  #inString = false
  #escaped = false
  #line = 1
  #startLine = 1

  push(text: string): FileRecord[] {
    const records: FileRecord[] = []
    let from = 0
    for (let at = 0; at < text.length; at++) {
      const char = text[at]!
      if (char === '\n') this.#line++
      if (this.#state === 'after') {
        if (!isSpace(char)) throw new UnreadableFile(`There is text after the end of the list, at line ${this.#line}.`)
      } else if (this.#state === 'before') {
        if (isSpace(char)) continue
        if (char !== '[') throw new UnreadableFile('The file must be a list: [ {...}, {...} ].')
        this.#state = 'inside'
        from = at + 1
        this.#startLine = this.#line
      } else if (this.#inString) {
        if (this.#escaped) this.#escaped = false
        else if (char === '\\') this.#escaped = true
        else if (char === '"') this.#inString = false
      } else if (char === '"') this.#inString = true
      else if (char === '{' || char === '[') this.#depth++
      else if (this.#depth === 0 && (char === ',' || char === ']')) {
        this.#element += text.slice(from, at)
        from = at + 1
        this.#take(records)
        if (char === ']') this.#state = 'after'
      } else if (char === '}' || char === ']') this.#depth--
    }
    if (this.#state === 'inside') this.#element += text.slice(from)
    if (this.#element.length > recordCharactersMax) throw tooLong(this.#startLine)
    return records
  }

  end(): FileRecord[] {
    if (this.#state === 'after') return []
    if (this.#state === 'before') throw new UnreadableFile('The file is empty.')
    return [{ line: this.#startLine, problem: 'The list is not closed: the file is cut.' }]
  }

  #take(records: FileRecord[]): void {
    const text = this.#element
    this.#element = ''
    const lead = text.length - text.trimStart().length
    const line = this.#startLine + (text.slice(0, lead).match(/\n/g)?.length ?? 0)
    this.#startLine = this.#line
    if (text.trim() !== '') records.push(toRecord(line, parseJson(text)))
  }
}

function isSpace(char: string): boolean {
  return char === ' ' || char === '\n' || char === '\r' || char === '\t'
}

function toRecord(line: number, value: unknown): FileRecord {
  if (value === undefined) return { line, problem: 'This is not valid JSON.' }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { line, problem: 'This is not a JSON object.' }
  return { line, values: value as Record<string, unknown> }
}

function tooLong(line: number): UnreadableFile {
  return new UnreadableFile(`The row at line ${line} is longer than 1,000,000 characters.`)
}
