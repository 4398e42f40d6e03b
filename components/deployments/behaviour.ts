import { formatDuration } from '#components/ui/format.ts'
import type { Variant } from '#lib/deployments/schema.ts'

/** A short line of what is set besides: `2 retries, 60 s, cached 1 h`. */
export function describeBehaviour({ retry, timeouts, cacheSeconds }: Variant): string {
  const parts = [
    retry && retry.count > 0 && (retry.count === 1 ? '1 retry' : `${retry.count} retries`),
    timeouts.callMs !== undefined && `${formatDuration(timeouts.callMs)} in all`,
    timeouts.firstByteMs !== undefined && `${formatDuration(timeouts.firstByteMs)} to the first byte`,
    timeouts.idleMs !== undefined && `${formatDuration(timeouts.idleMs)} between bytes`,
    cacheSeconds !== null && `cached ${formatDuration(cacheSeconds * 1_000)}`,
  ]
  return parts.filter(Boolean).join(', ') || 'no retries, no cache'
}

/** Reads statuses apart from commas and blanks; null where nothing is written. */
export function readCodes(typed: string): { codes: number[] | null; problem?: string } {
  const words = typed.split(/[\s,;]+/).filter(Boolean)
  if (words.length === 0) return { codes: null }
  const codes = [...new Set(words.map(Number))]
  const wrong = words.find((word) => {
    const code = Number(word)
    return !Number.isInteger(code) || !([408, 409, 429].includes(code) || (code >= 500 && code < 600))
  })
  if (wrong) return { codes: null, problem: `Only 408, 409, 429 and 500 to 599 can be tried again, not ${wrong}.` }
  if (codes.length > 20) return { codes: null, problem: 'At most 20 of them.' }
  return { codes }
}
