/** A line of two texts side by side; `null` where one of them has none. Pieces are marked where they differ. */
export interface DiffLine {
  left: readonly Piece[] | null
  right: readonly Piece[] | null
  same: boolean
}

export interface Piece {
  text: string
  changed: boolean
}

/** Beyond these the two are shown whole: comparing costs the square of their lengths. */
const linesMax = 600
const wordsMax = 400

/** Two texts line by line; a line that became another one has its words compared. */
export function diffLines(before: string, after: string): DiffLine[] {
  const [was, is] = [before.split('\n'), after.split('\n')]
  const lines: DiffLine[] = []
  for (const { left, right } of compare(was, is, linesMax)) {
    if (left.length > 0 && left.length === right.length && left.every((each, at) => each === right[at])) {
      for (const text of left) lines.push({ left: plain(text), right: plain(text), same: true })
      continue
    }
    for (let at = 0; at < Math.max(left.length, right.length); at++) {
      const [from, to] = [left[at], right[at]]
      if (from !== undefined && to !== undefined) lines.push({ ...diffWords(from, to), same: false })
      else
        lines.push({
          left: from === undefined ? null : plain(from),
          right: to === undefined ? null : plain(to),
          same: false,
        })
    }
  }
  return lines
}

function diffWords(before: string, after: string): { left: Piece[]; right: Piece[] } {
  const [was, is] = [words(before), words(after)]
  const left: Piece[] = []
  const right: Piece[] = []
  for (const run of compare(was, is, wordsMax)) {
    const isSame = run.left.length === run.right.length && run.left.every((each, at) => each === run.right[at])
    if (run.left.length > 0) left.push({ text: run.left.join(''), changed: !isSame })
    if (run.right.length > 0) right.push({ text: run.right.join(''), changed: !isSame })
  }
  return { left, right }
}

const words = (line: string) => line.match(/\p{N}+(?:\.\p{N}+)?|[\p{L}\p{N}_]+|\s+|./gu) ?? []
const plain = (text: string): Piece[] => [{ text, changed: false }]

interface Run {
  left: readonly string[]
  right: readonly string[]
}

/** Runs that are equal and runs that are not, in turn, by the longest common run of items. */
function compare(was: readonly string[], is: readonly string[], most: number): Run[] {
  if (was.length > most || is.length > most) return [{ left: was, right: is }]
  const width = is.length + 1
  const best = new Uint16Array((was.length + 1) * width)
  for (let i = was.length - 1; i >= 0; i--)
    for (let j = is.length - 1; j >= 0; j--)
      best[i * width + j] =
        was[i] === is[j]
          ? best[(i + 1) * width + j + 1]! + 1
          : Math.max(best[(i + 1) * width + j]!, best[i * width + j + 1]!)
  const runs: { left: string[]; right: string[]; same: boolean }[] = []
  const put = (same: boolean, left: string | undefined, right: string | undefined) => {
    let run = runs.at(-1)
    if (!run || run.same !== same) {
      run = { left: [], right: [], same }
      runs.push(run)
    }
    if (left !== undefined) run.left.push(left)
    if (right !== undefined) run.right.push(right)
  }
  let [i, j] = [0, 0]
  while (i < was.length || j < is.length) {
    if (i < was.length && j < is.length && was[i] === is[j]) put(true, was[i++], is[j++])
    else if (j === is.length || (i < was.length && best[(i + 1) * width + j]! >= best[i * width + j + 1]!))
      put(false, was[i++], undefined)
    else put(false, undefined, is[j++])
  }
  return runs
}
