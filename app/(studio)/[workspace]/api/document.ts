import { headers } from 'next/headers'
import { cache } from 'react'
import type { Place } from '#components/reference/snippets.ts'
import { openApiDocument } from '#lib/reference/index.ts'
import type { JsonSchema, OperationObject } from '#lib/reference/schema.ts'
import { addressesOf } from '#lib/web/index.ts'

interface Reference {
  studioUrl: string
  gatewayUrl: string
  operations: { operation: OperationObject; place: Omit<Place, 'workspace'> }[]
  schemas: Record<string, JsonSchema>
}

/** The API's document as the pages show it: operation by operation, in its order. */
export const readReference = cache(async (): Promise<Reference> => {
  const addresses = addressesOf(await headers())
  const { paths, components, tags } = openApiDocument(addresses)
  const order = tags.map(({ name }) => name)
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      operation,
      place: { ...addresses, method: method.toUpperCase(), path },
    })),
  )
  operations.sort((a, b) => order.indexOf(a.operation.tags[0]!) - order.indexOf(b.operation.tags[0]!))
  return { ...addresses, operations, schemas: components.schemas }
})
