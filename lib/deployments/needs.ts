import type { CapabilityCard, CapabilityKey, ModelFacts, ModelType, Region } from '#lib/models/schema.ts'
import type { Parameters, Variant } from './config.ts'

/** refused: publishing is. warned: nobody knows whether it works. adapted: it works, the request is changed for it. */
export type Severity = 'refused' | 'warned' | 'adapted'

/** What one model of a variant makes of what the variant needs. */
export interface Finding {
  variant: number
  /** 0 is the variant's own model, from 1 on its fallbacks. */
  target: number
  /** `model`, `type`, `state`, `region`, `context`, or a key of the capability card. */
  need: string
  severity: Severity
  message: string
}

type Found = Omit<Finding, 'variant' | 'target'>

/** Without these the answer is another one than was asked for. */
const binding: ReadonlySet<CapabilityKey> = new Set(['tools', 'tools_required', 'tools_named', 'json_schema', 'vision'])

/**
 * Holds what a variant needs against the capability card of one of its models, the way the gateway does when it calls.
 * `facts` null: the model is gone.
 */
export function checkTarget(
  variant: Variant,
  own: Parameters | null,
  type: ModelType,
  facts: ModelFacts | null,
): Found[] {
  if (!facts) return [{ need: 'model', severity: 'refused', message: 'This model does not exist any more.' }]
  const found: Found[] = []
  const { name, capabilities, profile } = facts
  const tell = (need: string, severity: Severity, message: string) => found.push({ need, severity, message })
  if (facts.type !== type) {
    tell('type', 'refused', `${name} is of another Type.`)
    return found
  }
  if (facts.state !== 'active') tell('state', 'refused', `${name} is disabled.`)
  else if (facts.keyRefused) tell('state', 'warned', `The server of ${name} refuses the key stored for it.`)
  if (variant.region !== null && facts.region !== variant.region)
    tell(
      'region',
      'refused',
      `${name} computes in ${words[facts.region]}; this variant demands ${words[variant.region]}.`,
    )
  const parameters = own ?? variant.parameters
  const { checks } = capabilities
  for (const { key, what, param, isHint } of needsOf(variant, parameters)) {
    const verdict = checks[key]?.verdict ?? 'unknown'
    if (key === 'tools' && verdict === 'no' && isShownWay(parameters, capabilities)) continue
    if (key === 'json_schema' && verdict === 'no' && profile.jsonSchemaDowngrade === 'json_object') {
      tell(key, 'adapted', `${name} gets response_format json_object in place of json_schema.`)
      continue
    }
    if (isHint && profile.drop.includes(param)) continue
    if (verdict === 'no' || (verdict === 'ignored' && binding.has(key)))
      tell(
        key,
        'refused',
        `${name} does not support ${what}: its server was shown to ${verdict === 'no' ? 'refuse' : 'ignore'} it.`,
      )
    else if (verdict === 'ignored') tell(key, 'warned', `${name} takes ${what} and does not honour it.`)
    else if (verdict === 'unknown') tell(key, 'warned', `Nobody has shown that ${name} supports ${what}.`)
  }
  adaptations(variant, parameters, facts, tell)
  bounds(variant, parameters, facts, tell)
  return found
}

const words: Record<Region, string> = {
  us: 'the US',
  eu: 'the EU',
  uk: 'the UK',
  apac: 'Asia-Pacific',
  global: 'any region',
  own: 'your own premises',
}

interface Need {
  key: CapabilityKey
  what: string
  param: string
  isHint?: boolean
}

function needsOf(variant: Variant, parameters: Parameters): Need[] {
  const needs: Need[] = []
  const need = (key: CapabilityKey, what: string, param: string, isHint = false) =>
    needs.push({ key, what, param, isHint })
  const { tool_choice: choice, response_format: format } = parameters
  if (variant.tools.length > 0 && choice !== 'none') {
    need('tools', 'function calling', 'tools')
    if (choice === 'required') need('tools_required', 'tool_choice “required”', 'tool_choice')
    if (typeof choice === 'object') need('tools_named', 'a named function in tool_choice', 'tool_choice')
    if (parameters.parallel_tool_calls) need('tools_parallel', 'parallel_tool_calls', 'parallel_tool_calls')
  }
  if (format?.type === 'json_schema') need('json_schema', 'structured output', 'response_format')
  if (format?.type === 'json_object') need('json_object', 'JSON mode', 'response_format')
  if (
    variant.messages.some(({ content }) => Array.isArray(content) && content.some(({ type }) => type === 'image_url'))
  )
    need('vision', 'pictures in messages', 'messages')
  if (parameters.temperature !== undefined) need('temperature', 'temperature', 'temperature', true)
  if (parameters.stop !== undefined && parameters.stop.length > 0) need('stop', 'stop', 'stop')
  if (parameters.seed !== undefined) need('seed', 'seed', 'seed', true)
  if (parameters.logprobs) need('logprobs', 'logprobs', 'logprobs')
  if ((parameters.n ?? 1) > 1) need('n', 'n above 1', 'n')
  if (parameters.dimensions !== undefined) need('embedding_dimensions', 'dimensions', 'dimensions')
  if (parameters.image_format === 'b64_json') need('image_b64', 'response_format b64_json', 'image_format')
  if (parameters.image_format === 'url') need('image_url', 'response_format url', 'image_format')
  return needs
}

/** The model is asked to call in a way that it was shown to know, whatever it makes of `auto`. */
function isShownWay({ tool_choice: choice }: Parameters, { checks }: CapabilityCard): boolean {
  if (choice === 'required') return checks.tools_required?.verdict === 'yes'
  return typeof choice === 'object' && checks.tools_named?.verdict === 'yes'
}

type Say = (need: string, severity: Severity, message: string) => void

function adaptations(variant: Variant, parameters: Parameters, { name, profile }: ModelFacts, tell: Say): void {
  const sent = Object.keys({ ...parameters, ...parameters.extra })
  const dropped = profile.drop.filter((each) => sent.includes(each))
  if (dropped.length > 0) tell('profile', 'adapted', `${name} gets the call without ${dropped.join(', ')}.`)
  for (const role of ['system', 'developer'] as const) {
    const becomes = role === 'system' ? profile.systemRole : profile.developerRole
    if (becomes !== role && variant.messages.some((message) => message.role === role))
      tell(`${role}_role`, 'adapted', `${name} gets ${role} messages with the role ${becomes}.`)
  }
}

/** A prompt is counted as bytes / 4: enough to see what can never fit. */
function bounds(variant: Variant, parameters: Parameters, facts: ModelFacts, tell: Say): void {
  const { name, maxTokens } = facts
  const asked = parameters.max_tokens
  if (asked !== undefined && maxTokens !== null && asked > maxTokens)
    tell('max_tokens', 'adapted', `${name} gets max_tokens ${maxTokens.toLocaleString('en-US')}: it makes no more.`)
  const context = facts.contextTokens ?? facts.capabilities.contextTokens
  if (context === null) return
  const parts = JSON.stringify([variant.messages, variant.prompt, variant.tools, parameters.response_format ?? null])
  const prompt = Math.ceil(parts.length / 4)
  const bound = Math.min(asked ?? 0, maxTokens ?? Number.POSITIVE_INFINITY)
  if (prompt + bound <= context) return
  const say = (count: number) => count.toLocaleString('en-US')
  tell(
    'context',
    'refused',
    `${name} takes ${say(context)} tokens; this variant needs about ${say(prompt)} for the prompt and ${say(bound)} for the answer.`,
  )
}
