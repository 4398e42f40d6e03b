import { expect, test } from 'vitest'
import { Leave, toAbortSignal } from './leave.ts'

test('who listens is told once, who stopped listening is not', () => {
  const leave = new Leave()
  const told: string[] = []
  const first = { handleEvent: () => void told.push('object') }
  const second = () => void told.push('function')
  const third = () => void told.push('gone')
  for (const listener of [first, second, third]) leave.addEventListener('abort', listener)
  leave.removeEventListener('abort', third)
  expect(leave.aborted).toBe(false)
  leave.abort()
  leave.abort()
  expect(leave.aborted).toBe(true)
  expect(told).toEqual(['object', 'function'])
})

test('as an AbortSignal it aborts with it, also where it has before', () => {
  const leave = new Leave()
  const signal = toAbortSignal(leave)
  expect(signal.aborted).toBe(false)
  leave.abort()
  expect(signal.aborted).toBe(true)
  expect(toAbortSignal(leave).aborted).toBe(true)
  const own = new AbortController().signal
  expect(toAbortSignal(own)).toBe(own)
})
