import { expect, test } from 'vitest'
import { onDemand } from './on-demand.ts'

test('what is asked for many times is fetched once, and kept', async () => {
  let fetched = 0
  const demand = onDemand(async () => ++fetched)
  expect(demand.part).toBeUndefined()
  demand.warm()
  expect(await Promise.all([demand.load(), demand.load()])).toEqual([1, 1])
  expect(demand.part).toBe(1)
})

test('what could not be fetched is fetched again when it is next asked for', async () => {
  let fetched = 0
  const demand = onDemand(async () => {
    if (++fetched === 1) throw new Error('offline')
    return fetched
  })
  await expect(demand.load()).rejects.toThrow('offline')
  expect(demand.part).toBeUndefined()
  expect(await demand.load()).toBe(2)
})
