import type { ModelType } from '#lib/models/schema.ts'
import type { DeploymentConfig, Message, Parameters, Tool, Variable, Variant } from './config.ts'
import { variableName } from './config.ts'
import { toParts } from './hash.ts'
import { schemaProblems } from './json-schema.ts'
import type { Condition, Routing } from './routing-schema.ts'
import { variablesIn } from './template.ts'
import { operatorsOf, parametersOf } from './vocabulary.ts'

/** Why a configuration cannot be published as it stands; `path` leads to the field: `variants.0.model`. */
export interface ConfigProblem {
  path: string
  message: string
}

const problemsMax = 100
const variantName = /^[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}$/
const functionName = /^[A-Za-z0-9_-]{1,64}$/

/** Members of a body that a parameter beyond OpenAI's may not stand for. */
const reserved = new Set(
  'model messages prompt input stream stream_options tools functions function_call metadata user variables context retry fallbacks load_balancer timeout cache identity thread name max_completion_tokens'
    .split(' ')
    .concat(...Object.values(parametersOf)),
)

/** Everything that must be mended before it can be published, in the order of the page. */
export function problemsOf(config: DeploymentConfig, type: ModelType): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  const tell = (path: string, message: string) => {
    if (problems.length < problemsMax) problems.push({ path, message })
  }
  variableProblems(config.variables, tell)
  const declared = new Set(config.variables.map(({ name }) => name))
  const names = new Set<string>()
  for (const [index, variant] of config.variants.entries()) {
    const path = `variants.${index}`
    if (!variantName.test(variant.name))
      tell(`${path}.name`, 'Letters, digits, spaces, dots, “-” and “_”; a letter or digit first.')
    else if (names.has(variant.name.toLowerCase())) tell(`${path}.name`, 'Another variant has this name.')
    names.add(variant.name.toLowerCase())
    variantProblems(variant, type, declared, path, tell)
  }
  routingProblems(
    config.routing,
    config.variants.map(({ name }) => name),
    tell,
  )
  return problems
}

type Tell = (path: string, message: string) => void

function variableProblems(variables: readonly Variable[], tell: Tell): void {
  const names = new Set<string>()
  for (const [index, variable] of variables.entries()) {
    const path = `variables.${index}`
    if (!variableName.test(variable.name))
      tell(`${path}.name`, 'Letters, digits, “_”, “-” and dots; a letter or “_” first.')
    else if (names.has(variable.name)) tell(`${path}.name`, 'Another variable has this name.')
    names.add(variable.name)
    if (variable.default !== undefined && !isOfType(variable.default, variable.type))
      tell(`${path}.default`, `This is no ${typeWords[variable.type]}.`)
  }
}

export const typeWords: Record<Variable['type'], string> = {
  string: 'text',
  number: 'number',
  boolean: 'true or false',
  json: 'JSON',
}

/** Whether a value may be given for a variable of this type. */
export function isOfType(value: unknown, type: Variable['type']): boolean {
  if (type === 'json') return value !== undefined
  if (type === 'number') return typeof value === 'number' && Number.isFinite(value)
  return typeof value === type
}

function variantProblems(variant: Variant, type: ModelType, declared: Set<string>, path: string, tell: Tell): void {
  if (variant.model === '') tell(`${path}.model`, 'Choose a model.')
  const models = new Set([variant.model])
  for (const [index, { model, parameters }] of variant.fallbacks.entries()) {
    const at = `${path}.fallbacks.${index}`
    if (model === '') tell(`${at}.model`, 'Choose a model.')
    else if (models.has(model)) tell(`${at}.model`, 'This model stands there already.')
    models.add(model)
    if (parameters) parameterProblems(parameters, variant.tools, type, `${at}.parameters`, tell)
  }
  if (type === 'chat') {
    if (variant.prompt !== '') tell(`${path}.prompt`, 'A chat has messages, not a prompt.')
    for (const [index, message] of variant.messages.entries())
      messageProblems(message, `${path}.messages.${index}`, declared, tell)
  } else {
    if (variant.messages.length > 0) tell(`${path}.messages`, 'Only chats have messages.')
    if (variant.tools.length > 0) tell(`${path}.tools`, 'Only chats have functions.')
    undeclared(variant.prompt, `${path}.prompt`, declared, tell)
  }
  toolProblems(variant.tools, `${path}.tools`, tell)
  parameterProblems(variant.parameters, variant.tools, type, `${path}.parameters`, tell)
  for (const [index, { evaluator }] of variant.guardrails.entries())
    if (evaluator === '') tell(`${path}.guardrails.${index}.evaluator`, 'Choose an evaluator.')
}

function messageProblems(message: Message, path: string, declared: Set<string>, tell: Tell): void {
  const { role, content } = message
  const isCall = role === 'assistant' && (message.tool_calls?.length ?? 0) > 0
  if (typeof content === 'string') {
    if (content.trim() === '' && !isCall) tell(`${path}.content`, 'Write something, or take the message away.')
    undeclared(content, `${path}.content`, declared, tell)
  } else {
    if (content.length === 0) tell(`${path}.content`, 'Add a part, or take the message away.')
    for (const [index, part] of content.entries()) {
      const at = `${path}.content.${index}`
      if (part.type === 'text') undeclared(part.text, `${at}.text`, declared, tell)
      else if (role !== 'user') tell(at, 'Only a user shows pictures.')
      else {
        if (part.image_url.url === '') tell(`${at}.image_url.url`, 'Enter an address, or a variable that holds one.')
        undeclared(part.image_url.url, `${at}.image_url.url`, declared, tell)
      }
    }
  }
  if (role === 'tool' && !message.tool_call_id) tell(`${path}.tool_call_id`, 'Name the call that this answers.')
  if (message.tool_calls && role !== 'assistant') tell(`${path}.tool_calls`, 'Only an assistant calls functions.')
}

function undeclared(text: string, path: string, declared: Set<string>, tell: Tell): void {
  for (const name of variablesIn(text))
    if (!declared.has(name)) tell(path, `{{${name}}} is not declared. Declare it, or write \\{{${name}}} for the text.`)
}

function toolProblems(tools: readonly Tool[], path: string, tell: Tell): void {
  const names = new Set<string>()
  for (const [index, { function: tool }] of tools.entries()) {
    const at = `${path}.${index}.function`
    if (!functionName.test(tool.name)) tell(`${at}.name`, 'Letters, digits, “-” and “_”, up to 64.')
    else if (names.has(tool.name)) tell(`${at}.name`, 'Another function has this name.')
    names.add(tool.name)
    if (tool.parameters !== undefined) schemaField(tool.parameters, `${at}.parameters`, tell)
  }
}

function schemaField(schema: Record<string, unknown> | string, path: string, tell: Tell): void {
  if (typeof schema === 'string') {
    tell(path, `This is not a JSON object: ${whyNotJson(schema)}`)
    return
  }
  for (const { path: at, message } of schemaProblems(schema)) tell(path, at === '' ? message : `${at}: ${message}`)
}

function whyNotJson(text: string): string {
  if (text.trim() === '') return 'it is empty.'
  try {
    JSON.parse(text)
    return 'it is another value.'
  } catch (error) {
    return `${(error as Error).message}.`
  }
}

function parameterProblems(
  parameters: Parameters,
  tools: readonly Tool[],
  type: ModelType,
  path: string,
  tell: Tell,
): void {
  const allowed: readonly string[] = parametersOf[type]
  for (const name of Object.keys(parameters))
    if (!allowed.includes(name)) tell(`${path}.${name}`, 'A model of this Type does not take it.')
  const { response_format: format, tool_choice: choice, extra } = parameters
  if (format?.type === 'json_schema') {
    const at = `${path}.response_format.json_schema`
    if (!functionName.test(format.json_schema.name)) tell(`${at}.name`, 'Letters, digits, “-” and “_”, up to 64.')
    schemaField(format.json_schema.schema, `${at}.schema`, tell)
  }
  if (choice !== undefined && choice !== 'none' && choice !== 'auto') {
    if (tools.length === 0) tell(`${path}.tool_choice`, 'There is no function to call.')
    else if (typeof choice === 'object' && !tools.some((tool) => tool.function.name === choice.function.name))
      tell(`${path}.tool_choice`, `There is no function “${choice.function.name}”.`)
  }
  if (parameters.top_logprobs !== undefined && !parameters.logprobs)
    tell(`${path}.top_logprobs`, 'This needs logprobs.')
  for (const name of Object.keys(extra ?? {}))
    if (reserved.has(name)) tell(`${path}.extra.${name}`, 'This has a field of its own.')
}

function routingProblems({ rows, default: otherwise }: Routing, variants: readonly string[], tell: Tell): void {
  const known = (name: string) => variants.includes(name)
  if (otherwise !== '' && !known(otherwise)) tell('routing.default', `There is no variant “${otherwise}”.`)
  for (const [index, { conditions, split }] of rows.entries()) {
    const path = `routing.rows.${index}`
    for (const [at, condition] of conditions.entries()) conditionProblems(condition, `${path}.conditions.${at}`, tell)
    for (const [at, { variant, percent }] of split.entries()) {
      if (!known(variant)) tell(`${path}.split.${at}.variant`, `There is no variant “${variant}”.`)
      else if (split.findIndex((other) => other.variant === variant) !== at)
        tell(`${path}.split.${at}.variant`, 'This variant stands in the row already.')
      if (toParts(percent) !== Number((percent * 100).toFixed(6)))
        tell(`${path}.split.${at}.percent`, 'At most two decimals.')
    }
    const sum = split.reduce((all, { percent }) => all + toParts(percent), 0)
    if (sum !== 10_000) tell(`${path}.split`, `The parts add up to ${sum / 100} %, not to 100 %.`)
  }
}

function conditionProblems({ field, type, operator, value }: Condition, path: string, tell: Tell): void {
  if (!/^[A-Za-z_][\w.-]*$/.test(field)) tell(`${path}.field`, 'Letters, digits, “_”, “-” and dots.')
  const operators: readonly string[] = operatorsOf[type]
  if (!operators.includes(operator)) {
    tell(`${path}.operator`, `Choose one of ${operators.join(', ')}.`)
    return
  }
  const at = `${path}.value`
  if (operator === 'exists') {
    if (typeof value !== 'boolean') tell(at, 'Choose true or false.')
    return
  }
  if ((operator === 'in') !== Array.isArray(value)) {
    tell(at, operator === 'in' ? 'This is a list.' : 'This is one value.')
    return
  }
  if (Array.isArray(value) && value.length === 0) {
    tell(at, 'Enter at least one value.')
    return
  }
  for (const each of [value].flat()) {
    if (type === 'list') continue
    if (type === 'date') {
      if (typeof each !== 'string' || !/^\d{4}-\d\d-\d\d/.test(each) || Number.isNaN(Date.parse(each))) {
        tell(at, 'Enter a date such as 2026-12-31, or an instant such as 2026-12-31T12:00:00Z.')
        return
      }
    } else if (typeof each !== type) {
      tell(at, `This is no ${typeWords[type]}.`)
      return
    }
  }
}
