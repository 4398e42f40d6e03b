'use client'
import { useSyncExternalStore } from 'react'
import type { ExternalToast } from 'sonner'

export interface Toast {
  tone: 'plain' | 'success' | 'error'
  text: string
  options: ExternalToast | undefined
}

// The place where they stand is fetched with the first one; until it is there, they wait.
let show: ((toast: Toast) => void) | undefined
const waiting: Toast[] = []
const watchers = new Set<() => void>()
let wanted = false

const say = (tone: Toast['tone']) => (text: string, options?: ExternalToast) => {
  const said = { tone, text, options }
  if (show) {
    show(said)
    return
  }
  waiting.push(said)
  wanted = true
  for (const watcher of watchers) watcher()
}

/** A short message at the corner that leaves by itself. */
export const toast = Object.assign(say('plain'), { success: say('success'), error: say('error') })

/** Takes what waits and what comes, until the returned function is called. */
export function takeToasts(taker: (toast: Toast) => void): () => void {
  show = taker
  for (const said of waiting.splice(0)) taker(said)
  return () => {
    show = undefined
  }
}

/** Turns true with the first toast, and stays so. */
export function useToastsWanted(): boolean {
  return useSyncExternalStore(watch, () => wanted, never)
}

const never = () => false

function watch(watcher: () => void) {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}
