import { colours } from './colours.ts'
import { shapes } from './shapes.ts'

/** What a prompt talks about, so that arguments and structured answers are made of its own words. */
export interface Facts {
  text: string
  /** The answer in prose that the prompt would get; fills fields such as `summary`. */
  answer: string
  /** Names: words in capitals that are not just the beginning of a sentence. */
  entities: readonly string[]
  quoted: readonly string[]
  numbers: readonly number[]
  /** The items of an answer that is a list. */
  items: readonly string[]
}

const starters = new Set(
  (
    'a an add and are answer ask based be book build calculate call can check choose classify compare compute convert could create decide describe ' +
    'did do does draft draw each explain extract fetch fill find for from generate get give go hello here hi how i if in invoke is it its json let list look ' +
    'look make may me my name no now of on one only or order output parse pick plan please print put read reply return run say schedule search ' +
    'see send set show solve sort store suggest summarise summarize take tell test thanks that the then there these they this to today tomorrow translate ' +
    "try update use using we weather what what's when where which who why will with would write yes you your"
  ).split(' '),
)

const textLengthMax = 20_000

export function readFacts(prompt: string, answer: string): Facts {
  const text = prompt.slice(0, textLengthMax)
  return {
    text,
    answer,
    entities: readEntities(text),
    quoted: [...text.matchAll(/"([^"\n]{1,200})"|“([^”\n]{1,200})”|(?<=\s|^)'([^'\n]{1,200})'/g)].map(
      (match) => match[1] ?? match[2] ?? match[3] ?? '',
    ),
    numbers: (text.match(/(?<![\w.])-?\d{1,12}(?:\.\d{1,6})?(?![\w])/g) ?? []).slice(0, 100).map(Number),
    items: [...answer.matchAll(/^\d+\.\s+(.+)$/gm)].map((match) => match[1]!),
  }
}

function readEntities(text: string): string[] {
  const found = new Set<string>()
  for (const [phrase] of text.matchAll(/\p{Lu}[\p{L}\p{M}'’-]*(?:[ ]\p{Lu}[\p{L}\p{M}'’-]*)*/gu)) {
    const words = phrase.replace(/['’]s$/, '').split(' ')
    while (words.length > 0 && starters.has(words[0]!.toLowerCase())) words.shift()
    if (words.length > 0 && words.length <= 6) found.add(words.join(' '))
    if (found.size >= 50) break
  }
  return [...found]
}

/** True where the text holds the term as a word of its own, whatever its case; `_` and `-` count as spaces. */
export function mentions(text: string, term: string): boolean {
  const spaced = term.toLowerCase().replace(/[_-]+/g, ' ').trim()
  if (spaced === '') return false
  const lower = text.toLowerCase()
  for (let at = lower.indexOf(spaced); at >= 0; at = lower.indexOf(spaced, at + 1)) {
    const before = lower[at - 1] ?? ' '
    const after = lower[at + spaced.length] ?? ' '
    if (!/[\p{L}\p{N}]/u.test(before) && !/[\p{L}\p{N}]/u.test(after)) return true
  }
  return false
}

/** The text for a field, by its name; `turn` moves on to the next name where several calls or items are made. */
export function textFor(field: string, facts: Facts, turn: number): string {
  const name = field.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase()
  const seen = facts.text + facts.answer
  if (/colou?r/.test(name)) return Object.keys(colours).find((colour) => mentions(seen, colour)) ?? 'red'
  if (/shape/.test(name))
    return [...Object.keys(shapes), 'rectangle', 'ellipse'].find((shape) => mentions(seen, shape)) ?? 'circle'
  if (/e_?mail/.test(name))
    return /[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{2,63}/.exec(facts.text)?.[0].replace(/\.$/, '') ?? 'someone@example.com'
  if (/url|link|website/.test(name))
    return /https?:\/\/[^\s"'<>)]{1,500}/.exec(facts.text)?.[0] ?? 'https://example.com/'
  if (/date|^day$/.test(name)) return /\b\d{4}-\d{2}-\d{2}\b/.exec(facts.text)?.[0] ?? '2030-01-15'
  if (/expression|formula/.test(name)) return /[\d(][\d\s.()+*/^-]{1,100}[\d)]/.exec(facts.text)?.[0].trim() ?? '1 + 1'
  if (/answer|summary|message|content|reply|response|description|explanation|reason|comment|translation/.test(name))
    return facts.answer
  if (/query|question|search|prompt|input|^text$/.test(name)) return facts.text.trim().slice(0, 200) || facts.answer
  if (
    /^(?:items?|names?|values?|entries|list|options?|tags?|keywords?|colou?rs|steps?)$/.test(name) &&
    facts.items.length > 0
  )
    return facts.items[turn % facts.items.length]!
  const named =
    facts.entities[turn % Math.max(1, facts.entities.length)] ?? facts.quoted[turn % Math.max(1, facts.quoted.length)]
  return named ?? facts.items[turn] ?? (name.replace(/[_-]+/g, ' ').trim() || 'text')
}

/** A number for a field: the one beside its name in the text, else the next one of the text. */
export function numberFor(field: string, facts: Facts, turn: number): number | undefined {
  const name = field
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[_-]+/g, ' ')
    .toLowerCase()
  const lower = facts.text.toLowerCase()
  const at = name === '' ? -1 : lower.indexOf(name)
  if (at >= 0) {
    const beside = /-?\d{1,12}(?:\.\d{1,6})?/.exec(lower.slice(at + name.length, at + name.length + 30))
    if (beside) return Number(beside[0])
  }
  if (/confidence|probability|certainty/.test(name)) return 0.9
  return facts.numbers[turn % Math.max(1, facts.numbers.length)]
}
