import { expect, test } from 'vitest'
import { Bag } from './bag.ts'

interface Item {
  name: string
  place: number
}
const item = (name: string): Item => ({ name, place: -1 })
const namesOf = (bag: Bag<Item>) => [...bag].map(({ name }) => name).sort()

test('holds what was put in and not taken out, and taking out twice changes nothing', () => {
  const bag = new Bag<Item>()
  const [a, b, c] = [item('a'), item('b'), item('c')]
  for (const each of [a, b, c]) bag.add(each)
  bag.delete(a)
  bag.delete(a)
  expect([bag.size, namesOf(bag)]).toEqual([2, ['b', 'c']])
  bag.add(a)
  bag.delete(b)
  expect(namesOf(bag)).toEqual(['a', 'c'])
  bag.delete(c)
  bag.delete(a)
  expect([bag.size, namesOf(bag), a.place]).toEqual([0, [], -1])
})

test.each<[string, number, (bag: Bag<Item>, each: Item) => void]>([
  ['nobody leaves', 50, () => undefined],
  ['each leaves as it is visited', 50, (bag, each) => bag.delete(each)],
  [
    'everybody leaves at the first',
    1,
    (bag) => {
      for (const each of [...bag]) bag.delete(each)
    },
  ],
])('visits each that is still there, where %s', (_case, visited, leave) => {
  const bag = new Bag<Item>()
  for (let index = 0; index < 50; index++) bag.add(item(`n${index}`))
  const seen = new Set<string>()
  for (const each of bag) {
    seen.add(each.name)
    leave(bag, each)
  }
  expect(seen.size).toBe(visited)
})
