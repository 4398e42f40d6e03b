import { type Facts, mentions } from './facts.ts'
import { sampleFromSchema } from './schema-sample.ts'

export interface Tool {
  name: string
  description: string
  parameters: unknown
}

export type ToolChoice = 'none' | 'auto' | 'required' | { name: string }

export interface ToolCall {
  name: string
  /** JSON. */
  arguments: string
}

const callsMax = 5
const weakWords = new Set(
  'the and for with get set fetch find search look lookup read tool function call use this that from given return returns data value info information current about your you are a an of in to by'.split(
    ' ',
  ),
)

/** The calls a model would make, or none where it would rather talk. */
export function callTools(tools: readonly Tool[], choice: ToolChoice, parallel: boolean, facts: Facts): ToolCall[] {
  if (tools.length === 0 || choice === 'none') return []
  if (typeof choice === 'object') {
    const named = tools.find((tool) => tool.name === choice.name)
    return named ? [call(named, facts, 0)] : []
  }
  const ranked = tools.map((tool) => ({ tool, fit: fitOf(tool, facts) })).sort((one, other) => other.fit - one.fit)
  const fitting = ranked.filter(({ fit }) => fit > 0 && fit >= ranked[0]!.fit / 2).map(({ tool }) => tool)
  const chosen = fitting.length > 0 ? fitting : choice === 'required' ? [ranked[0]!.tool] : []
  if (!parallel) return chosen.slice(0, 1).map((tool) => call(tool, facts, 0))
  // One tool and several names: a call for each name. Several tools: one call each, each with its own name.
  if (chosen.length === 1) {
    const turns = takesName(chosen[0]!) ? listedNames(facts) : 1
    return Array.from({ length: Math.min(callsMax, turns) }, (_, turn) => call(chosen[0]!, facts, turn))
  }
  return chosen.slice(0, callsMax).map((tool, index) => call(tool, facts, index))
}

function call(tool: Tool, facts: Facts, turn: number): ToolCall {
  const made = sampleFromSchema(tool.parameters ?? { type: 'object', properties: {} }, facts, turn)
  return { name: tool.name, arguments: JSON.stringify(made) }
}

/** How much the text speaks of the tool: a word of its name counts three, a word of its description one, the full name most. */
function fitOf(tool: Tool, facts: Facts): number {
  if (mentions(facts.text, tool.name)) return 100
  const spoken = new Set(wordsOf(facts.text))
  const count = (text: string) =>
    new Set(wordsOf(text.slice(0, 2_000)).filter((word) => !weakWords.has(word) && spoken.has(word))).size
  return count(tool.name.replace(/([a-z])([A-Z])/g, '$1 $2')) * 3 + count(tool.description)
}

function wordsOf(text: string): string[] {
  return (text.toLowerCase().match(/\p{L}{3,}/gu) ?? []).map((word) => word.replace(/s$/, ''))
}

function takesName({ parameters }: Tool): boolean {
  const properties =
    (parameters as { properties?: Record<string, { type?: unknown; enum?: unknown }> } | null)?.properties ?? {}
  return Object.values(properties).some((property) => property?.type === 'string' && property.enum === undefined)
}

/** How many names stand beside each other: "in Paris, Oslo and Rome" are three. */
function listedNames({ text, entities }: Facts): number {
  const listed = entities.filter((name) => {
    const at = text.indexOf(name)
    const before = text.slice(Math.max(0, at - 6), at)
    const after = text.slice(at + name.length, at + name.length + 6)
    return /(?:,|\band|\bor|&)\s*$/.test(before) || /^\s*(?:,|and\b|or\b|&)/.test(after)
  })
  // The names of the list must be the first ones, because calls take the names in their order.
  return listed.length > 1 && entities.slice(0, listed.length).every((name) => listed.includes(name))
    ? listed.length
    : 1
}
