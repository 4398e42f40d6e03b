'use client'
import { useSyncExternalStore } from 'react'

let message = ''
let odd = false
const listeners = new Set<() => void>()

/** Reads a short text out, without showing it. The same text twice is read twice. */
export function announce(text: string): void {
  odd = !odd
  message = odd ? text : `${text}\u00a0`
  for (const listener of listeners) listener()
}

/** Stands once at the root of the page. */
export function Announcer() {
  const text = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => message,
    () => '',
  )
  return (
    <div role="status" aria-live="polite" className="sr-only">
      {text}
    </div>
  )
}
