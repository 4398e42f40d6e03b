'use client'
import { useState } from 'react'
import { ApiError } from '#components/ui/api.ts'

/**
 * What a form knows of being sent to the management API: whether it runs, and what was wrong. `missing`: what stands in
 * the way now, by field; it is told once somebody tried, and goes as it is mended.
 */
export function useSaving(missing: Record<string, string> = {}) {
  const [refused, setRefused] = useState<ApiError>()
  const [attempt, setAttempt] = useState(0)
  const [working, setWorking] = useState(false)

  /** Runs `work` where nothing is missing. `onStale`: somebody else saved meanwhile. */
  async function save(work: () => Promise<void>, onStale?: (current: { version: number }) => void): Promise<void> {
    setRefused(undefined)
    if (Object.keys(missing).length > 0) {
      setAttempt((count) => count + 1)
      return
    }
    setWorking(true)
    try {
      await work()
    } catch (error) {
      const why = error instanceof ApiError ? error : new ApiError(0, {})
      setRefused(why)
      setAttempt((count) => count + 1)
      if (why.code === 'stale_version') onStale?.(why.body.current as { version: number })
    } finally {
      setWorking(false)
    }
  }

  const errors: Record<string, string> = { ...(attempt > 0 && missing), ...refused?.fields }
  const hasFields = Object.keys(refused?.fields ?? {}).length > 0
  const again = refused?.code === 'stale_version' ? ' Save once more to replace what they wrote.' : ''
  const message = refused && !hasFields ? `${refused.message}${again}` : undefined
  return { errors, message, attempt, working, save }
}
