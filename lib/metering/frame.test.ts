import { expect, test } from 'vitest'
import { decodeFrames, encodeFrame, frameBegin, frameBytesMax, frameEnd, idOfFrame } from './frame.ts'

const records = ['{"id":"req_1","a":"é"}', '{"id":"req_2"}', '{"id":"req_3","text":"🙂"}']

function written(): { bytes: Buffer; ends: number[] } {
  const scratch = Buffer.alloc(frameBytesMax)
  const parts: Buffer[] = []
  const ends: number[] = []
  for (const [index, record] of records.entries()) {
    const length = encodeFrame(scratch, index === 0 ? frameBegin : frameEnd, record)
    parts.push(Buffer.from(scratch.subarray(0, length)))
    ends.push((ends.at(-1) ?? 0) + length)
  }
  return { bytes: Buffer.concat(parts), ends }
}

test('frames come back as they were written', () => {
  const { frames, consumed, rest } = decodeFrames(written().bytes)
  expect(frames.map(({ json }) => json.toString())).toEqual(records)
  expect(frames.map(({ kind }) => kind)).toEqual([frameBegin, frameEnd, frameEnd])
  expect(frames.map(({ json }) => idOfFrame(json))).toEqual(['req_1', 'req_2', 'req_3'])
  expect({ consumed, rest }).toEqual({ consumed: written().bytes.length, rest: 'none' })
})

test('cut at any byte, exactly the whole frames before the cut are read', () => {
  const { bytes, ends } = written()
  for (let cut = 0; cut < bytes.length; cut++) {
    const decoded = decodeFrames(bytes.subarray(0, cut))
    const whole = ends.filter((end) => end <= cut)
    expect(decoded.frames.length).toBe(whole.length)
    expect(decoded.consumed).toBe(whole.at(-1) ?? 0)
    expect(decoded.rest).toBe(cut === decoded.consumed ? 'none' : 'short')
  }
})

test('a bit flipped anywhere ends the reading before its frame', () => {
  const { bytes, ends } = written()
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes)
    damaged[at]! ^= 0x10
    const { frames } = decodeFrames(damaged)
    expect(frames.length).toBe(ends.filter((end) => end <= at).length)
  }
})

test('a torn tail that was filled with zeros is no frame', () => {
  const { bytes } = written()
  expect(decodeFrames(Buffer.concat([bytes, Buffer.alloc(4096)])).frames.length).toBe(3)
})

test('reading stops after as many end frames as were asked for', () => {
  const { bytes, ends } = written()
  expect(decodeFrames(bytes, 1)).toMatchObject({ consumed: ends[1], rest: 'none' })
})

test('begin frames are stepped over where only ends are wanted, and a damaged end is found all the same', () => {
  const { bytes, ends } = written()
  const { frames, consumed, rest } = decodeFrames(bytes, undefined, true)
  expect(frames.map(({ json }) => idOfFrame(json))).toEqual(['req_2', 'req_3'])
  expect({ consumed, rest }).toEqual({ consumed: bytes.length, rest: 'none' })
  bytes[ends[1]! - 3]! ^= 1
  expect(decodeFrames(bytes, undefined, true)).toMatchObject({ frames: [], consumed: ends[0], rest: 'bad' })
})

test('a record too long for a frame is refused', () => {
  expect(() => encodeFrame(Buffer.alloc(frameBytesMax), frameEnd, 'x'.repeat(200_000))).toThrow(RangeError)
})
