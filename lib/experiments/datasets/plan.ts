import { z } from 'zod'
import { ColumnName, ColumnType, columnsMax } from './columns.ts'

export const importFormats = ['csv', 'jsonl', 'json'] as const
export const ImportFormat = z.enum(importFormats)
export type ImportFormat = z.infer<typeof ImportFormat>

export const fieldsMax = 200

/** What becomes of one field of a file. */
export const FieldPlan = z.strictObject({
  /** The header of a column, or a key; `inputs.question`: of an object inside. */
  source: z.string().max(256),
  to: z.enum(['input', 'messages', 'expected', 'skip']),
  /** Of the input. */
  name: z.union([ColumnName, z.literal('')]).default(''),
  type: ColumnType.default('text'),
})
export type FieldPlan = z.infer<typeof FieldPlan>

export const CsvDelimiter = z.enum([',', ';', '\t', '|'])
export type CsvDelimiter = z.infer<typeof CsvDelimiter>

/** How a file is read. */
export const FilePlan = z
  .strictObject({
    format: ImportFormat,
    /** Of CSV. */
    delimiter: CsvDelimiter.default(','),
    header: z.boolean().default(true),
    fields: z.array(FieldPlan).max(fieldsMax, `At most ${fieldsMax} fields.`),
    /** The last message of a conversation is what is expected, where it is the assistant's. */
    takeLast: z.boolean().default(false),
  })
  .superRefine(({ fields }, context) => {
    const inputs = fields.filter(({ to }) => to === 'input')
    const names = new Set<string>()
    for (const [index, { to, name }] of fields.entries()) {
      if (to !== 'input') continue
      const wrong = name === '' ? 'Enter a name.' : names.has(name) ? 'Two fields have this name.' : null
      if (wrong) context.addIssue({ code: 'custom', path: ['fields', index, 'name'], message: wrong })
      names.add(name)
    }
    if (inputs.length > columnsMax)
      context.addIssue({ code: 'custom', path: ['fields'], message: `At most ${columnsMax} columns.` })
    for (const to of ['messages', 'expected'] as const)
      if (fields.filter((field) => field.to === to).length > 1)
        context.addIssue({ code: 'custom', path: ['fields'], message: `Only one field can be ${to}.` })
    if (fields.every((field) => field.to === 'skip'))
      context.addIssue({ code: 'custom', path: ['fields'], message: 'Choose what is taken in.' })
  })
export type FilePlan = z.infer<typeof FilePlan>
