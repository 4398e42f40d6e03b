'use client'
import { useState } from 'react'

/** Steps through pages that are reached by a cursor. `after`: the cursor in the address; null is the first page. */
export function useKeyset(after: string | null, go: (after: string | null) => void) {
  const [behind, setBehind] = useState<readonly (string | null)[]>([])
  return {
    /** A shared address knows no page before it: back leads to the top. */
    previous:
      after === null
        ? undefined
        : () => {
            setBehind(behind.slice(0, -1))
            go(behind.at(-1) ?? null)
          },
    next: (cursor: string | undefined) =>
      cursor === undefined
        ? undefined
        : () => {
            setBehind([...behind, after])
            go(cursor)
          },
    reset: () => setBehind([]),
  }
}
