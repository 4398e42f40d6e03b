import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { checkCanary, createSecretBox, type SealedPlace } from './secret-box.ts'

const place: SealedPlace = {
  purpose: 'provider-key',
  workspaceId: 'wsp_1',
  table: 'models',
  row: 'mdl_1',
  field: 'key',
}
const fresh = (id = 'k1') => ({ id, key: randomBytes(32) })

describe('secret box', () => {
  it('opens what it sealed, and no two envelopes of one text are alike', () => {
    const box = createSecretBox([fresh()])
    const one = box.seal('sk-äöü', place)
    expect(box.open(one, place)).toBe('sk-äöü')
    expect(one).toMatch(/^v1\.k1\.[\w-]+\.[\w-]+\.[\w-]+$/)
    expect(box.seal('sk-äöü', place)).not.toBe(one)
    expect(box.open(box.seal('', place), place)).toBe('')
  })

  it.each(Object.keys(place) as (keyof SealedPlace)[])('does not open under another %s', (part) => {
    const box = createSecretBox([fresh()])
    const sealed = box.seal('sesame-51', place)
    expect(() => box.open(sealed, { ...place, [part]: 'other' })).toThrow('cannot be opened')
  })

  it('refuses an envelope with any changed character, and never says what it holds', () => {
    const box = createSecretBox([fresh()])
    const sealed = box.seal('sesame-51', place)
    for (let at = 0; at < sealed.length; at++) {
      // The last character of a part may carry unused bits; a change to the first bits of it always counts.
      const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'g' : 'A') + sealed.slice(at + 1)
      let opened: unknown
      try {
        opened = box.open(changed, place)
      } catch (error) {
        expect(String(error)).not.toContain('sesame')
        continue
      }
      expect(opened).toBe('sesame-51')
      expect(canonical(changed)).toBe(canonical(sealed))
    }
    expect(() => box.open('v1.k1.a.b', place)).toThrow('cannot be opened')
    expect(() => box.open('', place)).toThrow('cannot be opened')
  })

  it('opens envelopes of an older key and says that they are stale', () => {
    const old = fresh('old')
    const sealed = createSecretBox([old]).seal('sesame-51', place)
    const box = createSecretBox([fresh('new'), old])
    expect(box.open(sealed, place)).toBe('sesame-51')
    expect(box.isStale(sealed)).toBe(true)
    expect(box.isStale(box.seal('secret', place))).toBe(false)
  })

  it('keeps hashes of one purpose apart from those of another', () => {
    const key = fresh()
    const box = createSecretBox([key])
    expect(box.keyedHash('a', 'x')).toBe(createSecretBox([key]).keyedHash('a', 'x'))
    expect(box.keyedHash('a', 'x')).not.toBe(box.keyedHash('b', 'x'))
    expect(box.keyedHash('a', 'x')).not.toBe(createSecretBox([fresh()]).keyedHash('a', 'x'))
  })

  it('accepts the canary of its own key and refuses that of another', async () => {
    let kept: string | undefined
    const store = { keep: async (envelope: string) => (kept ??= envelope) }
    const box = createSecretBox([fresh()])
    await checkCanary(box, store)
    await checkCanary(box, store)
    await expect(checkCanary(createSecretBox([fresh()]), store)).rejects.toThrow('sealed with the key "k1"')
  })
})

function canonical(envelope: string): string {
  const [version, id, ...parts] = envelope.split('.')
  return [version, id, ...parts.map((part) => Buffer.from(part, 'base64url').toString('base64url'))].join('.')
}
