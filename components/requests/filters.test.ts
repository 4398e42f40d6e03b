import { describe, expect, test } from 'vitest'
import { RequestsInput } from '#lib/analytics/schema.ts'
import {
  fromChips,
  isNarrowed,
  loadRequestState,
  type RequestState,
  toChips,
  toFilterQuery,
  toPageQuery,
  toTotalQuery,
} from './filters.ts'

const read = (search: string): RequestState => loadRequestState(new URLSearchParams(search))

describe('the address of the list', () => {
  test('becomes a query that the API takes, every filter of it', () => {
    const state = read(
      'range=24h&model=mdl_a,mdl_b&key=key_a&source=gateway,try&outcome=error&status=5xx&code=upstream_timeout' +
        '&endpoint=chat/completions&cost=0.001..0.5&latency=1000..&identity=ada&thread=t1&meta=team%3Dsearch&deployment=dep_a&version=1.0,draft&variant=main&environment=eu&q=req&after=abc',
    )
    const query = toPageQuery(state)
    expect(RequestsInput.parse(query)).toMatchObject({
      range: '24h',
      modelId: ['mdl_a', 'mdl_b'],
      actorId: ['key_a'],
      source: ['gateway', 'try'],
      outcome: ['error'],
      statusClass: ['5xx'],
      errorCode: ['upstream_timeout'],
      endpoint: ['chat/completions'],
      minCost: '1000000',
      maxCost: '500000000',
      minLatencyMs: 1000,
      identity: 'ada',
      thread: 't1',
      metadata: ['team=search'],
      deploymentId: ['dep_a'],
      version: ['1.0', 'draft'],
      variant: ['main'],
      environment: ['eu'],
      text: 'req',
      cursor: 'abc',
    })
  })

  test('drops what is not among the known words, and keeps the rest', () => {
    expect(toFilterQuery(read('source=nonsense&outcome=error&status=9xx&cost=cheap&range=2y'))).toEqual({
      outcome: 'error',
    })
  })

  test('without filters narrows nothing, a place in the list or an open request included', () => {
    expect(isNarrowed(read('after=abc&request=req_1'))).toBe(false)
    expect(isNarrowed(read('q=x'))).toBe(true)
  })
})

describe('the total of the list', () => {
  test('is asked for where the sums know it, and for nothing else', () => {
    expect(toTotalQuery(read('range=24h&model=mdl_a&practice=false'))).toEqual({
      ...{ groupBy: 'source', range: '24h', modelId: 'mdl_a', includePractice: 'false' },
    })
    expect(toTotalQuery(read('model=mdl_a'))).toBeNull()
    expect(toTotalQuery(read('range=24h&latency=1000..'))).toBeNull()
  })
})

describe('chips', () => {
  test('show the address and give it back unchanged', () => {
    const state = read(
      'model=mdl_a,mdl_b&source=try&cost=0.001..0.5&latency=..1500&thread=t1&meta=a%3Db&deployment=dep_a&code=a',
    )
    const back = fromChips(toChips(state))
    expect(back).toMatchObject({
      patch: {
        model: ['mdl_a', 'mdl_b'],
        source: ['try'],
        cost: '0.001..0.5',
        latency: '..1500',
        thread: 't1',
        meta: 'a=b',
        deployment: ['dep_a'],
        code: ['a'],
        key: null,
      },
    })
  })

  test('begin at the top of the list and leave the range and the search alone', () => {
    const back = fromChips({})
    expect(back).toHaveProperty('patch.after', null)
    expect(back).not.toHaveProperty('patch.range')
    expect(back).not.toHaveProperty('patch.q')
  })

  test('say what to write where a span cannot be read', () => {
    expect(fromChips({ cost: ['cheap'] })).toHaveProperty('problem')
    expect(fromChips({ latency: ['3s - 1s'] })).toHaveProperty('problem')
    expect(fromChips({ meta: ['team'] })).toHaveProperty('problem')
  })

  test('of an address with a broken span show none', () => {
    expect(toChips(read('cost=..'))).toEqual({})
  })
})
