/** What a pasted key becomes, and what was changed. The key itself is never part of a message. */
export type ApiKeyResult = { ok: true; key: string; notes: string[] } | { ok: false; message: string }

const lengthMax = 8_192

const messages = {
  empty: 'Paste the API key, or tick “This server needs no key”.',
  patchbay: (host: string) => `This is a Patchbay key. Paste the key of ${host || 'the server'}.`,
  url: 'This looks like the Base URL.',
  characters: 'An API key holds only plain letters, digits and signs. Copy it again; a shortened key does not work.',
  tooLong: 'An API key has at most 8,192 characters.',
} as const

/** Cuts spaces, line ends, quotes and a leading `Bearer `, each with a note. `host` is named in the hint. */
export function normaliseApiKey(text: string, host: string): ApiKeyResult {
  const notes: string[] = []
  let value = text.trim()
  if (value === '') return { ok: false, message: messages.empty }
  if (value.length > lengthMax * 2) return { ok: false, message: messages.tooLong }
  if (value !== text) notes.push('Spaces around the key were cut')
  const steps: [RegExp, string][] = [
    [/^["'`“”]+|["'`“”]+$/g, 'Quotes were cut'],
    [/^(export\s+)?[A-Z][A-Z0-9_]*_(KEY|TOKEN)\s*=\s*/, 'The name of the variable was cut'],
    [/^["'`“”]+|["'`“”]+$/g, 'Quotes were cut'],
    [/^authorization\s*:\s*/i, '“Authorization:” was cut'],
    [/^bearer\s+/i, '“Bearer ” was cut'],
    [/^["'`“”]+|["'`“”]+$/g, 'Quotes were cut'],
    [/[\s\u00a0\u200b\ufeff]+/g, 'Spaces and line ends were cut'],
  ]
  for (const [pattern, note] of steps) {
    const next = value.replace(pattern, '')
    if (next !== value && !notes.includes(note)) notes.push(note)
    value = next
  }
  if (value === '') return { ok: false, message: messages.empty }
  if (/^https?:\/\//i.test(value)) return { ok: false, message: messages.url }
  if (value.startsWith('pb_')) return { ok: false, message: messages.patchbay(host) }
  if (!/^[\x21-\x7e]+$/.test(value)) return { ok: false, message: messages.characters }
  if (value.length > lengthMax) return { ok: false, message: messages.tooLong }
  return { ok: true, key: value, notes }
}
