import { expect, test } from 'vitest'
import { profileFields, WireProfile } from '#lib/models/schema.ts'
import { fromChoice, profileWords, sayField, toChoice } from './profile-words.ts'
import { deviates, usualProfile } from './usual-profile.ts'

test('every value that can be chosen is one that the profile takes, and has words of its own', () => {
  for (const field of profileFields) {
    const { options } = profileWords[field]
    if (!options) continue
    const said = options.map(({ value }) => {
      const profile = WireProfile.parse({ ...usualProfile, [field]: fromChoice(field, value) })
      expect(toChoice(field, profile)).toBe(value)
      return sayField(field, profile)
    })
    expect(new Set(said).size).toBe(options.length)
  }
})

test('dropped parameters are typed with commas or spaces between', () => {
  expect(fromChoice('drop', ' seed, logprobs  n,')).toEqual(['seed', 'logprobs', 'n'])
  expect(fromChoice('drop', '')).toEqual([])
})

test('added parameters are typed as name=value, and come back as they were typed', () => {
  expect(fromChoice('add', ' input_type = query, x=a=b ,')).toEqual({ input_type: 'query', x: 'a=b' })
  expect(toChoice('add', { ...usualProfile, add: { input_type: 'query', x: 'a=b' } })).toBe('input_type=query, x=a=b')
})

test('the profile of a server that does as OpenAI does deviates nowhere', () => {
  expect(profileFields.filter((field) => deviates(field, usualProfile))).toEqual([])
  expect(deviates('drop', { ...usualProfile, drop: ['seed'] })).toBe(true)
})

test('the usual profile is the schema’s own default, and its fields are the profile’s', () => {
  expect(usualProfile).toEqual(WireProfile.parse({}))
  expect([...profileFields]).toEqual(WireProfile.keyof().options)
})
