'use client'
import { useSyncExternalStore } from 'react'

const query = '(min-width: 1280px)'

/** Whether a request fits beside the list; not known while the server draws. */
export function useWide(): boolean | undefined {
  return useSyncExternalStore(
    subscribe,
    () => matchMedia(query).matches,
    () => undefined,
  )
}

function subscribe(listener: () => void): () => void {
  const media = matchMedia(query)
  media.addEventListener('change', listener)
  return () => media.removeEventListener('change', listener)
}
