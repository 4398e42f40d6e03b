import { describe, expect, it } from 'vitest'
import { findUsage, readUsage, UsageWatch } from './usage.ts'

/** input, cached, output, reasoning, flags */
const short = (value: unknown) => {
  const usage = readUsage(value)
  return (
    usage && [usage.inputTokens, usage.cachedInputTokens, usage.outputTokens, usage.reasoningTokens, ...usage.flags]
  )
}

describe('usage in one normal form', () => {
  it.each([
    ['OpenAI', { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 }, [9, 0, 12, 0]],
    [
      'OpenAI with details',
      {
        prompt_tokens: 2006,
        completion_tokens: 300,
        total_tokens: 2306,
        prompt_tokens_details: { cached_tokens: 1920 },
        completion_tokens_details: { reasoning_tokens: 100 },
      },
      [2006, 1920, 300, 100],
    ],
    [
      'responses',
      {
        input_tokens: 36,
        output_tokens: 87,
        input_tokens_details: { cached_tokens: 4 },
        output_tokens_details: { reasoning_tokens: 7 },
      },
      [36, 4, 87, 7],
    ],
    ['embeddings', { prompt_tokens: 8, total_tokens: 8 }, [8, 0, 0, 0]],
    ['embeddings with a total alone', { total_tokens: 8 }, [8, 0, 0, 0, 'derived']],
    ['output from the total', { prompt_tokens: 8, total_tokens: 20 }, [8, 0, 12, 0, 'derived']],
    ['input from the total', { completion_tokens: 8, total_tokens: 20 }, [12, 0, 8, 0, 'derived']],
    [
      'DeepSeek',
      { prompt_tokens: 100, completion_tokens: 5, prompt_cache_hit_tokens: 64, prompt_cache_miss_tokens: 36 },
      [100, 64, 5, 0],
    ],
    [
      'cache hits and misses alone',
      { completion_tokens: 5, prompt_cache_hit_tokens: 64, prompt_cache_miss_tokens: 36 },
      [100, 64, 5, 0],
    ],
    ['Mistral', { prompt_tokens: 50, completion_tokens: 5, num_cached_tokens: 20 }, [50, 20, 5, 0]],
    [
      'Anthropic',
      { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 30, cache_creation_input_tokens: 2 },
      [42, 30, 5, 0, 'cached_outside'],
    ],
    [
      'xAI, reasoning outside',
      {
        prompt_tokens: 12,
        completion_tokens: 1,
        total_tokens: 303,
        completion_tokens_details: { reasoning_tokens: 290 },
      },
      [12, 0, 291, 290, 'reasoning_outside'],
    ],
    [
      'reasoning outside told by the total',
      {
        prompt_tokens: 2640,
        completion_tokens: 682,
        total_tokens: 3994,
        completion_tokens_details: { reasoning_tokens: 672 },
      },
      [2640, 0, 1354, 672, 'reasoning_outside'],
    ],
    [
      'xAI, cached outside',
      { prompt_tokens: 4142, completion_tokens: 10, prompt_tokens_details: { cached_tokens: 4328 } },
      [8470, 4328, 10, 0, 'cached_outside'],
    ],
    ['null details', { prompt_tokens: 1, completion_tokens: 2, prompt_tokens_details: null }, [1, 0, 2, 0]],
    ['a refused detail', { prompt_tokens: 9, completion_tokens: 1, cached_tokens: -4 }, [9, 0, 1, 0, 'refused_count']],
  ])('reads %s', (_, value, expected) => {
    expect(short(value)).toEqual(expected)
  })

  it.each([
    ['negative', -1],
    ['not a number', Number.NaN],
    ['infinite', Number.POSITIVE_INFINITY],
    ['a fraction', 1.5],
    ['absurd', 1e15],
    ['text', '12'],
    ['an object', {}],
  ])('refuses and flags a main count that is %s', (_, bad) => {
    for (const value of [
      { prompt_tokens: bad, completion_tokens: 1 },
      { prompt_tokens: 1, completion_tokens: bad },
    ]) {
      const watch = new UsageWatch()
      watch.see({ usage: value })
      expect(watch.usage).toBeNull()
      expect(watch.flags).toEqual(['refused_count'])
    }
  })

  it.each([[null], [undefined], ['x'], [3], [[]], [{}], [{ total_tokens: null }]])('finds nothing in %j', (value) => {
    expect(readUsage(value)).toBeNull()
  })

  it('is always consistent: parts never exceed their whole, all whole and not negative', () => {
    let state = 3
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return Math.floor((state / 2 ** 32) * below)
    }
    const odd = [undefined, null, 0, 1, 7, 12, 290, 1e6, -3, 2.5, Number.NaN, '9', 1e12]
    const pick = () => odd[random(odd.length)]
    for (let round = 0; round < 5000; round++) {
      const usage = readUsage({
        prompt_tokens: pick(),
        input_tokens: pick(),
        completion_tokens: pick(),
        output_tokens: pick(),
        total_tokens: pick(),
        cached_tokens: pick(),
        prompt_cache_hit_tokens: pick(),
        cache_read_input_tokens: pick(),
        cache_creation_input_tokens: pick(),
        completion_tokens_details: { reasoning_tokens: pick() },
      })
      if (!usage) continue
      const counts = [usage.inputTokens, usage.cachedInputTokens, usage.outputTokens, usage.reasoningTokens]
      expect(counts.every((count) => Number.isInteger(count) && count >= 0)).toBe(true)
      expect(usage.cachedInputTokens).toBeLessThanOrEqual(usage.inputTokens)
      expect(usage.reasoningTokens).toBeLessThanOrEqual(usage.outputTokens)
    }
  })

  it('finds the usage at the top, in x_groq and in a responses event', () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2 }
    const bodies = [{ usage }, { usage: null, x_groq: { usage } }, { type: 'response.completed', response: { usage } }]
    expect(bodies.map((body) => findUsage(body)?.outputTokens)).toEqual([2, 2, 2])
    expect(findUsage({ choices: [] })).toBeNull()
  })

  it('takes the last counts of a stream, not their sum', () => {
    const watch = new UsageWatch()
    const output = (tokens: number) => ({ choices: [{}], usage: { prompt_tokens: 4, completion_tokens: tokens } })
    for (const chunk of [output(1), output(2), { choices: [], usage: null }, output(9), { choices: [] }])
      watch.see(chunk)
    expect(watch.usage?.outputTokens).toBe(9)
  })
})
