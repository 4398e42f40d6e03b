import type { RateLeft, RateView } from '#lib/metering/index.ts'
import type { Aimed } from './aim.ts'

interface Told {
  aimed: Aimed
  attempts: number
  /** Who was passed over, and why. */
  skipped: string
  rates: RateView | null
  cache: 'hit' | 'miss' | 'off'
  ownMs: number
  upstreamMs: number
}

/** What every answer of a call tells beside its body. */
export function callHeaders(contentType: string, told: Told): Record<string, string> {
  const { entry, prepared } = told.aimed
  const { adapted, ignored } = prepared
  const headers: Record<string, string> = {
    'content-type': contentType,
    'cache-control': 'no-store',
    'x-patchbay-model': entry.slug,
    'x-patchbay-attempts': String(told.attempts),
    'x-patchbay-cache': told.cache,
    'server-timing': `gateway;dur=${told.ownMs.toFixed(1)}, upstream;dur=${told.upstreamMs.toFixed(1)}`,
  }
  if (adapted.length > 0) headers['x-patchbay-adapted'] = printable(adapted.join(', '))
  if (ignored.length > 0) headers['x-patchbay-ignored'] = ignored.join(', ')
  if (told.skipped) headers['x-patchbay-skipped'] = printable(told.skipped)
  if (told.rates) addRates(headers, told.rates)
  return headers
}

/** As OpenAI names and writes them: `1s`, `250ms`. */
function addRates(headers: Record<string, string>, rates: RateView): void {
  const { requests, tokens } = rates
  // Names that are put together must be looked up among all strings each time.
  if (requests) {
    headers['x-ratelimit-limit-requests'] = String(requests.limit)
    headers['x-ratelimit-remaining-requests'] = String(Math.max(0, requests.remaining))
    headers['x-ratelimit-reset-requests'] = resetIn(requests)
  }
  if (tokens) {
    headers['x-ratelimit-limit-tokens'] = String(tokens.limit)
    headers['x-ratelimit-remaining-tokens'] = String(Math.max(0, tokens.remaining))
    headers['x-ratelimit-reset-tokens'] = resetIn(tokens)
  }
}

function resetIn({ resetMs }: RateLeft): string {
  return resetMs < 1000 ? `${Math.ceil(resetMs)}ms` : `${Math.ceil(resetMs / 1000)}s`
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?')
}
