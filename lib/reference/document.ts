import { z } from 'zod'
import type { Operation, Operations } from '#lib/core/operation.ts'
import { ErrorBody, errorCodesOf, GatewayErrorBody, takesIdempotencyKey } from './errors.ts'
import type {
  Content,
  JsonSchema,
  OpenApiDocument,
  OperationObject,
  ParameterObject,
  ResponseObject,
} from './schema.ts'

export interface DocumentAddresses {
  /** Of the studio, without a slash at its end. */
  studioUrl: string
  /** Of the fast door, without `/v1`. */
  gatewayUrl: string
}

const pathOf = (name: string) => name.slice(name.indexOf(' ') + 1).replaceAll(/\[(\w+)\]/g, '{$1}')
const methodOf = (name: string) => name.slice(0, name.indexOf(' ')).toLowerCase()

/**
 * The OpenAPI 3.1 document of these operations. Bodies and queries are the schemas that the verbs parse with, answers
 * those that the views' types are made of. `named`: schemas that get a name of their own, and
 * what else stands beside them.
 */
export function toDocument(
  operations: Operations,
  named: Readonly<Record<string, unknown>>,
  { studioUrl, gatewayUrl }: DocumentAddresses,
): OpenApiDocument {
  const answers = z.registry<{ id: string }>()
  for (const [id, schema] of Object.entries({ ...named, Error: ErrorBody, GatewayError: GatewayErrorBody }))
    if (schema instanceof z.ZodType) answers.add(schema, { id })
  const unnamed: string[] = []
  for (const { id, answer } of Object.values(operations)) {
    if (!answer || answers.has(answer)) continue
    unnamed.push(`${id}Answer`)
    answers.add(answer, { id: `${id}Answer` })
  }
  const { schemas: made } = z.toJSONSchema(answers, {
    io: 'output',
    uri: (id) => `#/components/schemas/${id}`,
    unrepresentable: 'any',
  })
  const schemas = Object.fromEntries(Object.entries(made).map(([id, schema]) => [id, clean(schema as JsonSchema)]))
  // What stands inside of another schema as well keeps a name.
  const text = JSON.stringify(schemas)
  const inlined = new Set(unnamed.filter((id) => !text.includes(`"#/components/schemas/${id}"`)))
  const answerOf = (answer: z.ZodType): JsonSchema => {
    const { id } = answers.get(answer)!
    return inlined.has(id) ? schemas[id]! : { $ref: `#/components/schemas/${id}` }
  }

  const paths: OpenApiDocument['paths'] = {}
  for (const [name, operation] of Object.entries(operations)) {
    const path = pathOf(name)
    paths[path] = { ...paths[path], [methodOf(name)]: toOperation(name, operation, answerOf) }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Patchbay',
      version: '1',
      summary: 'Private models behind one gateway, and everything about them.',
      description:
        '`/v1` speaks as OpenAI does, with a key of the scope inference. `/api/workspaces/{workspace}` manages: with a key of the scope read (GET) or manage (everything), or with the cookie of a session, whose changes must come from a page of ours.',
    },
    servers: [
      { url: studioUrl, description: 'The studio: everything.' },
      { url: gatewayUrl, description: 'The gateway: /v1 alone, faster.' },
    ],
    tags: [...new Set(Object.values(operations).map(({ group }) => group))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'pb_...',
          description: 'An API key. Also taken in the headers `api-key` and `x-api-key`. The names are scopes.',
        },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'patchbay.session',
          description: 'A session of a person. The names are roles: this one or above.',
        },
      },
      schemas: Object.fromEntries(Object.entries(schemas).filter(([id]) => !inlined.has(id))),
    },
  }
}

const idempotencyKey: ParameterObject = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'A header. Sent again within 24 h with the same key and body, it is not done again and gives the same answer. Whole answers alone.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
}

function toOperation(name: string, operation: Operation, answerOf: (answer: z.ZodType) => JsonSchema): OperationObject {
  const { id, group, summary, details, body, file, example, fields } = operation
  const parameters = [
    ...pathParameters(name, operation),
    ...queryParameters(operation),
    ...(takesIdempotencyKey(name, operation) ? [idempotencyKey] : []),
  ]
  return {
    operationId: id,
    tags: [group],
    summary,
    ...(details && { description: details }),
    security: securityOf(operation),
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: !body.safeParse({}).success,
        content: { 'application/json': { schema: inputSchema(body, fields), example } },
      },
    }),
    ...(file && {
      requestBody: { required: true, content: { [file.type]: { schema: { type: 'string' }, example: file.example } } },
    }),
    responses: responsesOf(name, operation, answerOf),
  }
}

function securityOf({ access, least }: Operation): OperationObject['security'] {
  switch (access) {
    case 'open':
      return []
    case 'person':
      return [{ session: [] }]
    case 'operate':
      return [{ session: ['operator'] }]
    case 'people':
      return [{ session: [least!] }]
    case 'call':
      return [{ key: ['inference'] }]
    case 'read':
    case 'write':
      return [{ key: [access === 'read' ? 'read' : 'manage'] }, { session: [least!] }]
  }
}

function pathParameters(name: string, { params = {} }: Operation): ParameterObject[] {
  const said: Record<string, string> = { workspace: 'Slug of the workspace.', ...params }
  return [...name.matchAll(/\[(\w+)\]/g)].map(([, part]) => ({
    name: part!,
    in: 'path',
    required: true,
    ...(said[part!] && { description: said[part!] }),
    schema: { type: 'string' },
  }))
}

function queryParameters({ query, body, fields }: Operation): ParameterObject[] {
  if (!query) return []
  const { properties = {}, required = [] } = inputSchema(query, body ? {} : fields)
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description && { description }),
    schema,
  }))
}

function inputSchema(schema: z.ZodType, fields: Readonly<Record<string, string>> = {}): JsonSchema {
  const json = clean(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema)
  const objects = [json, ...(json.anyOf ?? []), ...(json.oneOf ?? []), ...(json.allOf ?? [])]
  for (const [name, description] of Object.entries(fields)) {
    const holders = objects.flatMap(({ properties }) => (properties?.[name] ? [properties] : []))
    if (holders.length === 0) throw new TypeError(`${name} is described, but is no field of the schema`)
    for (const properties of holders) properties[name] = { ...properties[name], description }
  }
  return json
}

function responsesOf(
  name: string,
  operation: Operation,
  answerOf: (answer: z.ZodType) => JsonSchema,
): Record<string, ResponseObject> {
  const { answer, also = {} } = operation
  const status = operation.status ?? (answer ? 200 : 204)
  const content: Content = {
    ...(answer && { 'application/json': { schema: answerOf(answer) } }),
    ...Object.fromEntries(Object.keys(also).map((type) => [type, { schema: { type: 'string' } }])),
  }
  const said = Object.entries(also).map(([type, words]) => `\`${type}\`: ${words}`)
  const responses: Record<string, ResponseObject> = {
    [status]: {
      description: [status === 204 ? 'Done.' : 'Success.', ...said].join(' '),
      ...(Object.keys(content).length > 0 && { content }),
    },
  }
  // The engine answers, whoever calls it.
  const isGateway = operation.access === 'call' || name.includes('/try/')
  const schema = { $ref: `#/components/schemas/${isGateway ? 'GatewayError' : 'Error'}` }
  for (const [code, names] of Object.entries(errorCodesOf(name, operation))) {
    responses[code] =
      names.length === 0
        ? { description: 'Not now.' }
        : { description: names.map((each) => `\`${each}\``).join(', '), content: { 'application/json': { schema } } }
  }
  return responses
}

/** Without what says nothing in the document: marks of the generator, patterns of formats, choices inside of choices. */
function clean(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    const { $schema, $id, ...rest } = value as JsonSchema & Record<string, unknown>
    if (typeof rest.format === 'string') delete rest.pattern
    // Whole numbers without a bound of their own get those of the language.
    if (rest.maximum === Number.MAX_SAFE_INTEGER) delete rest.maximum
    if (rest.minimum === Number.MIN_SAFE_INTEGER) delete rest.minimum
    if (rest.anyOf) rest.anyOf = rest.anyOf.flatMap((each) => (isPlainChoice(each) ? each.anyOf! : [each]))
    return rest
  }) as JsonSchema
}

function isPlainChoice(schema: JsonSchema): boolean {
  return schema.anyOf !== undefined && Object.keys(schema).length === 1
}
