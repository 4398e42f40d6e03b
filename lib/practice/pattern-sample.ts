/** The letters a character class or an escape allows, as one example of each wanted character. */
const escapes: Record<string, string> = { d: '1', w: 'a', s: ' ', D: 'a', W: '-', S: 'a', n: '\n', t: '\t', r: '\r' }

const lengthMax = 2_000

/**
 * A text that a regular expression of the usual kind matches: literals, classes, groups, alternatives, counts. No expression is ever
 * run here, so a hostile one costs nothing. Look-around and back references are left out of the text.
 */
export function sampleFromPattern(pattern: string): string {
  return new PatternReader(pattern.slice(0, 1_000)).alternatives(0).slice(0, lengthMax)
}

class PatternReader {
  readonly #pattern: string
  #at = 0

  constructor(pattern: string) {
    this.#pattern = pattern
  }

  /** The first alternative; the others are read and dropped. */
  alternatives(depth: number): string {
    let first: string | undefined
    let current = ''
    while (this.#at < this.#pattern.length && this.#pattern[this.#at] !== ')') {
      if (this.#pattern[this.#at] === '|') {
        this.#at += 1
        first ??= current
        current = ''
        continue
      }
      const atom = this.#atom(depth)
      current = (current + atom.repeat(this.#count(atom))).slice(0, lengthMax)
    }
    return first ?? current
  }

  #atom(depth: number): string {
    const character = this.#pattern[this.#at++]!
    if (character === '^' || character === '$') return ''
    if (character === '.') return 'a'
    if (character === '\\') return this.#escape()
    if (character === '[') return this.#set()
    if (character !== '(') return character
    const special = /^\?(?:<?[=!]|:|<\w+>)/.exec(this.#pattern.slice(this.#at))?.[0] ?? ''
    this.#at += special.length
    // Each level is a call; the pattern's length bounds them, this bound keeps the stack small.
    const inner = depth < 200 ? this.alternatives(depth + 1) : ''
    this.#at += 1
    return /[=!]/.test(special) ? '' : inner
  }

  #escape(): string {
    const character = this.#pattern[this.#at++] ?? ''
    if (character === 'b' || character === 'B' || /[1-9]/.test(character)) return ''
    if (character === 'p' || character === 'P') {
      const property = /^\{([^}]*)\}/.exec(this.#pattern.slice(this.#at))
      this.#at += property?.[0].length ?? 0
      const name = property?.[1] ?? 'L'
      return name.startsWith('N') ? '1' : name === 'Lu' ? 'A' : 'a'
    }
    if (character === 'u' || character === 'x') {
      const length = character === 'u' ? 4 : 2
      const code = Number.parseInt(this.#pattern.slice(this.#at, this.#at + length), 16)
      this.#at += length
      return Number.isNaN(code) ? '' : String.fromCharCode(code)
    }
    return escapes[character] ?? character
  }

  #set(): string {
    const negated = this.#pattern[this.#at] === '^'
    if (negated) this.#at += 1
    const members: string[] = []
    const ranges: [string, string][] = []
    for (
      let first = true;
      this.#at < this.#pattern.length && (first || this.#pattern[this.#at] !== ']');
      first = false
    ) {
      const one = this.#member()
      if (
        this.#pattern[this.#at] === '-' &&
        this.#pattern[this.#at + 1] !== ']' &&
        this.#at + 1 < this.#pattern.length
      ) {
        this.#at += 1
        ranges.push([one, this.#member()])
      } else members.push(one)
    }
    this.#at += 1
    const taken = (candidate: string) =>
      members.includes(candidate) || ranges.some(([low, high]) => candidate >= low && candidate <= high)
    if (negated) return [...'aA1 -_~'].find((candidate) => !taken(candidate)) ?? '\u00e9'
    return ranges[0]?.[0] ?? members[0] ?? ''
  }

  #member(): string {
    const character = this.#pattern[this.#at++] ?? ''
    return character === '\\' ? this.#escape() : character
  }

  /** How often the atom before stands: the least that is allowed, but once where none is allowed too. */
  #count(atom: string): number {
    const quantifier = /^(?:[*+?]|\{(\d{1,4})(,?)(\d{0,4})\})\??/.exec(this.#pattern.slice(this.#at))
    if (!quantifier) return 1
    this.#at += quantifier[0].length
    const least = quantifier[1] === undefined ? 1 : Number(quantifier[1])
    const most =
      quantifier[1] === undefined
        ? 1
        : quantifier[2] === ''
          ? least
          : quantifier[3] === ''
            ? 9_999
            : Number(quantifier[3])
    return Math.min(Math.max(least, Math.min(1, most)), Math.ceil(lengthMax / Math.max(1, atom.length)))
  }
}
