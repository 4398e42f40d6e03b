import { z } from 'zod'

/**
 * Who may call an operation:
 * - `read`, `write`: members of the workspace from a role up; keys with the scope read (or manage), or manage
 * - `people`: like `write`, but never a key
 * - `operate`: people who run the installation
 * - `person`: everybody signed in; `open`: everybody; `call`: keys with the scope inference
 */
export type OperationAccess = 'read' | 'write' | 'people' | 'operate' | 'person' | 'open' | 'call'

/** What a route promises to machines. Stands beside the verbs of its room; the OpenAPI document is made of it. */
export interface Operation {
  /** Unique, `verbNoun`: the document's operationId and the anchor in the reference. */
  id: string
  group: string
  summary: string
  details?: string
  access: OperationAccess
  /** The least role of a member; asked for with `read`, `write` and `people`. */
  least?: 'viewer' | 'developer' | 'admin' | 'owner'
  /** What the dynamic parts of the path hold; `workspace` need not be said. */
  params?: Readonly<Record<string, string>>
  query?: z.ZodObject
  /** The schema that the verb itself parses with. */
  body?: z.ZodType
  /** In place of a body of JSON: a file, sent as its bytes. */
  file?: { type: string; example: string }
  /** Words for fields of the body, or of the query where there is none, by name. */
  fields?: Readonly<Record<string, string>>
  /** A body that works; parses by `body`. Asked for with every body. */
  example?: unknown
  /** Of a success; 200, or 204 without an answer. */
  status?: number
  /** Null: a success has no body. */
  answer: z.ZodType | null
  /** Other forms of the answer, by media type, with the words for when they come. */
  also?: Readonly<Record<string, string>>
  /** Codes beyond those that every operation of its kind answers, by status. */
  errors?: Readonly<Record<number, readonly string[]>>
}

/** By method and path as Next spells it: `GET /api/workspaces/[workspace]/models/[id]`. */
export type Operations = Readonly<Record<string, Operation>>

/** An instant, ISO 8601 in UTC. */
export const Instant = z.iso.datetime()

/** An amount as it leaves the server: exact, in two units. */
export const Money = z.object({
  nanoUsd: z
    .string()
    .regex(/^-?\d+$/)
    .describe('Billionths of a dollar, a whole number as text.'),
  usd: z
    .string()
    .regex(/^-?\d+(\.\d+)?$/)
    .describe('Exact dollars as a decimal.'),
})

/** A list that is answered whole. */
export const listOf = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item) })

/** A page of a list; the cursor leads to the next one. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().describe('Absent on the last page.').optional() })
