import { expect, test } from 'vitest'
import type { ConditionName } from './vocabulary.ts'
import { figureText, measureWords, parseFigure, showFigure, usualResolveBelow } from './words.ts'

test.each<[ConditionName, string, bigint, string, string]>([
  ['cost', '12.5', 12_500_000_000n, '12.5', '$12.50'],
  ['cost', '$0.000001', 1_000n, '0.000001', '$0.000001'],
  ['error_rate', '5', 500n, '5', '5 %'],
  ['error_rate', '2.75 %', 275n, '2.75', '2.75 %'],
  ['latency', '812', 812n, '812', '812 ms'],
  ['latency', '12,000', 12_000n, '12000', '12 s'],
  ['budget', '110', 11_000n, '110', '110 %'],
  ['unpriced', '1', 1n, '1', '1'],
])('%s: %s is %s, and shown as it was meant', (condition, text, value, back, shown) => {
  expect(parseFigure(condition, text)).toEqual({ ok: true, value })
  expect(figureText(condition, value)).toBe(back)
  expect(showFigure(condition, value)).toBe(shown)
})

test.each<[ConditionName, string]>([
  ['cost', '0'],
  ['cost', '-3'],
  ['cost', '0.0000001'],
  ['error_rate', '100.01'],
  ['error_rate', '1.001'],
  ['latency', '1.5'],
  ['budget', '1001'],
  ['drift', 'many'],
])('%s: %s is refused', (condition, text) => {
  expect(parseFigure(condition, text)).toMatchObject({ ok: false })
})

test('a tenth below the threshold, and anything below a count, is where a rule comes to rest', () => {
  expect(usualResolveBelow('error_rate', 500n)).toBe(450n)
  expect(usualResolveBelow('latency', 5n)).toBe(5n)
  expect(usualResolveBelow('failing_model', 3n)).toBe(3n)
})

test('what is looked at is one phrase', () => {
  const words = { percentile: 99, scope: 'model', scopeLabel: 'groq-llama', windowMinutes: 1_440 } as const
  expect(measureWords({ ...words, condition: 'latency' })).toBe('p99 latency of the model “groq-llama” in 1 day')
  expect(measureWords({ ...words, condition: 'failing_model', scope: 'workspace' })).toBe('Failing models')
})
