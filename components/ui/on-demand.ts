'use client'
import { useEffect, useState } from 'react'

/** Code that a page does without until somebody asks for it. */
export interface OnDemand<Part> {
  /** What came, once it came. */
  readonly part: Part | undefined
  /** Fetches it once. Rejects where it could not be fetched; the next call tries again. */
  load(): Promise<Part>
  /** Fetches it ahead of its use: on a pointer that comes near, on focus. */
  warm(): void
}

export function onDemand<Part>(fetchPart: () => Promise<Part>): OnDemand<Part> {
  let part: Part | undefined
  let pending: Promise<Part> | undefined
  function load() {
    pending ??= fetchPart().then(
      (came) => {
        part = came
        return came
      },
      (error) => {
        pending = undefined
        throw error
      },
    )
    return pending
  }
  return {
    get part() {
      return part
    },
    load,
    warm: () => void load().catch(() => undefined),
  }
}

/** The part, fetched as soon as it is wanted; undefined until it came. */
export function useOnDemand<Part>(demand: OnDemand<Part>, wanted: boolean): Part | undefined {
  const [, setCame] = useState(false)
  const missing = wanted && demand.part === undefined
  useEffect(() => {
    if (!missing) return
    let gone = false
    demand.load().then(
      () => !gone && setCame(true),
      () => undefined,
    )
    return () => {
      gone = true
    }
  }, [missing, demand])
  return demand.part
}
