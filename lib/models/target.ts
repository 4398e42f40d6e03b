import type { Target } from '#lib/openai/upstream.ts'
import type { Timeouts } from './form/draft.ts'
import type { ModelType } from './vocabulary.ts'

/** Where an operation stands below a Base URL, unless a model says otherwise. */
export const operationPaths: Readonly<Record<ModelType, string>> = {
  chat: '/chat/completions',
  completion: '/completions',
  embedding: '/embeddings',
  image: '/images/generations',
}

/** The gateway's defaults, `gateway.md`. */
export function fullTimeouts(timeouts: Partial<Timeouts>, thinks: boolean): Timeouts {
  return { connectMs: 5_000, firstByteMs: thinks ? 600_000 : 60_000, idleMs: 60_000, totalMs: 900_000, ...timeouts }
}

export interface Connection {
  baseUrl: string
  /** Null = no key is sent. */
  apiKey: string | null
  keyHeader: string
  headers: Readonly<Record<string, string>>
  query: Readonly<Record<string, string>>
  ca: string
}

/** What a call needs to reach a model: the credential as its header, and everything that must never be shown. */
export function toTarget(id: string, connection: Connection, timeouts: Timeouts): Target {
  const { apiKey, keyHeader } = connection
  const credential =
    apiKey === null
      ? {}
      : keyHeader === 'authorization'
        ? { authorization: `Bearer ${apiKey}` }
        : { [keyHeader]: apiKey }
  const secrets = [apiKey ?? '', ...Object.values(connection.headers), ...Object.values(connection.query)]
  return {
    id,
    baseUrl: connection.baseUrl,
    headers: { ...connection.headers, ...credential },
    ...(Object.keys(connection.query).length > 0 && { query: { ...connection.query } }),
    ...(connection.ca && { ca: connection.ca }),
    timeouts,
    // Short values are words of the service (`2024-10-01`), not secrets; cutting them out would eat whole messages.
    secrets: secrets.filter((secret) => secret.length >= 8),
  }
}
