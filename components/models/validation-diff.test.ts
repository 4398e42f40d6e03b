import { expect, test } from 'vitest'
import { CapabilityCard, type CheckView, type ValidationView, WireProfile } from '#lib/models/schema.ts'
import { diffValidations, isSame, isSlower } from './validation-diff.ts'

const view = (checks: object, changes: object = {}, profile: object = {}, times: Record<string, number> = {}) =>
  ({
    status: 'passed',
    baseUrl: 'https://a.test/v1',
    subject: { type: 'chat', name: 'x', baseUrl: 'https://a.test/v1', modelId: 'm' },
    capabilities: CapabilityCard.parse({ checks }),
    profile: WireProfile.parse(profile),
    checks: Object.entries(times).map(([key, ms]) => ({ key, label: key, ms }) as CheckView),
    ...changes,
  }) as ValidationView

test('two validations of an unchanged server do not differ, whatever the time', () => {
  const one = view({ tools: { verdict: 'yes', detail: 'First token 21 ms' } }, {}, { drop: ['seed'] }, { tools: 20 })
  const two = view({ tools: { verdict: 'yes', detail: 'First token 40 ms' } }, {}, { drop: ['seed'] }, { tools: 35 })
  const diff = diffValidations(one, two)
  expect(isSame(diff)).toBe(true)
  expect(diff.timings).toEqual([{ key: 'tools', label: 'tools', fromMs: 20, toMs: 35 }])
})

test('a lost and a gained capability are told apart from other changes; what is undecided now is not lost', () => {
  const diff = diffValidations(
    view({ tools: { verdict: 'yes' }, vision: { verdict: 'no' }, seed: { verdict: 'yes' }, n: { verdict: 'ignored' } }),
    view({
      tools: { verdict: 'no', detail: '“gone”' },
      vision: { verdict: 'yes' },
      seed: { verdict: 'unknown' },
      n: { verdict: 'no' },
    }),
  )
  expect(diff.verdicts.map(({ key, kind }) => [key, kind])).toEqual([
    ['tools', 'lost'],
    ['vision', 'gained'],
    ['seed', 'other'],
    ['n', 'other'],
  ])
  expect(diff.verdicts[0]).toMatchObject({ from: 'yes', to: 'no', detail: '“gone”' })
})

test('what one of the two did not ask for is counted, not called a change', () => {
  const diff = diffValidations(view({ tools: { verdict: 'yes' } }, {}, { drop: ['n'] }), view({}, { status: 'failed' }))
  expect(diff.verdicts).toEqual([])
  expect(diff.profile).toEqual([])
  expect(diff.notCompared).toBe(1)
  expect(diff.facts).toEqual([{ label: 'Result', from: 'passed', to: 'failed' }])
})

test('changed fields of the wire profile are named', () => {
  const yes = { tools: { verdict: 'yes' } }
  const diff = diffValidations(view(yes), view(yes, {}, { streamUsage: 'never', drop: ['seed'] }))
  expect(diff.profile.map(({ field }) => field)).toEqual(['drop', 'streamUsage'])
})

test('slower is over twice and over 50 ms', () => {
  const timing = (fromMs: number, toMs: number) => isSlower({ key: 'tools', label: '', fromMs, toMs })
  expect([timing(10, 40), timing(100, 190), timing(100, 201)]).toEqual([false, false, true])
})
