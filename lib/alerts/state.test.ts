import { expect, test } from 'vitest'
import { calmMs, type RuleState, step } from './state.ts'

const fresh: RuleState = { firing: false, told: false, calmSince: null, firedAt: null, resolvedAt: null }
const minuteMs = 60_000

/** Looks once a minute at these values; what was said, minute by minute. `muted`: those minutes. */
function watch(values: readonly (number | null)[], { muted = [] as number[], start = fresh } = {}) {
  let state = start
  const said = values.map((value, minute) => {
    const reading = { value: value === null ? null : BigInt(value), threshold: 100n, resolveBelow: 80n }
    const next = step(state, { ...reading, isMuted: muted.includes(minute), now: new Date(minute * minuteMs) })
    state = next.state
    return next.say
  })
  return { state, said: said.flatMap((say, minute) => (say ? [`${minute} ${say}`] : [])) }
}

const calm = Array<number>(calmMs / minuteMs).fill(79)

test('fires once, at the threshold itself, and is resolved once it was below the lower bound for five minutes', () => {
  expect(watch([99, 100, 150, 100, ...calm, 79, 10, 10])).toMatchObject({
    said: ['1 fired', '9 resolved'],
    state: { firing: false, firedAt: new Date(minuteMs), resolvedAt: new Date(9 * minuteMs) },
  })
})

test('a figure between the two bounds, or one that dips for less than five minutes, changes nothing', () => {
  expect(watch([100, 85, 99, 81, 100, 85, 79, 79, 79, 79, 79, 80, 79, 79, 79, 79, 79, 100]).said).toEqual(['0 fired'])
})

test('what fires again after it was resolved says so again, with its own beginning', () => {
  const { said, state } = watch([100, ...calm, 79, 99, 101])
  expect(said).toEqual(['0 fired', '6 resolved', '8 fired'])
  expect(state).toMatchObject({ firing: true, firedAt: new Date(8 * minuteMs), resolvedAt: null })
})

test('nothing to judge fires nothing, and lets what fires come to rest', () => {
  expect(watch([null, null]).said).toEqual([])
  expect(watch([100, null, null, null, null, null, null]).said).toEqual(['0 fired', '6 resolved'])
})

test('a muted rule says nothing; one that still fires when the mute ends says so then, once', () => {
  expect(watch([100, 100, 100, 100], { muted: [0, 1] })).toMatchObject({ said: ['2 fired'], state: { told: true } })
})

test('nobody is told of the end of what nobody was told of', () => {
  const muted = [0, 1, 2, 3, 4, 5, 6]
  expect(watch([100, ...calm, 79, 79], { muted })).toMatchObject({ said: [], state: { firing: false, told: false } })
})
