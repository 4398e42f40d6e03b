import { expect, test } from 'vitest'
import { type DrawnRows, nextRows, windowAt } from './grid-window.ts'

const rowAt = (index: number) => `row ${index}`
const none: DrawnRows<string> = new Map()

/** Frame after frame until all is drawn; what each of them drew anew. */
function frames(before: DrawnRows<string>, seen: { first: number; end: number }, at = rowAt, budget = 3) {
  const drawn: number[][] = []
  for (let rows = before, left = true; left; ) {
    const next = nextRows(rows, seen, 100, at, budget)
    drawn.push([...next.rows.keys()].filter((index) => !rows.has(index) || rows.get(index) !== next.rows.get(index)))
    ;({ rows, left } = next)
    before = rows
  }
  return { drawn, rows: before }
}

test('a frame draws no more than its budget, what is seen first, and keeps nothing that is far away', () => {
  const { drawn, rows } = frames(new Map([[0, 'row 0']]), { first: 50, end: 55 })
  expect(drawn).toEqual([[50, 51, 52], [53, 54, 55], [56, 57, 58], [46, 47, 48], [49]])
  expect([...rows.keys()].sort()).toEqual(Array.from({ length: 13 }, (_, at) => 46 + at))
})

test('rows whose answers came are drawn over several frames too; those that wait stand as they were', () => {
  const { rows } = frames(none, { first: 0, end: 5 }, () => undefined as never)
  const next = nextRows(rows, { first: 0, end: 5 }, 100, rowAt, 3)
  expect([...next.rows.values()]).toEqual(['row 0', 'row 1', 'row 2', ...Array.from({ length: 6 })])
  expect(next.left).toBe(true)
})

test('what is drawn already is handed back as it is', () => {
  const { rows } = frames(none, { first: 4, end: 9 })
  expect(nextRows(rows, { first: 4, end: 9 }, 100, rowAt, 3)).toEqual({ rows, left: false })
  expect(nextRows(rows, { first: 4, end: 9 }, 100, rowAt, 3).rows).toBe(rows)
})

test('the window ends with the rows', () => {
  expect(windowAt(0, 400, 3, 152)).toEqual({ first: 0, end: 3 })
  expect(windowAt(1_000_000, 400, 10, 152)).toEqual({ first: 9, end: 10 })
  expect(windowAt(0, 400, 0, 152)).toEqual({ first: 0, end: 0 })
  expect(windowAt(310, 400, 100, 152)).toEqual({ first: 2, end: 6 })
})
