import { describe, expect, test } from 'vitest'
import { textOfSide } from './change-text.ts'
import { type DiffLine, diffLines } from './line-diff.ts'

const textOf = (lines: DiffLine[], side: 'left' | 'right') =>
  lines.flatMap((line) => (line[side] === null ? [] : [line[side]!.map(({ text }) => text).join('')])).join('\n')
const changed = (lines: DiffLine[], side: 'left' | 'right') =>
  lines.flatMap((line) => (line[side] ?? []).filter((piece) => piece.changed).map(({ text }) => text))

describe('two texts line by line', () => {
  test('a line that became another has its words compared; the rest stays beside itself', () => {
    const lines = diffLines('Answer {{shop}}.\nBe kind. Say so.', 'Answer {{shop}}.\nBe short. Say so.\nAlways.')
    expect(lines.map(({ same }) => same)).toEqual([true, false, false])
    expect(changed(lines, 'left')).toEqual(['kind'])
    expect(changed(lines, 'right')).toEqual(['short'])
    expect(lines[2]!.left).toBeNull()
  })

  test.each([
    ['', 'one'],
    ['a\nb\nc', 'c\nb\na'],
    ['a\n\nb', 'a\nb\n'],
    ['日本語 text', '日本 text'],
    [Array.from({ length: 700 }, (_, at) => `line ${at}`).join('\n'), 'short'],
    ['word '.repeat(500), 'other '.repeat(500)],
  ])('nothing of either side is lost: %j', (before, after) => {
    const lines = diffLines(before, after)
    expect(textOf(lines, 'left')).toBe(before)
    expect(textOf(lines, 'right')).toBe(after)
  })
})

describe('sides of a change as text', () => {
  const nameModel = (id: string) => (id === 'mdl_a' ? 'Support chat' : id)
  test.each([
    ['mdl_a', 'model', 'Support chat'],
    [{ model: 'mdl_a', parameters: null }, 'fallbacks.0', 'Support chat'],
    [{ role: 'system', content: 'Be short.' }, 'messages.0', 'System:\nBe short.'],
    [0.7, 'parameters.temperature', '0.7'],
    [null, 'cacheSeconds', ''],
    [{ b: 1, a: 2 }, 'tools.x', '{\n  "a": 2,\n  "b": 1\n}'],
    [true, 'lenient', 'told in a header'],
  ])('%j at %s', (value, path, text) => {
    expect(textOfSide(value, path, nameModel)).toBe(text)
  })
})
