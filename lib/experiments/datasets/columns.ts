import { z } from 'zod'

export const columnTypes = ['text', 'number', 'boolean', 'json'] as const
export const ColumnType = z.enum(columnTypes)
export type ColumnType = z.infer<typeof ColumnType>

export const columnsMax = 50

/** What `{{variables}}` of prompts can be called. */
export const ColumnName = z
  .string({ error: 'Enter a name.' })
  .trim()
  .min(1, 'Enter a name.')
  .max(64, 'At most 64 characters.')
  .regex(/^[A-Za-z_][A-Za-z0-9_-]*$/, 'Letters, digits, “_” and “-”; a letter first.')
  .refine((name) => name !== '__proto__', 'This name is reserved.')

export const DatasetColumn = z.strictObject({ name: ColumnName, type: ColumnType.default('text') })
export type DatasetColumn = z.infer<typeof DatasetColumn>

export const DatasetColumns = z
  .array(DatasetColumn)
  .max(columnsMax, `At most ${columnsMax} columns.`)
  .refine((columns) => new Set(columns.map(({ name }) => name)).size === columns.length, 'Two columns have one name.')

/** One message of a conversation in OpenAI's shape; members that we do not know stay. */
export const DatasetMessage = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string().max(64) })).max(100)]).nullish(),
})
export type DatasetMessage = z.infer<typeof DatasetMessage>

export const messagesMax = 200
export const DatasetMessages = z.array(DatasetMessage).max(messagesMax, `At most ${messagesMax} messages.`)
