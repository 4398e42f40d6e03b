import { describe, expect, test } from 'vitest'
import { type Column, nextSort, sortRows } from './table-columns.ts'

interface Row {
  name: string
  cost: bigint | null
}

const columns: Column<Row>[] = [
  { id: 'name', label: 'Name', cell: () => null, sort: (row) => row.name },
  { id: 'cost', label: 'Cost', cell: () => null, sort: (row) => row.cost },
  { id: 'served', label: 'Served', cell: () => null, sort: true },
]
const rows: Row[] = [
  { name: 'model 10', cost: null },
  { name: 'model 2', cost: 9007199254740993n },
  { name: 'Model 1', cost: 9007199254740992n },
]
const names = (sorted: readonly Row[]) => sorted.map((row) => row.name)

describe('sorting in the browser', () => {
  test('numbers inside words count as numbers', () => {
    expect(names(sortRows(rows, columns, { id: 'name', descending: false }))).toEqual([
      'Model 1',
      'model 2',
      'model 10',
    ])
  })

  test('figures beyond a double keep their order, and what is missing comes last both ways', () => {
    expect(names(sortRows(rows, columns, { id: 'cost', descending: false }))).toEqual([
      'Model 1',
      'model 2',
      'model 10',
    ])
    expect(names(sortRows(rows, columns, { id: 'cost', descending: true }))).toEqual(['model 2', 'Model 1', 'model 10'])
  })

  test('a column the server sorts, an unknown one and none leave the rows as they came', () => {
    for (const id of ['served', 'gone']) expect(sortRows(rows, columns, { id, descending: true })).toBe(rows)
    expect(sortRows(rows, columns, undefined)).toBe(rows)
  })
})

test('three clicks on a head go one way, the other way, and off', () => {
  const up = nextSort(undefined, 'name', false)
  expect(up).toEqual({ id: 'name', descending: false })
  const down = nextSort(up, 'name', false)
  expect(down).toEqual({ id: 'name', descending: true })
  expect(nextSort(down, 'name', false)).toBeUndefined()
  expect(nextSort(up, 'cost', true)).toEqual({ id: 'cost', descending: true })
})
