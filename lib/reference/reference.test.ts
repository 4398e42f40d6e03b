import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, test } from 'vitest'
import { routeOf, servedText } from '#lib/gateway/endpoints.ts'
import { routes } from '#lib/testing/access-table.ts'
import { documentedRoutes } from '#lib/testing/documented-routes.ts'
import { openApiDocument } from './index.ts'
import { allOperations } from './operations.ts'

const document = openApiDocument({ studioUrl: 'http://localhost:3000', gatewayUrl: 'http://localhost:4000' })
const operations = Object.entries(allOperations)

/** The route of the access table that serves an operation: its own, or one that catches all paths below. */
const routeNameOf = (name: string) =>
  name in routes
    ? name
    : documentedRoutes.find((route) => route.includes('[...') && name.startsWith(route.split('[...')[0]!))

const howTo = (
  name: string,
) => `${name} is not in the API's document. Add to lib/<room>/operations.ts, the room of its verb:
  '${name}': {
    id: 'verbNoun', group: 'Models', summary: '...', access: 'read', least: 'viewer',   // as in lib/testing/access-table.ts
    params: { id: '...' }, query: ListThingsInput, body: ThingInput.omit({ id: true }), // what the verb parses with
    fields: { name: 'words for a field' }, example: { name: 'a body that works' },
    status: 201, answer: answers.ThingView, errors: { 409: ['stale_version'] },         // the view, in lib/<room>/answers.ts
  }`

describe('every route is in the document', () => {
  test.each(documentedRoutes)('%s', (name) => {
    const found = operations.some(([operation]) => routeNameOf(operation) === name)
    expect(found, howTo(name)).toBe(true)
  })
})

test('nothing is in the document that is not served', () => {
  expect(operations.map(([name]) => name).filter((name) => routeNameOf(name) === undefined)).toEqual([])
})

test('the document says of each route who may call it, as the access table does', () => {
  const said = Object.fromEntries(operations.map(([name, { access, least }]) => [name, [access, least ?? 'viewer']]))
  const wanted = Object.fromEntries(
    operations.map(([name]) => {
      const { kind, least } = routes[routeNameOf(name)!]!
      return [name, [kind, least]]
    }),
  )
  expect(said).toEqual(wanted)
})

test('the gateway serves what is said of it, and nothing else', () => {
  const said = operations
    .filter(([name]) => name.includes(' /v1/'))
    .map(([name]) => name.replaceAll(/\[(\w+)\]/g, '{$1}'))
  expect(said.sort()).toEqual(servedText.split(', ').sort())
  for (const name of said) {
    const [method = '', path = ''] = name.split(' ')
    expect(routeOf(method, path).kind, name).toMatch(/^(call|feedback|models|model)$/)
  }
})

test('it is an OpenAPI 3.1 document', async () => {
  const checked = await new Validator().validate(JSON.parse(JSON.stringify(document)))
  expect(checked.errors).toBeUndefined()
  expect(checked.valid).toBe(true)
})

test('operationIds are unique, and every reference leads somewhere', () => {
  const ids = operations.map(([, { id }]) => id)
  expect(new Set(ids).size).toBe(ids.length)
  const known = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`)
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1])
  expect(references.filter((reference) => !known.includes(reference!))).toEqual([])
  expect(references.length).toBeGreaterThan(50)
})

describe('an example parses by its schema', () => {
  test.each(operations.filter(([, { body }]) => body))('%s', (_name, { body, example }) => {
    expect(example, 'an operation with a body has an example').toBeDefined()
    expect(body!.safeParse(example).error?.issues).toBeUndefined()
  })
})

test('each part of a path is described', () => {
  for (const [path, methods] of Object.entries(document.paths))
    for (const { parameters = [], operationId } of Object.values(methods)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1])
      const said = parameters.filter((each) => each.in === 'path' && each.description)
      expect(
        said.map((each) => each.name),
        operationId,
      ).toEqual(named)
    }
})
