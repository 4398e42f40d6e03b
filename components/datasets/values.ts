import type { ColumnType } from '#lib/experiments/schema.ts'

/** A value as one edits it. */
export function toText(value: unknown, type: ColumnType): string {
  if (value === undefined || value === null) return ''
  if (type === 'json') return JSON.stringify(value, null, 2)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** A value as one reads it in a table. */
export function toLine(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

export type ReadValue = { ok: true; value: unknown } | { ok: false; message: string }

/** What was typed as a value of its type; nothing typed is no value. */
export function readValue(text: string, type: ColumnType): ReadValue {
  if (type === 'text') return { ok: true, value: text === '' ? undefined : text }
  const trimmed = text.trim()
  if (trimmed === '') return { ok: true, value: undefined }
  if (type === 'number') {
    const number = Number(trimmed)
    return Number.isFinite(number) ? { ok: true, value: number } : { ok: false, message: 'This is not a number.' }
  }
  if (type === 'boolean') {
    if (trimmed === 'true' || trimmed === 'false') return { ok: true, value: trimmed === 'true' }
    return { ok: false, message: 'Choose yes or no.' }
  }
  try {
    return { ok: true, value: JSON.parse(trimmed) }
  } catch (error) {
    return { ok: false, message: `This is not JSON: ${(error as Error).message}` }
  }
}
