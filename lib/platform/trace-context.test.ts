import { describe, expect, test } from 'vitest'
import { parseTraceparent, readTrace, spanIdOf, traceHeaders, traceIdOf, writeTrace } from './trace-context.ts'

const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
const span = '00f067aa0ba902b7'

describe('a traceparent', () => {
  test.each([
    [`00-${trace}-${span}-01`, { traceId: trace, parentId: span, flags: '01' }],
    // A later version is read by its beginning; ours has nothing behind it.
    [`cc-${trace}-${span}-01-what-comes-later`, { traceId: trace, parentId: span, flags: '01' }],
    [`00-${trace}-${span}-01-more`, null],
    [`ff-${trace}-${span}-01`, null],
    [`00-${'0'.repeat(32)}-${span}-01`, null],
    [`00-${trace}-${'0'.repeat(16)}-01`, null],
    [`00-${trace.toUpperCase()}-${span}-01`, null],
    [`00-${trace}-${span}`, null],
    ['', null],
    [undefined, null],
  ])('%s', (header, expected) => {
    expect(parseTraceparent(header)).toEqual(expected)
  })

  test('stands on a record and is read again', () => {
    const context = parseTraceparent(`00-${trace}-${span}-00`)
    expect(readTrace(writeTrace(context))).toEqual(context)
    expect(readTrace('')).toBeNull()
  })
})

test('a request without a trace has one of its own, and each of its attempts another span', () => {
  const ids = [
    traceIdOf('req_1', null),
    spanIdOf('req_1'),
    spanIdOf('req_1', 0),
    spanIdOf('req_1', 1),
    spanIdOf('req_2'),
  ]
  expect(ids[0]).toMatch(/^[0-9a-f]{32}$/)
  expect(new Set(ids).size).toBe(5)
  expect(ids.slice(1).every((id) => /^[0-9a-f]{16}$/.test(id))).toBe(true)
})

test('a server hears the trace with our span as the parent, and the state only where it can stand in a header', () => {
  const context = parseTraceparent(`00-${trace}-${span}-01`)!
  const traceparent = `00-${trace}-${spanIdOf('req_1', 1)}-01`
  expect(traceHeaders(context, 'req_1', 1, 'vendor=value')).toEqual({ traceparent, tracestate: 'vendor=value' })
  for (const state of [undefined, '', 'x'.repeat(513), 'a\r\nb: c'])
    expect(traceHeaders(context, 'req_1', 1, state)).toEqual({ traceparent })
})
