/** Rows above and below what is seen that are drawn ahead of it. */
const aheadRows = 4

export interface GridWindow {
  /** What is seen: the first row, and the one below the last. */
  first: number
  end: number
}

/** Which rows of equal height stand in a box that is scrolled to `top`; heights and `top` in pixels. */
export function windowAt(top: number, height: number, count: number, rowPx: number): GridWindow {
  const first = Math.max(0, Math.min(Math.floor(top / rowPx), count - 1))
  return { first, end: Math.min(count, first + Math.ceil(height / rowPx) + 1) }
}

/** What stands of each row; undefined: it is not there yet. */
export type DrawnRows<Row> = ReadonlyMap<number, Row | undefined>

/**
 * What to draw next, given what is drawn: at most `budget` rows anew, those that are seen first, so that no frame takes
 * long, be it for a jump, for a page that arrives or for a run that moves. A row that has to wait stays as it is. `left`:
 * another frame is needed.
 */
export function nextRows<Row>(
  before: DrawnRows<Row>,
  { first, end }: GridWindow,
  count: number,
  rowAt: (index: number) => Row | undefined,
  budget: number,
): { rows: DrawnRows<Row>; left: boolean } {
  const seen = range(first, end)
  const ahead = [...range(end, Math.min(count, end + aheadRows)), ...range(Math.max(0, first - aheadRows), first)]
  const rows = new Map<number, Row | undefined>()
  let drawn = 0
  let left = false
  for (const index of [...seen, ...ahead]) {
    const row = rowAt(index)
    const stands = before.has(index)
    if ((stands && before.get(index) === row) || drawn < budget) {
      if (!stands || before.get(index) !== row) drawn++
      rows.set(index, row)
    } else {
      left = true
      if (stands) rows.set(index, before.get(index))
    }
  }
  return { rows: isSame(before, rows) ? before : rows, left }
}

const range = (from: number, to: number) => Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at)

function isSame<Row>(one: DrawnRows<Row>, other: DrawnRows<Row>): boolean {
  if (one.size !== other.size) return false
  for (const [index, row] of other) if (!one.has(index) || one.get(index) !== row) return false
  return true
}
