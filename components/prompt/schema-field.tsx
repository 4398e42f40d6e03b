'use client'
import { useState } from 'react'
import { schemaProblems } from '#lib/deployments/schema.ts'
import { JsonEditor } from './json-editor.tsx'
import { readJson } from './json-text.ts'
import type { JsonText } from './types.ts'

/** The text of a schema as it was typed, or laid out where it came as an object. */
export const toJsonText = (value: JsonText | undefined): string =>
  value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value, null, 2)

/** What was typed: an object where it is one, else the text itself. */
export function fromJsonText(text: string): JsonText {
  const read = readJson(text)
  return read.ok && isObject(read.value) ? read.value : text
}

/** Why a schema cannot be used; nothing where it can. */
export function schemaRemarks(value: unknown): string[] {
  return schemaProblems(value).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
}

/** An editor for a JSON schema, or for any JSON object with `check`. Holds what is typed until it parses. */
export function SchemaField({
  value,
  onChange,
  check = schemaRemarks,
  objectOnly = false,
  ...rest
}: {
  value: JsonText | undefined
  onChange: (value: JsonText | undefined) => void
  /** The owner can hold no text that does not parse: it is told of nothing instead. */
  objectOnly?: boolean
  check?: (value: unknown) => readonly string[]
  label?: string
  rows?: number
  optional?: boolean
  placeholder?: string
}) {
  const given = JSON.stringify(value)
  const [held, setHeld] = useState({ text: toJsonText(value), stands: given })
  // Changed from elsewhere: by undo, by another draft.
  if (held.stands !== given) setHeld({ text: toJsonText(value), stands: given })
  return (
    <JsonEditor
      {...rest}
      text={held.text}
      check={check}
      onChange={(text) => {
        const read = fromJsonText(text)
        const next = text === '' || (objectOnly && typeof read === 'string') ? undefined : read
        setHeld({ text, stands: JSON.stringify(next) })
        onChange(next)
      }}
    />
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
