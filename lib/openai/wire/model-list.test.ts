import { describe, expect, it } from 'vitest'
import { listedModelsMax, parseModelList, shiftDecimal } from './model-list.ts'

describe('a list of models', () => {
  it.each([
    [{ object: 'list', data: [{ id: 'a' }, { id: 'b/c:d' }] }],
    [[{ id: 'a' }, { id: 'b/c:d' }]],
    [{ models: [{ name: 'a' }, { model: 'b/c:d' }] }],
    [{ data: ['a', 'b/c:d', 'a', 7, null, {}, { id: '' }, { id: 'x'.repeat(300) }, { id: 'a\nb' }] }],
  ])('is read from %j', (body) => {
    expect(parseModelList(body)).toEqual({ models: [{ id: 'a' }, { id: 'b/c:d' }], isCut: false })
  })

  it.each([[null], ['x'], [{}], [{ data: {} }], [{ error: 'x' }]])('is not found in %j', (body) => {
    expect(parseModelList(body)).toBeNull()
  })

  it('carries context and prices, per token or per million, exactly', () => {
    const entries = [
      { id: 'a', context_length: 128_000, pricing: { prompt: '0.00000059', completion: '0.00000079', image: '0.04' } },
      { id: 'b', max_model_len: 8192, pricing: { input: 0.18, output: 0.2 } },
      { id: 'c', meta: { n_ctx_train: 4096 }, pricing: { prompt: '-1', completion: 'x' } },
    ]
    expect(parseModelList(entries)?.models).toEqual([
      { id: 'a', contextTokens: 128_000, inputPrice: '0.59', outputPrice: '0.79', imagePrice: '0.04' },
      { id: 'b', contextTokens: 8192, inputPrice: '0.18', outputPrice: '0.2' },
      { id: 'c', contextTokens: 4096 },
    ])
  })

  it('is cut at its bound, and says so', () => {
    const list = parseModelList({ data: Array.from({ length: 1_000_000 }, (_, index) => ({ id: `m${index}` })) })
    expect(list?.models.length).toBe(listedModelsMax)
    expect(list?.isCut).toBe(true)
  })

  it.each([
    ['0.00000059', 6, '0.59'],
    [5.9e-7, 6, '0.59'],
    ['0', 6, '0'],
    ['1', 6, '1000000'],
    ['.5', 0, '0.5'],
    ['2.50', 0, '2.5'],
    ['0.0000000000001', 6, undefined],
    ['100', 6, undefined],
    ['-1', 6, undefined],
    ['', 6, undefined],
    ['.', 6, undefined],
    [Number.NaN, 0, undefined],
    ['1e99', 0, undefined],
  ])('shifts %s by %i places to %s', (value, places, expected) => {
    expect(shiftDecimal(value, places)).toBe(expected)
  })
})
