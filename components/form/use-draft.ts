'use client'
import { useCallback, useEffect, useState } from 'react'
import type { FieldValues, UseFormReturn } from 'react-hook-form'
import { applyDraft, toDraftText } from './draft.ts'

const prefix = 'patchbay.draft.'

/**
 * Keeps what is typed in this tab, so that a reload, an ended session or a wrong click loses nothing. `secretPaths`
 * (`apiKey`, `headers.*.value`) are never stored. Call `discard` once the form is saved.
 */
export function useDraft<Values extends FieldValues>(
  form: UseFormReturn<Values>,
  { key, secretPaths, enabled = true }: { key: string; secretPaths: readonly string[]; enabled?: boolean },
): { restored: boolean; discard: () => void } {
  const [restored, setRestored] = useState(false)
  const { getValues, reset, subscribe } = form
  const secrets = secretPaths.join('\n')

  useEffect(() => {
    if (!enabled) return
    const stored = read(prefix + key)
    if (stored !== null) {
      const values = applyDraft(getValues(), stored)
      reset(values, { keepDefaultValues: true })
      setRestored(true)
    }
    return subscribe({
      formState: { values: true },
      callback: ({ values }) => {
        const text = toDraftText(values, secrets ? secrets.split('\n') : [])
        write(prefix + key, text)
      },
    })
  }, [enabled, key, secrets, getValues, reset, subscribe])

  const discard = useCallback(() => {
    write(prefix + key, undefined)
    setRestored(false)
  }, [key])

  return { restored, discard }
}

function read(key: string): string | null {
  try {
    return sessionStorage.getItem(key)
  } catch {
    return null
  }
}

function write(key: string, text: string | undefined): void {
  try {
    if (text === undefined) sessionStorage.removeItem(key)
    else sessionStorage.setItem(key, text)
  } catch {
    // Storage is full or forbidden: the form works without a draft.
  }
}
