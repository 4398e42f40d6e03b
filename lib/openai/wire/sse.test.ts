import { describe, expect, it } from 'vitest'
import { isDone, type SseEvent, SseReader, sseEvent } from './sse.ts'

const encode = (text: string) => new TextEncoder().encode(text)
const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

function read(chunks: Uint8Array[], eventBytesMax?: number): { events: SseEvent[]; reader: SseReader } {
  const reader = new SseReader(eventBytesMax)
  // Copies, because the bytes of a socket's buffer do not outlive the next read.
  const events = chunks.flatMap((chunk) =>
    reader.push(chunk).map(({ raw, data }) => ({ raw: raw.slice(), data: data?.slice() ?? null })),
  )
  const last = reader.end()
  return { events: last ? [...events, last] : events, reader }
}

const seen = (events: SseEvent[]) =>
  events.filter((event) => event.data).map((event) => [decode(event.raw), decode(event.data!)])
const bytesOf = (events: SseEvent[]) => events.map((event) => decode(event.raw)).join('')

const streams: [name: string, text: string, data: string[]][] = [
  ['LF', 'data: {"a":1}\n\ndata: [DONE]\n\n', ['{"a":1}', '[DONE]']],
  ['CRLF', 'data: {"a":1}\r\n\r\ndata: [DONE]\r\n\r\n', ['{"a":1}', '[DONE]']],
  ['CR', 'data: {"a":1}\r\rdata: [DONE]\r\r', ['{"a":1}', '[DONE]']],
  ['mixed ends', 'data: a\r\n\ndata: b\n\r\ndata: c\r\r\ndata: d\n\r\rdata: e\r\n\r', ['a', 'b', 'c', 'd', 'e']],
  ['multi-byte characters', 'data: é😀\n\ndata: 漢字\r\n\r\n', ['é😀', '漢字']],
  ['comments', ': hi\n\n:\n\ndata: x\n: in between\ndata: y\n\n: bye\n\n', ['x\ny']],
  ['several data lines', 'event: e\nid: 7\ndata: a\ndata\ndata:b\ndata:  c\n\n', ['a\n\nb\n c']],
  ['blank lines', '\n\n\r\n\ndata: a\n\n\n\n\ndata: b\n\n\n', ['a', 'b']],
  ['byte order mark', '\ufeffdata: a\n\ndata: b\n\n', ['a', 'b']],
  ['no end', 'data: a\n\ndata: b', ['a', 'b']],
  ['other fields', 'database: x\n\nretry: 5\n\ndata:\n\n', ['']],
  ['NUL', 'data: \0\n\n', ['\0']],
]

describe('the event reader', () => {
  it.each(streams)('finds the data of a stream with %s', (_, text, data) => {
    const { events } = read([encode(text)])
    expect(events.filter((event) => event.data).map((event) => decode(event.data!))).toEqual(data)
    expect(events.reduce((size, event) => size + event.raw.length, 0)).toBe(encode(text).length)
  })

  it.each(streams)('gives the same events for every cut of a stream with %s in three', (_, text) => {
    const bytes = encode(text)
    const whole = seen(read([bytes]).events)
    const all = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
    for (let first = 0; first <= bytes.length; first++) {
      for (let second = first; second <= bytes.length; second++) {
        const { events } = read([bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)])
        expect(seen(events)).toEqual(whole)
        const joined = new Uint8Array(events.flatMap((event) => [...event.raw]))
        expect(new TextDecoder('utf-8', { ignoreBOM: true }).decode(joined)).toBe(all)
      }
    }
  })

  it.each(streams)('gives the same events for a stream with %s byte by byte', (_, text) => {
    const bytes = encode(text)
    expect(seen(read(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))).events)).toEqual(
      seen(read([bytes]).events),
    )
  })

  it('gives an event out with its last byte and not later, whatever ends the lines', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const reader = new SseReader()
      expect(reader.push(encode(`data: a${end}`))).toEqual([])
      expect(reader.push(encode(end))).toHaveLength(1)
      expect(reader.heldBytes).toBe(0)
    }
  })

  it('holds no more than allowed of an endless line, says so, and goes on after it', () => {
    const reader = new SseReader(1000)
    let most = 0
    for (let index = 0; index < 200; index++) {
      expect(reader.push(encode('x'.repeat(300)))).toEqual([])
      most = Math.max(most, reader.heldBytes)
    }
    expect(most).toBeLessThanOrEqual(1000)
    expect(reader.oversize).toBe(true)
    expect(reader.push(encode('\r'))).toEqual([])
    const events = reader.push(encode('\n\r\ndata: next\r\n\r\n'))
    expect(events.map((event) => event.data && decode(event.data))).toEqual([null, 'next'])
  })

  it('does not take an event of exactly the bound for too long', () => {
    const text = sseEvent('x'.repeat(92))
    expect(read([encode(text.slice(0, -1)), encode(text.slice(-1))], 100).reader.oversize).toBe(false)
    expect(bytesOf(read([encode(text)], 100).events)).toBe(text)
  })

  it('finishes a megabyte that arrives byte by byte in time that grows with its length', () => {
    const bytes = encode(`data: ${'x'.repeat(500_000)}\n\n`)
    const reader = new SseReader()
    let events: SseEvent[] = []
    const startedMs = performance.now()
    for (let at = 0; at < bytes.length; at++) events = reader.push(bytes.subarray(at, at + 1))
    expect(events[0]?.data?.length).toBe(500_000)
    expect(performance.now() - startedMs).toBeLessThan(5000)
  })

  it('knows the end mark', () => {
    expect(['[DONE]', '[DONE] ', '[DONE', '[done]', '{"a":1}'].map((text) => isDone(encode(text)))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
  })
})
