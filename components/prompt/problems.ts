import { schemaProblems } from '#lib/deployments/schema.ts'
import { readJson } from './json-text.ts'
import type { JsonText, Message, Parameters, ResponseFormat, Tool } from './types.ts'

const functionName = /^[A-Za-z0-9_-]{1,64}$/

/** What is wrong with the name of a function; nothing where it can be called. */
export function toolProblem(tools: readonly Tool[], at: number): string | undefined {
  const name = tools[at]!.function.name
  if (name === '') return 'Enter a name.'
  if (!functionName.test(name)) return 'Letters, digits, “-” and “_”, up to 64.'
  if (tools.findIndex((tool) => tool.function.name === name) < at) return 'Another function has this name.'
  return undefined
}

/** What is wrong with the name of a schema. */
export function schemaNameProblem(name: string): string | undefined {
  if (name === '') return 'Enter a name.'
  return functionName.test(name) ? undefined : 'Letters, digits, “-” and “_”, up to 64.'
}

/** Why this cannot be sent, in one sentence, or nothing: what every server would refuse. */
export function promptProblem(prompt: {
  messages: readonly Message[]
  tools: readonly Tool[]
  parameters: Parameters
}): string | undefined {
  for (const [at, { function: tool }] of prompt.tools.entries()) {
    const name = tool.name || `Function ${at + 1}`
    const wrong = toolProblem(prompt.tools, at)
    if (wrong) return `${name}: ${wrong}`
    const schema = schemaTextProblem(tool.parameters)
    if (schema) return `${name}: ${schema}`
  }
  const format = formatProblem(prompt.parameters.response_format)
  if (format) return `Answer format: ${format}`
  for (const [at, message] of prompt.messages.entries())
    for (const call of message.tool_calls ?? []) {
      if (!functionName.test(call.function.name)) return `Message ${at + 1}: a call names no function.`
      if (!readJson(call.function.arguments).ok)
        return `Message ${at + 1}: the arguments of ${call.function.name} are no JSON.`
    }
  return undefined
}

export function formatProblem(format: ResponseFormat | undefined): string | undefined {
  if (format?.type !== 'json_schema') return undefined
  return schemaNameProblem(format.json_schema.name) ?? schemaTextProblem(format.json_schema.schema)
}

function schemaTextProblem(schema: JsonText | undefined): string | undefined {
  if (schema === undefined) return undefined
  if (typeof schema === 'string') {
    const read = readJson(schema)
    return read.ok
      ? 'The schema is no JSON object.'
      : `The schema is no JSON: line ${read.problem.line}, ${read.problem.message}`
  }
  const [first] = schemaProblems(schema)
  return first && `${first.path === '' ? 'The schema' : first.path}: ${first.message}`
}
