import { expect, test } from 'vitest'
import { readBill, toNanoUsd } from './read-bill.ts'

const utc = (ms: number) => new Date(ms).toISOString().slice(0, 10)
const read = (text: string, columns = {}) => readBill(text, { columns, dayOf: utc })
const told = (text: string) =>
  read(text).lines.map(({ day, model, nanoUsd, requests, inputTokens, outputTokens }) => [
    ...[day, model, nanoUsd, requests, inputTokens, outputTokens],
  ])

test("OpenAI's costs: days without anything are passed over, line items are about their model", () => {
  const bill = read(
    [
      'start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,project_id,organization_id',
      '1759622400,1759708800,2025-10-05T00:00:00+00:00,2025-10-06T00:00:00+00:00,0.8958740000000000,usd,"gpt-4o-2024-08-06, input",,org-1',
      '1759622400,1759708800,2025-10-05T00:00:00+00:00,2025-10-06T00:00:00+00:00,1.2e-05,usd,"gpt-4o-2024-08-06, output",,org-1',
      '1759708800,1759795200,2025-10-06T00:00:00+00:00,2025-10-07T00:00:00+00:00,,,,,',
      '1759795200,1759881600,2025-10-07T00:00:00+00:00,2025-10-08T00:00:00+00:00,3,eur,"gpt-4o, input",,org-1',
    ].join('\n'),
  )
  expect(bill.format).toBe('openai-costs')
  expect(bill.columns).toEqual({ date: 'start_time_iso', model: 'line_item', cost: 'amount_value' })
  expect(bill.lines.map(({ day, model, nanoUsd }) => [day, model, nanoUsd])).toEqual([
    ['2025-10-05', 'gpt-4o-2024-08-06', 895_874_000n],
    ['2025-10-05', 'gpt-4o-2024-08-06', 12_000n],
  ])
  expect(bill.problems).toEqual([{ line: 5, message: 'The amount is in EUR, not in USD.' }])
})

test("OpenAI's usage tells no cost, OpenRouter's activity counts its lines, a plain file may have anything", () => {
  expect(
    told(
      'start_time\tstart_time_iso\tnum_model_requests\tmodel\tinput_tokens\toutput_tokens\n1759622400\t2025-10-05T00:00:00+00:00\t12\tgpt-4o\t345\t67\n',
    ),
  ).toEqual([['2025-10-05', 'gpt-4o', null, 12, 345, 67]])
  expect(
    told(
      'generation_id,created_at,cost_total,tokens_prompt,tokens_completion,model_permaslug\ngen-1,2026-01-16 23:59:59.5,0.00123,10,2,openai/gpt-4o\n',
    ),
  ).toEqual([['2026-01-16', 'openai/gpt-4o', 1_230_000n, 1, 10, 2]])
  expect(told('date,model_permaslug,usage,requests\n2026-01-16 00:00:00,openai/gpt-4o,-0.5,3\n')).toEqual([
    ['2026-01-16', 'openai/gpt-4o', -500_000_000n, 3, null, null],
  ])
  expect(told('\ufeffDate;Model;Cost\r\n2026-01-16;x;"$1,234.50"\r\n')).toEqual([
    ['2026-01-16', 'x', 1_234_500_000_000n, null, null, null],
  ])
})

test('what is wrong with a line is said by its number, and columns may be chosen', () => {
  const text =
    'when,what,dollars\n2026-02-30,x,1\nsoon,x,1\n2026-02-28,x,much\n2026-02-28,"x,1\n2026-02-28,y,2"\n2026-03-01,x,5\n'
  expect(() => read(text)).toThrow('No column holds a date')
  expect(() => read(text, { date: 'day' })).toThrow('no column "day"')
  const bill = read(text, { date: 'when', model: 'what', cost: 'dollars' })
  expect(bill.format).toBe('plain')
  expect(bill.lines.map(({ day, nanoUsd }) => [day, nanoUsd])).toEqual([['2026-03-01', 5_000_000_000n]])
  expect(bill.problems.map(({ line }) => line)).toEqual([2, 3, 4, 5])
  expect(read('date,model\n2026-03-01,x\n').format).toBe('usage')
})

test.each([
  ['0', 0n],
  ['.5', 500_000_000n],
  ['0.0000000005', 0n],
  ['0.0000000015', 2n],
  ['1e3', 1_000_000_000_000n],
  ['$ 12', 12_000_000_000n],
  ['', undefined],
  ['.', undefined],
  ['1,23', undefined],
  ['1e99', undefined],
  ['NaN', undefined],
  ['1'.repeat(13), undefined],
])('%j dollars are %s nano-dollars', (text, nano) => {
  expect(toNanoUsd(text)).toBe(nano)
})
