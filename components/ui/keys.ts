'use client'
import { useSyncExternalStore } from 'react'

const never = () => () => {}
const isApple = () => /Mac|iPhone|iPad/.test(navigator.platform)

/** Keys as this keyboard has them: `⌘K` stays on a Mac and is `Ctrl K` elsewhere. */
export function useKeyNames(): (keys: string) => string {
  const onApple = useSyncExternalStore(never, isApple, () => true)
  return (keys) => (onApple ? keys : keys.replace('⌘', 'Ctrl '))
}
