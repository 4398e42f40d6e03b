import type { Suggestion } from '#components/ui/combobox.tsx'

/** Every time zone the browser knows, UTC first. */
export function timeZoneSuggestions(): Suggestion[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')].map((value) => ({ value }))
}
