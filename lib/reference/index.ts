import { type DocumentAddresses, toDocument } from './document.ts'
import { allNamed, allOperations } from './operations.ts'
import type { OpenApiDocument } from './schema.ts'

const documents = new Map<string, OpenApiDocument>()

/** The API's document with these addresses in it. */
export function openApiDocument(addresses: DocumentAddresses): OpenApiDocument {
  const key = `${addresses.studioUrl} ${addresses.gatewayUrl}`
  let document = documents.get(key)
  if (!document) {
    document = toDocument(allOperations, allNamed, addresses)
    // Addresses come from the configuration, or from a Host that was checked: a few at most.
    if (documents.size > 20) documents.clear()
    documents.set(key, document)
  }
  return document
}
