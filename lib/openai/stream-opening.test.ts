import { expect, test } from 'vitest'
import { StreamOpening } from './stream-opening.ts'

test('all streams that have not begun hold no more than 64 MB together, and give back what they held', () => {
  const piece = Buffer.from(`data: "${'x'.repeat(1_000_000)}`)
  const open = () => new StreamOpening()
  const streams = Array.from({ length: 67 }, open)
  for (const stream of streams) expect(stream.push(piece)).toBeNull()
  const late = open()
  expect(late.push(piece)).toMatchObject({ kind: 'failure', code: 'event_too_large' })
  for (const stream of [late, ...streams.slice(1)]) stream.close()
  const after = open()
  expect(after.push(piece)).toBeNull()
  for (const stream of [after, streams[0]!]) stream.close()
})
