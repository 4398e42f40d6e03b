import { expect, it, vi } from 'vitest'
import { AppError, notFound } from './errors.ts'

it('is recognised by another copy of its own module, as in another bundle', async () => {
  vi.resetModules()
  const copy = await import('./errors.ts')
  expect(copy.AppError).not.toBe(AppError)
  expect(copy.notFound('Model')).toBeInstanceOf(AppError)
  expect(notFound('Model')).toBeInstanceOf(copy.AppError)
})

it('is nothing else', () => {
  for (const other of [new Error('x'), null, undefined, 'AppError', { kind: 'not_found', code: 'x' }]) {
    expect(other instanceof AppError).toBe(false)
  }
  expect(notFound('Model')).toBeInstanceOf(Error)
})
