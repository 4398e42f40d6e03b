import { expect, test } from 'vitest'
import type { ModelEntry } from '#lib/models/schema.ts'
import { testClock } from '#lib/testing/clock.ts'
import { createKeyWatch, type KeyReport } from './key-watch.ts'

const model = (id: string, group = 'api.example.com f1', refused = false) =>
  ({ id, workspaceId: 'wsp_1', credential: { group, refused } }) as ModelEntry

function watchOf(answer: () => Promise<void> = () => new Promise(() => undefined)) {
  const clock = testClock()
  const reports: KeyReport[] = []
  const logged: string[] = []
  const watch = createKeyWatch({
    clock,
    report(report) {
      reports.push(report)
      return report.state === 'suspected' ? Promise.resolve() : answer()
    },
    logger: { error: (_details, message) => void logged.push(message) },
  })
  const certain = () => reports.filter(({ state }) => state === 'refused')
  return { clock, reports, certain, watch, logged }
}

test('the first refusal is a suspicion, the third in a minute keeps calls of every model with that key away', () => {
  const { watch, reports, certain } = watchOf()
  watch.refused(model('a'), 401)
  expect(reports).toMatchObject([{ state: 'suspected', modelId: 'a', group: 'api.example.com f1' }])
  watch.refused(model('b'), 401)
  expect(watch.isRefused(model('a'))).toBe(false)
  watch.refused(model('a'), 401)
  expect(certain()).toMatchObject([{ whole: true, modelId: 'a' }])
  expect(['a', 'b', 'c'].map((id) => watch.isRefused(model(id)))).toEqual([true, true, true])
  expect(watch.isRefused(model('c', 'api.example.com f2'))).toBe(false)
  expect(watch.isRefused({ ...model('d'), workspaceId: 'wsp_2' })).toBe(false)
})

test('refusals of more than a minute, or with a good answer in between, do not add up', () => {
  const { watch, clock, certain } = watchOf()
  for (let round = 0; round < 6; round++) {
    watch.refused(model('a'), 401)
    clock.advance(31_000)
  }
  for (let round = 0; round < 6; round++) {
    watch.refused(model('a'), 401)
    watch.accepted(model('b'))
    watch.accepted(model('a'))
  }
  expect(certain()).toEqual([])
})

test('a model that is refused while others with its key work is kept away alone', () => {
  const { watch, certain } = watchOf()
  for (let round = 0; round < 3; round++) {
    watch.refused(model('a'), 401)
    watch.accepted(model('b'))
  }
  expect(certain()).toMatchObject([{ whole: false, modelId: 'a' }])
  expect([watch.isRefused(model('a')), watch.isRefused(model('b'))]).toEqual([true, false])
})

test('403 blames one model, unless a second one is refused too', () => {
  const one = watchOf()
  for (let round = 0; round < 3; round++) one.watch.refused(model('a'), 403)
  expect(one.certain()).toMatchObject([{ whole: false }])
  const two = watchOf()
  for (const id of ['a', 'b', 'a']) two.watch.refused(model(id), 403)
  expect(two.certain()).toMatchObject([{ whole: true }])
})

test('once told, the snapshot decides', async () => {
  const { watch } = watchOf(() => Promise.resolve())
  for (let round = 0; round < 3; round++) watch.refused(model('a'), 401)
  expect(watch.isRefused(model('a'))).toBe(true)
  await Promise.resolve()
  expect(watch.isRefused(model('a'))).toBe(false)
  expect(watch.isRefused(model('a', 'api.example.com f1', true))).toBe(true)
})

test('where nobody can be told, calls go on after half a minute', async () => {
  const { watch, clock, logged } = watchOf(() => Promise.reject(new Error('no database')))
  for (let round = 0; round < 3; round++) watch.refused(model('a'), 401)
  await new Promise((resolve) => setImmediate(resolve))
  expect(logged).toHaveLength(1)
  expect(watch.isRefused(model('a'))).toBe(true)
  clock.advance(30_001)
  expect(watch.isRefused(model('a'))).toBe(false)
})
