import { mentions } from './facts.ts'
import { hashText } from './hash.ts'
import { capitals, knownLists, negativeWords, numberWords, positiveWords, sentences } from './phrases.ts'

/** What an answer in prose is made from. */
export interface Prompt {
  /** The last message of the user. */
  text: string
  /** All system and developer messages. */
  system: string
  /** Earlier messages of the user. */
  earlier: readonly string[]
  /** What was seen in the pictures of the last message: "A red circle." */
  sights: readonly string[]
  /** What the tools answered since then. */
  toolResults: readonly { name: string; text: string }[]
  /** Which of several choices; with the seed it varies the wording where that is free. */
  variant: number
}

const promptLengthMax = 20_000
const wordsMax = 2_000

type Rule = (text: string, prompt: Prompt) => string | undefined

// In order: the first rule that has an answer wins.
const rules: readonly Rule[] = [
  sayAfterMe,
  calculate,
  count,
  list,
  recallName,
  capitalOf,
  choose,
  feel,
  summarise,
  tellAtLength,
  greet,
]

/** A short, friendly answer, the same for the same prompt on every machine. */
export function answerText(prompt: Prompt): string {
  const text = prompt.text.slice(0, promptLengthMax).trim()
  if (prompt.toolResults.length > 0) return dress(prompt.toolResults.map(tellResult).join(' '), prompt)
  if (prompt.sights.length > 0) return dress(tellSights(text, prompt.sights), prompt)
  return dress(answerByRule(text, prompt) ?? otherwise(text, prompt), prompt)
}

/** The answer to what one of the rules understands. */
export function answerByRule(text: string, prompt: Prompt): string | undefined {
  for (const rule of rules) {
    const answer = rule(text, prompt)
    if (answer !== undefined) return answer
  }
  return undefined
}

/** Orders about the form, from the system message or the prompt. */
function dress(answer: string, { system, text }: Prompt): string {
  const orders = `${system.slice(0, promptLengthMax)}\n${text.slice(0, promptLengthMax)}`.toLowerCase()
  const dressed =
    /\b(?:in|with|using) (?:exactly |only )?(?:one|a single|1) word\b|\bone word(?: only| answer)?\b(?=[.!]|$)/.test(
      orders,
    )
      ? firstWordThatTells(answer)
      : answer
  if (/\b(?:upper ?case|all caps|capital letters)\b/.test(orders)) return dressed.toUpperCase()
  return /\b(?:in lower ?case|lower ?case (?:only|letters))\b/.test(orders) ? dressed.toLowerCase() : dressed
}

/** "The capital of France is Paris." -> "Paris"; "A red circle." -> "red". */
function firstWordThatTells(answer: string): string {
  const words = answer.replace(/^(?:an?|the|\d+\.)\s+/i, '').match(/[\p{L}\p{N}'-]+/gu) ?? []
  return (/ (?:is|=) /.test(answer) ? words.at(-1) : words[0]) ?? answer
}

function tellSights(text: string, sights: readonly string[]): string {
  const oneWord = /\bone word\b|\bsingle word\b/i.test(text)
  if (oneWord && /\bshape\b/i.test(text) && !/colou?r/i.test(text))
    return sights.map((sight) => capitalise(sight.replace(/\.$/, '').split(' ').at(-1)!)).join(', ')
  return sights.join(' ')
}

function tellResult({ name, text }: { name: string; text: string }): string {
  const title = capitalise(name.replace(/^(?:get|fetch|find|search|lookup|read)[_-]/, '').replace(/[_-]+/g, ' '))
  let value: unknown = text
  try {
    value = JSON.parse(text)
  } catch {
    // A tool may answer plain text.
  }
  const told = flatten(value, 0).slice(0, 1_000)
  return told === '' ? `${title}: nothing was found.` : `${title}: ${told.replace(/[.]$/, '')}.`
}

function flatten(value: unknown, depth: number): string {
  if (value === null || value === undefined) return ''
  if (typeof value !== 'object' || depth > 4) return String(typeof value === 'object' ? '' : value).slice(0, 500)
  const parts = Array.isArray(value)
    ? value.slice(0, 20).map((item) => flatten(item, depth + 1))
    : Object.entries(value)
        .slice(0, 20)
        .map(([key, item]) => `${key.replace(/_/g, ' ')} ${flatten(item, depth + 1)}`.trim())
  return parts.filter((part) => part !== '').join(', ')
}

function sayAfterMe(text: string): string | undefined {
  const order =
    /^(?:please\s+|now\s+|just\s+)*(say|repeat|echo|reply|answer|respond|return|output|write|print)\b(?:\s+(?:with|after me|back|to me))*(?:\s+(exactly|only|just|nothing but|the (?:single |exact )?(?:word|words|text|phrase|sentence)|the following))*\s*:?\s*(\S[\s\S]{0,2000})$/i.exec(
      text,
    )
  if (!order) return undefined
  const [, verb = '', exactly, rest = ''] = order
  const quoted = /^["“'‘`]([^"”’`\n]{1,1000}?)["”'’`](?:\s+(?:and nothing else|only|exactly|please))?[.!]?$/.exec(rest)
  if (quoted) return quoted[1]
  const isSpoken = /say|repeat|echo/i.test(verb)
  const isBare = exactly !== undefined || /\bwith\b|:/.test(text.slice(0, text.length - rest.length))
  if (!isSpoken && !isBare) return undefined
  const plain = rest.replace(/\s*[,.]?\s*(?:and nothing else|nothing else|only)[.!]*$/i, '').trim()
  if (/^(?:a|an|one|in|json|the)\b/i.test(plain) && !isSpoken) return undefined
  if (!isSpoken) return plain.replace(/[.]$/, '')
  const greeting = /^(?:hello|hi|hey)\b\s*(.*)$/i.exec(plain)
  if (greeting && exactly === undefined) return `${capitalise(plain.replace(/[.!]+$/, ''))}! Nice to meet you.`
  return exactly !== undefined ? plain.replace(/[.]$/, '') : `${capitalise(plain.replace(/[.!]+$/, ''))}.`
}

function calculate(text: string): string | undefined {
  const words: Record<string, string> = {
    plus: '+',
    minus: '-',
    times: '*',
    x: '*',
    '×': '*',
    'multiplied by': '*',
    'divided by': '/',
    '÷': '/',
  }
  const sum =
    /(?<![\w.])(-?\d{1,9}(?:\.\d{1,4})?)\s*([+\-*/x×÷]|plus|minus|times|multiplied by|divided by)\s*(-?\d{1,9}(?:\.\d{1,4})?)(?![\w-])/i.exec(
      text,
    )
  if (!sum || text.length > 200) return undefined
  const [one, other] = [Number(sum[1]), Number(sum[3])]
  const sign = words[sum[2]!.toLowerCase()] ?? sum[2]!
  if (sign === '/' && other === 0) return 'Nothing can be divided by zero.'
  const result = sign === '+' ? one + other : sign === '-' ? one - other : sign === '*' ? one * other : one / other
  return `${one} ${sign} ${other} = ${Number(result.toFixed(6))}`
}

function count(text: string): string | undefined {
  const asked = /\bcount (?:up )?(?:from (\d{1,4}) )?to (\d{1,4}|[a-z]+)\b/i.exec(text)
  if (!asked) return undefined
  const last = numberWords[asked[2]!.toLowerCase()] ?? Number(asked[2])
  const first = Number(asked[1] ?? 1)
  if (!Number.isFinite(last) || last < first || last - first > wordsMax) return undefined
  return Array.from({ length: last - first + 1 }, (_, index) => first + index).join(', ')
}

function list(text: string): string | undefined {
  const asked =
    /\b(?:name|list|give|suggest|tell|mention|write|pick)\s+(?:me\s+|us\s+)?(\d{1,2}|two|three|four|five|six|seven|eight|nine|ten)\s+([^.?!,:\n]{2,80})/i.exec(
      text,
    )
  if (!asked) return undefined
  const length = Math.min(50, Number(numberWords[asked[1]!.toLowerCase()] ?? asked[1]))
  const noun = asked[2]!.trim().replace(/\s+(?:as|in|with|and|for|of)\b.*$/i, '')
  const singular = noun
    .toLowerCase()
    .replace(/^(?:different|random|common|famous|nice|primary|big|small)\s+/, '')
    .replace(/^color/, 'colour')
    .replace(/ies$/, 'y')
    .replace(/s$/, '')
  if (/\b(?:word|sentence|line|paragraph|token)$/.test(singular)) return undefined
  const known = Object.hasOwn(knownLists, singular) ? knownLists[singular]! : []
  return Array.from(
    { length },
    (_, index) => `${index + 1}. ${known[index] ?? `${capitalise(singular)} number ${index + 1}`}`,
  ).join('\n')
}

function recallName(text: string, { earlier }: Prompt): string | undefined {
  if (!/\bwhat(?:'s| is) my name\b/i.test(text)) return undefined
  const told = [...earlier]
    .reverse()
    .map((message) => /\bmy name is (\p{L}[\p{L}'-]{0,40})/iu.exec(message)?.[1])
    .find((name) => name !== undefined)
  return told ? `Your name is ${told}.` : 'You have not told me your name yet.'
}

function capitalOf(text: string): string | undefined {
  const country = /\bcapital (?:city )?of (?:the )?(\p{L}+)/iu.exec(text)?.[1]
  const city = country && Object.hasOwn(capitals, country.toLowerCase()) ? capitals[country.toLowerCase()] : undefined
  return city && `The capital of ${capitalise(country!.toLowerCase())} is ${city}.`
}

/** "Classify as one of: billing, technical, other": an option that is mentioned, else one by feeling, else one by hash. */
function choose(text: string, { system }: Prompt): string | undefined {
  const order =
    /\b(?:one of|choose (?:from|between)|classify (?:\w+ ){0,6}(?:as|into)|either)(?: the following)?(?: \w+){0,2}?:?\s+([\p{L}\d_'" -]{1,40}(?:(?:,\s*(?:or |and )?|\s+or\s+|\s*\/\s*|\s*\|\s*)[\p{L}\d_'"-]{1,40}){1,19})/iu.exec(
      `${system.slice(0, promptLengthMax)}\n${text}`,
    )
  if (!order) return undefined
  const options = order[1]!
    .split(/,\s*(?:or |and )?|\s+or\s+|\s*[/|]\s*/)
    .map((option) => option.replace(/["']/g, '').trim())
    .filter((option) => option !== '')
  if (options.length < 2) return undefined
  const rest = text.replace(order[1]!, ' ')
  const mentioned = options.find((option) => mentions(rest, option))
  if (mentioned) return mentioned
  const mood = moodOf(rest)
  return options.find((option) => option.toLowerCase() === mood) ?? options[hashText(rest) % options.length]!
}

function moodOf(text: string): 'positive' | 'negative' | 'neutral' {
  const balance = (text.match(positiveWords)?.length ?? 0) - (text.match(negativeWords)?.length ?? 0)
  return balance > 0 ? 'positive' : balance < 0 ? 'negative' : 'neutral'
}

function feel(text: string, { system }: Prompt): string | undefined {
  return /\bsentiment\b/i.test(system.slice(0, promptLengthMax) + text) ? capitalise(moodOf(text)) : undefined
}

function summarise(text: string): string | undefined {
  const asked = /^(?:please\s+)?(?:summari[sz]e|shorten|sum up)\b[^:\n]{0,200}[:\n]\s*(\S[\s\S]*)$/i.exec(text)
  const first = asked && /^[^.!?]{1,300}[.!?]?/.exec(asked[1]!.trim())?.[0].trim()
  return first ? `In short: ${first.replace(/[.!?]?$/, '.')}` : undefined
}

function tellAtLength(text: string, prompt: Prompt): string | undefined {
  const asked = /\b(?:write|tell|explain|describe|compose|draft)\b/i.test(text)
  const words = Number(/\b(\d{2,5})[- ]words?\b/i.exec(text)?.[1] ?? 0)
  if (!asked && words === 0) return undefined
  const subject =
    /\b(?:about|explain|describe|on|of)\s+((?:[\p{L}\p{N}'-]+\s?){1,6})/iu
      .exec(text)?.[1]
      ?.trim()
      .replace(/\s+(?:in|for|with|using|to)(?:\s.*)?$/i, '') ?? 'this'
  const wanted = Math.min(wordsMax, words || 50)
  const start = hashText(text, prompt.variant) % sentences.length
  const told: string[] = []
  for (let index = 0, length = 0; length < wanted; index++) {
    const sentence = sentences[index === 0 ? 0 : (start + index) % sentences.length]!.replace('{}', subject)
    told.push(sentence)
    length += sentence.split(' ').length
  }
  return told.join(' ')
}

function greet(text: string): string | undefined {
  return /^(?:hello|hi|hey|good (?:morning|afternoon|evening)|ping|test(?:ing)?)\b[^?]{0,40}$/i.test(text) ||
    text === ''
    ? 'Hello! How can I help you today?'
    : undefined
}

function otherwise(text: string, { variant }: Prompt): string {
  const short = text.replace(/\s+/g, ' ')
  const subject = short.length > 80 ? `${[...short].slice(0, 77).join('').trimEnd()}...` : short
  const openings = [`You wrote: "${subject}"`, `Thank you for "${subject}"`, `I read "${subject}"`]
  const opening = openings[(hashText(text) + variant) % openings.length]!
  return `${opening} I am a practice model and answer by simple rules: ask me to list, count, calculate, call a tool or describe a picture.`
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
