import type { CapabilityKey, ModelEntry, WireProfile } from '#lib/models/schema.ts'
import { kindOf, type Member, readJson, readNumber, readString } from '#lib/openai/scan.ts'
import { type Edit, editMembers, type MemberChange, splice } from '#lib/openai/splice.ts'
import { formatOf, ignoredParameters } from './capabilities.ts'
import type { Form } from './endpoints.ts'
import { type GatewayError, gatewayError } from './errors.ts'
import { messageEdits } from './messages.ts'
import type { ReadRequest } from './read-request.ts'

export interface PreparedRequest {
  bytes: Uint8Array
  /** Every change that was made for the model's sake, as told in `x-patchbay-adapted`. */
  adapted: string[]
  /** What was sent though the server was shown to ignore it, as told in `x-patchbay-ignored`. */
  ignored: string[]
  /** True where the usage event of the stream is ours alone and is cut out again. */
  injectedUsage: boolean
  /** The highest number of output tokens that was sent; null where none was. */
  outputTokensMax: number | null
}

export type PrepareResult = { ok: true; prepared: PreparedRequest } | { ok: false; error: GatewayError }

/**
 * The bytes for the upstream: the model's own id, our extensions cut out, defaults added, and what the wire profile
 * says. Every other byte leaves as it came.
 */
export function prepareRequest(request: ReadRequest, entry: ModelEntry): PrepareResult {
  const draft = new Draft(request)
  const modelId = JSON.stringify(entry.modelId)
  const { bytes } = request.object
  // A body that was made for this model has it already: where nothing else changes, it leaves as it is, uncopied.
  if (bytes.toString('utf8', request.model.valueStart, request.model.valueEnd) !== modelId)
    draft.change(request.model, { json: modelId })
  for (const member of request.cut) draft.change(member, { cut: true })
  const { profile } = entry
  const { form } = request
  for (const name of profile.drop) if (!isPinned(entry, name)) draft.drop(name)
  for (const name in profile.add) if (!draft.isGiven(name)) draft.add(name, JSON.stringify(profile.add[name]))
  let outputTokensMax: number | null = null
  let injectedUsage = false
  if (form === 'chat' || form === 'completion' || form === 'responses') {
    const bounded = boundOutput(draft, entry)
    if (typeof bounded === 'object' && bounded !== null) return { ok: false, error: bounded }
    outputTokensMax = bounded
    if (entry.temperature !== null && !draft.isGiven('temperature') && !profile.drop.includes('temperature'))
      draft.add('temperature', String(entry.temperature))
    if (form === 'chat') adaptFormat(draft, entry)
    if (request.stream && form !== 'responses') {
      injectedUsage = askForUsage(draft, profile)
      // Done to the answer, whose headers leave before it is known whether there is a call in it.
      if (profile.toolIndexMissing && draft.isGiven('tools')) draft.adapted.push('+tool_calls.index')
    }
  } else if (form === 'embedding') {
    adaptEncoding(draft, profile)
  }
  const extra = form === 'chat' ? messageEdits(request, profile, draft.adapted) : []
  const { adapted } = draft
  const ignored = ignoredParameters(request, entry)
  return { ok: true, prepared: { bytes: draft.bytes(extra), adapted, ignored, injectedUsage, outputTokensMax } }
}

const droppedFor: Readonly<Record<string, CapabilityKey>> = {
  temperature: 'temperature',
  seed: 'seed',
  stop: 'stop',
  n: 'n',
  logprobs: 'logprobs',
  top_logprobs: 'logprobs',
  stream_options: 'stream_usage',
}

/** True where an admin says that the server takes this parameter, whatever was learned: then it is sent. */
function isPinned({ capabilities }: ModelEntry, name: string): boolean {
  const key = Object.hasOwn(droppedFor, name) ? droppedFor[name] : undefined
  const found = key && capabilities.checks[key]
  return found?.pinned === true && found.verdict === 'yes'
}

/** Collects what shall change; one splice makes it so. */
class Draft {
  readonly adapted: string[] = []
  readonly request: ReadRequest
  readonly #changes = new Map<Member, MemberChange>()
  readonly #additions: [string, string][] = []

  constructor(request: ReadRequest) {
    this.request = request
  }

  change(member: Member, change: MemberChange): void {
    this.#changes.set(member, change)
  }

  /** The member as the caller sent it, unless it was cut. */
  find(name: string): Member | undefined {
    const member = this.request.member(name)
    const change = member && this.#changes.get(member)
    return change && 'cut' in change ? undefined : member
  }

  isGiven(name: string): boolean {
    const member = this.find(name)
    return member !== undefined && kindOf(this.request.object, member) !== 'null'
  }

  drop(name: string): void {
    if (name === 'model' || name === 'stream') return
    const member = this.find(name)
    if (!member) return
    this.change(member, { cut: true })
    this.adapted.push(`-${name}`)
  }

  /** Sets a value that the caller left open. */
  add(name: string, json: string): void {
    const member = this.find(name)
    if (member) this.change(member, { json })
    else this.#additions.push([name, json])
    this.adapted.push(`+${name}`)
  }

  bytes(extra: readonly Edit[]): Uint8Array {
    const { object } = this.request
    const edits = editMembers(object, this.#changes, this.#additions)
    if (extra.length > 0) {
      edits.push(...extra)
      edits.sort((one, other) => one.start - other.start)
    }
    return splice(object.bytes, edits)
  }
}

const long = 'max_completion_tokens'
const short = 'max_tokens'

/** The names of the output bound that a caller may use, and the one that this server takes. */
function boundNames(form: Form, { profile }: ModelEntry): { known: readonly string[]; wanted: string } {
  if (form === 'responses') return { known: ['max_output_tokens'], wanted: 'max_output_tokens' }
  if (form !== 'chat') return { known: [short], wanted: short }
  return { known: [long, short], wanted: profile.maxTokensParameter }
}

/** Max Tokens of the model: the highest output bound, and the default where the caller sends none. */
function boundOutput(draft: Draft, entry: ModelEntry): number | null | GatewayError {
  const { object, form } = draft.request
  // A completion of no tokens is a way to score the prompt.
  const lowest = form === 'completion' ? 0 : 1
  const { known, wanted } = boundNames(form, entry)
  const sent = known.filter((name) => draft.isGiven(name))
  let highest: number | null = null
  for (const name of sent) {
    const member = draft.find(name)!
    const value = readNumber(object, member)
    if (value === undefined || !Number.isInteger(value) || value < lowest)
      return gatewayError('invalid_request', {
        message: `${name} must be a whole number from ${lowest} on.`,
        param: name,
      })
    const rename = wanted === 'both' || wanted === name ? undefined : wanted
    if (rename !== undefined && sent.length > 1) {
      // Both names are there and the server knows one.
      draft.drop(name)
      continue
    }
    const bound = entry.maxTokens !== null && value > entry.maxTokens ? entry.maxTokens : value
    highest = Math.max(highest ?? 0, bound)
    if (rename === undefined && bound === value) continue
    draft.change(member, { json: bound === value ? undefined : String(bound), rename })
    if (rename !== undefined) draft.adapted.push(`${name}>${rename}`)
    if (bound !== value) draft.adapted.push(`${rename ?? name}=${bound}`)
  }
  if (highest !== null) return highest
  const name = wanted === 'both' ? short : wanted
  if (entry.maxTokens === null || entry.profile.drop.includes(name)) return null
  draft.add(name, String(entry.maxTokens))
  return entry.maxTokens
}

/** A downgrade happens only where an admin chose it, and is told. */
function adaptFormat(draft: Draft, entry: ModelEntry): void {
  if (entry.profile.jsonSchemaDowngrade !== 'json_object' || entry.capabilities.checks.json_schema?.verdict !== 'no')
    return
  const member = draft.find('response_format')
  if (!member || formatOf(draft.request) !== 'json_schema') return
  draft.change(member, { json: '{"type":"json_object"}' })
  draft.adapted.push('response_format=json_object')
}

/** Returns true where the caller did not ask for usage and we did. */
function askForUsage(draft: Draft, profile: WireProfile): boolean {
  if (profile.streamUsage !== 'ask' || profile.drop.includes('stream_options')) return false
  const { object } = draft.request
  const member = draft.find('stream_options')
  if (!member || kindOf(object, member) === 'null') {
    draft.add('stream_options', '{"include_usage":true}')
    return true
  }
  const options = readJson(object, member)
  // Not ours to judge: the upstream will refuse it.
  if (typeof options !== 'object' || options === null || Array.isArray(options)) return false
  if ((options as { include_usage?: unknown }).include_usage === true) return false
  draft.change(member, { json: JSON.stringify({ ...options, include_usage: true }) })
  draft.adapted.push('+stream_options.include_usage')
  return true
}

/** Asks in an encoding that the server speaks; the answer is turned into the one the caller asked for. */
function adaptEncoding(draft: Draft, profile: WireProfile): void {
  const { embeddingEncodings: spoken } = profile
  if (spoken === 'both') return
  const member = draft.find('encoding_format')
  const asked = (member && readString(draft.request.object, member)) ?? 'float'
  if (asked === spoken || (asked !== 'float' && asked !== 'base64')) return
  if (profile.drop.includes('encoding_format')) return
  if (member) draft.change(member, { json: JSON.stringify(spoken) })
  else draft.add('encoding_format', JSON.stringify(spoken))
  if (member) draft.adapted.push(`encoding_format=${spoken}`)
}
