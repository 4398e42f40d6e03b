import { expect, test } from 'vitest'
import { editProfile, readProfile, relearn } from './stored-profile.ts'
import { profileFields, profileFieldsOf, WireProfile } from './vocabulary.ts'

const learned = WireProfile.parse({ drop: ['seed'], streamUsage: 'never' })
const author = { by: 'ada@example.test', at: '2026-11-22T10:00:00.000Z' }

test('what was learned is in force until somebody sets a field', () => {
  expect(readProfile(relearn({}, learned))).toEqual({ inForce: learned, learned, byHand: {} })
  expect(readProfile(learned)).toEqual({ inForce: learned, learned, byHand: {} })
})

test('a field set by hand stays through a validation that learns something else, the others follow', () => {
  const set = editProfile(relearn({}, learned), { streamUsage: 'always' }, author)
  const again = relearn(set, WireProfile.parse({ drop: [], streamUsage: 'ask', systemRole: 'user' }))
  const { inForce, learned: newest, byHand } = readProfile(again)
  expect(inForce).toMatchObject({ drop: [], streamUsage: 'always', systemRole: 'user' })
  expect(newest.streamUsage).toBe('ask')
  expect(byHand).toEqual({ streamUsage: author })
})

test('null gives a field back to what was learned last, and leaves no trace of the hand', () => {
  const set = editProfile(learned, { drop: ['seed', 'logprobs'], streamUsage: 'ask' }, author)
  expect(readProfile(editProfile(set, { drop: null }, author))).toEqual({
    inForce: { ...learned, streamUsage: 'ask' },
    learned,
    byHand: { streamUsage: author },
  })
  expect(readProfile(editProfile(set, { drop: null, streamUsage: null }, author))).toEqual({
    inForce: learned,
    learned,
    byHand: {},
  })
})

test('the gateway reads what is in force from the same column', () => {
  const set = editProfile(learned, { drop: ['logprobs'] }, author)
  expect(WireProfile.parse(set)).toEqual({ ...learned, drop: ['logprobs'] })
})

test('every field concerns some Type', () => {
  expect(new Set(Object.values(profileFieldsOf).flat())).toEqual(new Set(profileFields))
})
