import type { FilledPrompt, PlanPrompt } from '#lib/gateway/schema.ts'
import type { ModelType } from '#lib/models/schema.ts'
import type { DeploymentConfig, Message, Parameters, Variable, Variant } from './config.ts'
import { isOfType, typeWords } from './problems.ts'
import type { Routing } from './routing-schema.ts'
import { parseTemplate } from './template.ts'

/** A version as it is called: nothing is left to be merged. */
export interface CompiledVersion {
  routing: Routing
  variants: ReadonlyMap<string, CompiledVariant>
}

type Members = readonly (readonly [name: string, json: string])[]

export interface CompiledVariant {
  name: string
  prompt: PlanPrompt
  /** In the order of their turn, each with what it is sent beside the prompt. */
  targets: readonly { modelId: string; members: Members }[]
  retry: { count: number; onCodes: ReadonlySet<number> | null } | null
  timeouts: { call_timeout?: number; first_byte?: number; idle?: number } | null
  cacheSeconds: number | null
  region: Variant['region']
  guardrails: Variant['guardrails']
}

/** Texts of JSON, and the places of variables among those that are declared. */
type Segments = readonly (string | number)[]

/** A call's prompt is at most what a caller may send at once. */
const filledCharsMax = 20 * 1024 * 1024

/** Turns a configuration into plans. What can be made ready before a call is made ready here. */
export function compileVersion(config: DeploymentConfig, type: ModelType): CompiledVersion {
  const [first] = config.variants
  const variants = config.variants.map((variant): [string, CompiledVariant] => [
    variant.name,
    compileVariant(variant, config, type),
  ])
  return {
    routing: { ...config.routing, default: config.routing.default || first!.name },
    variants: new Map(variants),
  }
}

function compileVariant(variant: Variant, config: DeploymentConfig, type: ModelType): CompiledVariant {
  const { timeouts, retry } = variant
  const times = {
    ...(timeouts.callMs !== undefined && { call_timeout: timeouts.callMs }),
    ...(timeouts.firstByteMs !== undefined && { first_byte: timeouts.firstByteMs }),
    ...(timeouts.idleMs !== undefined && { idle: timeouts.idleMs }),
  }
  return {
    name: variant.name,
    prompt: compilePrompt(variant, config, type),
    targets: [{ model: variant.model, parameters: null }, ...variant.fallbacks].map(({ model, parameters }) => ({
      modelId: model,
      members: membersOf(variant, parameters ?? variant.parameters, type),
    })),
    retry: retry && { count: retry.count, onCodes: retry.onCodes ? new Set(retry.onCodes) : null },
    timeouts: Object.keys(times).length > 0 ? times : null,
    cacheSeconds: variant.cacheSeconds,
    region: variant.region,
    guardrails: variant.guardrails,
  }
}

function membersOf({ tools }: Variant, parameters: Parameters, type: ModelType): Members {
  const { extra, image_format: format, ...own } = parameters
  const members: [string, string][] = []
  const add = (name: string, value: unknown) => {
    if (value !== undefined) members.push([name, JSON.stringify(value)])
  }
  if (tools.length > 0) add('tools', tools)
  for (const [name, value] of Object.entries(own)) add(name, value)
  if (type === 'image') add('response_format', format)
  for (const [name, value] of Object.entries(extra ?? {})) add(name, value)
  return members
}

function compilePrompt(variant: Variant, { variables, lenient }: DeploymentConfig, type: ModelType): PlanPrompt {
  const places = new Map(variables.map(({ name }, index) => [name, index]))
  const personal = variables.filter(({ pii }) => pii).map(({ name }) => name)
  const filler = new Filler(variables, lenient)
  const holdsPersonal = (values: Readonly<Record<string, unknown>>) =>
    personal.some((name) => Object.hasOwn(values, name))
  if (type === 'chat') {
    const { messages } = variant
    const leading = messages.findIndex(({ role }) => role !== 'system' && role !== 'developer')
    const split = leading < 0 ? messages.length : leading
    const opening = joinSegments(messages.slice(0, split).map((message) => messageSegments(message, places)))
    const rest = joinSegments(messages.slice(split).map((message) => messageSegments(message, places)))
    return { member: 'messages', fill: (values, mask) => filler.fill(opening, rest, values, mask), holdsPersonal }
  }
  const rest = merge(textSegments(variant.prompt, places))
  const member = variant.prompt === '' ? null : type === 'embedding' ? 'input' : 'prompt'
  return { member, fill: (values, mask) => filler.fill([], rest, values, mask), holdsPersonal }
}

/** The JSON of a text, its quotes included. */
function textSegments(text: string, places: ReadonlyMap<string, number>): (string | number)[] {
  const parts = parseTemplate(text).map((part) => {
    if (typeof part === 'string') return JSON.stringify(part).slice(1, -1)
    // Of a draft alone: what is published declares every name.
    return places.get(part.variable) ?? JSON.stringify(`{{${part.variable}}}`).slice(1, -1)
  })
  return ['"', ...parts, '"']
}

function messageSegments(message: Message, places: ReadonlyMap<string, number>): (string | number)[] {
  const { role, content, ...rest } = message
  const segments: (string | number)[] = [`{"role":${JSON.stringify(role)},"content":`]
  if (typeof content === 'string') segments.push(...textSegments(content, places))
  else {
    segments.push('[')
    for (const [index, part] of content.entries()) {
      if (index > 0) segments.push(',')
      if (part.type === 'text') segments.push('{"type":"text","text":', ...textSegments(part.text, places), '}')
      else {
        const { url, ...other } = part.image_url
        const more = JSON.stringify(other).slice(1, -1)
        segments.push('{"type":"image_url","image_url":{"url":', ...textSegments(url, places))
        segments.push(more === '' ? '}}' : `,${more}}}`)
      }
    }
    segments.push(']')
  }
  const more = JSON.stringify(rest).slice(1, -1)
  segments.push(more === '' ? '}' : `,${more}}`)
  return segments
}

function joinSegments(items: readonly (string | number)[][]): Segments {
  return merge(items.flatMap((item, index) => (index === 0 ? item : [',', ...item])))
}

/** Texts that follow each other become one. */
function merge(segments: readonly (string | number)[]): Segments {
  const merged: (string | number)[] = []
  for (const segment of segments) {
    const last = merged.length - 1
    if (typeof segment === 'string' && typeof merged[last] === 'string') merged[last] += segment
    else merged.push(segment)
  }
  return merged
}

/** Puts values into segments. One for all prompts of a variant. */
class Filler {
  readonly #variables: readonly Variable[]
  readonly #lenient: boolean
  readonly #names: ReadonlySet<string>
  /** The text of each default; null: there is none and one is needed. */
  readonly #defaults: readonly (string | null)[]

  constructor(variables: readonly Variable[], lenient: boolean) {
    this.#variables = variables
    this.#lenient = lenient
    this.#names = new Set(variables.map(({ name }) => name))
    this.#defaults = variables.map((variable) =>
      variable.default !== undefined && isOfType(variable.default, variable.type)
        ? escapedText(variable.default)
        : variable.required
          ? null
          : '',
    )
  }

  fill(opening: Segments, rest: Segments, values: Readonly<Record<string, unknown>>, mask = false): FilledPrompt {
    const told: string[] = []
    let wrong = ''
    const tell = (name: string, message: string) => {
      if (told.length === 0) wrong = name
      if (told.length < 20) told.push(message)
    }
    const texts = this.#variables.map((variable, index) => {
      const { name, type, pii } = variable
      const value = Object.hasOwn(values, name) ? values[name] : undefined
      if (value === undefined || value === null) {
        const text = this.#defaults[index]!
        if (text === null) tell(name, `${name} is missing.`)
        return text ?? ''
      }
      if (mask && pii) return `[${name}]`
      if (!isOfType(value, type)) tell(name, `${name} must be ${articles[type]}${typeWords[type]}.`)
      return escapedText(value)
    })
    for (const name in values)
      if (!this.#names.has(name)) tell(name.slice(0, 64), `${name.slice(0, 64)} is not declared.`)
    if (told.length > 0 && !this.#lenient) return { ok: false, message: told.join(' '), name: wrong }
    const [before, after] = [join(opening, texts), join(rest, texts)]
    if (before === null || after === null)
      return { ok: false, message: 'The prompt is larger than 20 MB once its variables are filled in.', name: '' }
    return { ok: true, opening: before, rest: after, told }
  }
}

const articles: Record<Variable['type'], string> = { string: 'a ', number: 'a ', boolean: '', json: '' }

/** A value as it stands inside of a JSON string. */
function escapedText(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return JSON.stringify(text).slice(1, -1)
}

function join(segments: Segments, texts: readonly string[]): string | null {
  let joined = ''
  for (const segment of segments) {
    joined += typeof segment === 'string' ? segment : texts[segment]!
    if (joined.length > filledCharsMax) return null
  }
  return joined
}
