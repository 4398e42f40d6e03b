import type { ModelType } from '#lib/models/schema.ts'
import type { Setup } from './setup.ts'

export interface Draft {
  type: ModelType
  /** One for each Type: a change of the mode loses nothing. */
  setups: Partial<Record<ModelType, Setup>>
}

// Raised when the shape changes: an older draft is left alone.
const prefix = 'patchbay.playground.1.'
const charsMax = 4_000_000

/**
 * Where a draft lies: `browser` keeps it, `tab` forgets it with the tab, so that links that were opened once leave
 * nothing behind.
 */
export type DraftPlace = 'browser' | 'tab'
const storageOf = (place: DraftPlace) => (place === 'browser' ? localStorage : sessionStorage)

/** What this person wrote here last, in this browser alone. */
export function readDraft(key: string, place: DraftPlace): Draft | null {
  try {
    const text = storageOf(place).getItem(prefix + key)
    return text === null ? null : (JSON.parse(text) as Draft)
  } catch {
    return null
  }
}

/** Keeps a draft. Where the browser has no room for its pictures it is kept without them. */
export function writeDraft(key: string, place: DraftPlace, draft: Draft): void {
  const text = JSON.stringify(draft)
  if (text.length > charsMax || !store(key, place, text)) store(key, place, JSON.stringify(withoutPictures(draft)))
}

function store(key: string, place: DraftPlace, text: string): boolean {
  try {
    storageOf(place).setItem(prefix + key, text)
    return true
  } catch {
    return false
  }
}

function withoutPictures({ type, setups }: Draft): Draft {
  const strip = (setup: Setup): Setup => ({
    ...setup,
    messages: setup.messages.map((message) =>
      typeof message.content === 'string'
        ? message
        : { ...message, content: message.content.filter((part) => part.type === 'text') },
    ),
  })
  return {
    type,
    setups: Object.fromEntries(Object.entries(setups).map(([name, setup]) => [name, strip(setup)])),
  }
}
