import { mkdtempSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { systemClock } from '#lib/platform/clock.ts'
import { silentLogger } from '#lib/testing/ledger.ts'
import { decodeFrames, frameBegin, frameEnd, idOfFrame } from './frame.ts'
import { segmentPath } from './segments.ts'
import { createSpool, type Spool, type SpoolOptions } from './spool.ts'

let open: { spool: Spool; folder: string } | undefined
afterEach(() => {
  open?.spool.close()
  if (open) rmSync(open.folder, { recursive: true })
  open = undefined
})

/** A disk that counts its writes and has room for `roomFor` bytes more. */
function spoolOn(disk: { writes: number; roomFor: number }, over: Partial<SpoolOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-spool-'))
  const spool = createSpool({
    ...{ folder, clock: systemClock, logger: silentLogger, ...over },
    write(fd, bytes, offset, length, position) {
      disk.writes++
      const taken = Math.min(length, disk.roomFor)
      if (taken === 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
      disk.roomFor -= taken
      return writeSync(fd, bytes, offset, taken, position)
    },
  })
  open = { spool, folder }
  const framesOf = (segment: number) =>
    decodeFrames(readFileSync(segmentPath(folder, segment))).frames.map(
      ({ kind, json }) => `${kind === frameEnd ? 'end' : kind === frameBegin ? 'begin' : '?'} ${idOfFrame(json)}`,
    )
  return { spool, framesOf }
}

const record = (id: string) => JSON.stringify({ id, text: 'x'.repeat(80) })
const frameBytes = 10 + record('a').length

test('what a turn of the loop brings shares one write, and is there once it is over', async () => {
  const disk = { writes: 0, roomFor: 1e6 }
  const { spool, framesOf } = spoolOn(disk)
  expect(spool.written()).toBeNull()
  const [a, b] = ['a', 'b', 'c'].map((id) => spool.begin(id, record(id)))
  spool.end('b', record('b'), b)
  expect(disk.writes).toBe(0)
  expect([a?.isOver, b?.isOver]).toEqual([false, true])
  await spool.written()
  expect(disk.writes).toBe(1)
  expect(framesOf(1)).toEqual(['begin a', 'begin b', 'begin c', 'end b'])
  expect(spool.stats()).toMatchObject({ open: 2, held: 0, bytes: 4 * frameBytes })
})

test('who cannot wait writes for all', () => {
  const disk = { writes: 0, roomFor: 1e6 }
  const { spool, framesOf } = spoolOn(disk)
  const a = spool.begin('a', record('a'))!
  const b = spool.begin('b', record('b'))!
  expect(spool.commit(a)).toBe(true)
  expect(framesOf(1)).toEqual(['begin a', 'begin b'])
  expect(spool.commit(b)).toBe(true)
  expect(disk.writes).toBe(1)
})

test('of a batch that the disk takes a part of, whole frames count, and the rest is refused or kept', async () => {
  const disk = { writes: 0, roomFor: 1e6 }
  const { spool, framesOf } = spoolOn(disk)
  const old = spool.begin('old', record('old'))
  spool.flush()
  const a = spool.begin('a', record('a'))!
  const b = spool.begin('b', record('b'))!
  spool.end('old', record('old'), old)
  disk.roomFor = frameBytes + 20
  spool.flush()
  expect(spool.commit(a)).toBe(true)
  expect(spool.commit(b)).toBe(false)
  expect([a.isOver, b.isOver]).toEqual([false, true])
  expect(spool.stats()).toMatchObject({ held: 1 })
  expect(spool.hasRoom()).toBe(false)
  disk.roomFor = 1e6
  await expect.poll(() => spool.stats().held, { timeout: 5_000 }).toBe(0)
  expect(framesOf(1)).toEqual(['begin old', 'begin a', 'end old'])
  expect(spool.stats().open).toBe(1)
  expect(spool.commit(spool.begin('c', record('c'))!)).toBe(true)
})

test('a new segment begins with the calls under way, each once', () => {
  const disk = { writes: 0, roomFor: 1e6 }
  const { spool, framesOf } = spoolOn(disk, { segmentBytes: 2 * frameBytes })
  const a = spool.begin('a', record('a'))
  spool.begin('b', record('b'))
  spool.flush()
  spool.end('a', record('a'), a)
  spool.begin('c', record('c'))
  spool.flush()
  expect(framesOf(1)).toEqual(['begin a', 'begin b'])
  expect(framesOf(2)).toEqual(['begin b', 'begin a', 'end a', 'begin c'])
})

test('more than a batch holds is written in several', () => {
  const disk = { writes: 0, roomFor: 1e8 }
  const { spool } = spoolOn(disk)
  const large = (id: string) => JSON.stringify({ id, text: 'é'.repeat(50_000) })
  const calls = Array.from({ length: 20 }, (_, index) => spool.begin(`id${index}`, large(`id${index}`))!)
  for (const call of calls) expect(spool.commit(call)).toBe(true)
  expect(disk.writes).toBeGreaterThan(1)
  expect(disk.writes).toBeLessThan(20)
})

test('a call that is abandoned ends once, as its begin says, and so does one that ends in the same turn', () => {
  const disk = { writes: 0, roomFor: 1e6 }
  const { spool, framesOf } = spoolOn(disk)
  const ended = spool.begin('a', record('a'))
  spool.begin('b', record('b'))
  spool.end('a', record('a'), ended)
  expect(spool.abandon(Number.POSITIVE_INFINITY)).toBe(1)
  expect(spool.abandon(Number.POSITIVE_INFINITY)).toBe(0)
  expect(framesOf(1)).toEqual(['begin a', 'begin b', 'end a', 'end b'])
  expect(spool.stats().open).toBe(0)
})
