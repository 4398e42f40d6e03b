import { describe, expect, it } from 'vitest'
import { answerText, type Prompt } from './answer.ts'
import { readFacts } from './facts.ts'
import { countTokens, splitTokens } from './tokens.ts'
import { callTools, type Tool } from './tools.ts'

const ask = (text: string, more: Partial<Prompt> = {}) =>
  answerText({ text, system: '', earlier: [], sights: [], toolResults: [], variant: 0, ...more })

describe('answers', () => {
  const table: [prompt: string, answer: string][] = [
    ['Say hello', 'Hello! Nice to meet you.'],
    ['Say this is a test', 'This is a test.'],
    ['Reply with exactly: OK', 'OK'],
    ['Reply with the single word "pong".', 'pong'],
    ['Answer with the word "blue" only.', 'blue'],
    ['Repeat after me: one two three', 'One two three.'],
    ['What is 2 + 2?', '2 + 2 = 4'],
    ['What is 7 times 6?', '7 * 6 = 42'],
    ['Divide: 1 / 0', 'Nothing can be divided by zero.'],
    ['Count to 5', '1, 2, 3, 4, 5'],
    ['Name three fruits.', '1. Apple\n2. Banana\n3. Cherry'],
    ['List 2 primary colors', '1. Red\n2. Blue'],
    ['What is the capital of France?', 'The capital of France is Paris.'],
    ['What is the capital of France? Answer in one word.', 'Paris'],
    ['What is the sentiment of "I love this"?', 'Positive'],
    ['Summarize this: Cats sleep a lot. They also eat.', 'In short: Cats sleep a lot.'],
    ['Hi', 'Hello! How can I help you today?'],
  ]
  for (const [prompt, answer] of table) it(prompt, () => expect(ask(prompt)).toBe(answer))

  it('chooses among the options of the system message', () => {
    expect(
      ask('My card was charged twice, the billing is wrong', {
        system: 'Classify the message as one of: billing, technical, other.',
      }),
    ).toBe('billing')
    expect(ask('I hate it, it is broken', { system: 'Answer with one of: positive, negative, neutral' })).toBe(
      'negative',
    )
  })

  it('remembers a name', () => {
    expect(ask("What's my name?", { earlier: ['Hi, my name is Ada.'] })).toBe('Your name is Ada.')
  })

  it('tells what tools answered', () => {
    expect(ask('Weather?', { toolResults: [{ name: 'get_weather', text: '{"temperature":18,"sky":"clear"}' }] })).toBe(
      'Weather: temperature 18, sky clear.',
    )
  })

  it('writes as many words as were asked for', () => {
    const words = ask('Write 300 words about rivers').split(' ').length
    expect(words).toBeGreaterThanOrEqual(300)
    expect(words).toBeLessThan(330)
  })

  it('answers everything, quickly, with something', () => {
    const hostile = [
      '',
      ' ',
      '\0',
      '😀'.repeat(5_000),
      'a'.repeat(30_000),
      'or '.repeat(9_000),
      `one of: ${'a, '.repeat(9_000)}`,
      '"'.repeat(9_999),
      'A '.repeat(9_999),
      `about ${'x'.repeat(19_000)}!`,
    ]
    const started = performance.now()
    for (const text of hostile) {
      expect(ask(text).length).toBeGreaterThan(0)
      expect(() => readFacts(text, '')).not.toThrow()
    }
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})

describe('tokens', () => {
  it('join to the text again', () => {
    for (const text of ['Hello, world!', '  two  spaces \n', 'naïve 日本語 😀 12345', '']) {
      expect(splitTokens(text).join('')).toBe(text)
      expect(countTokens(text)).toBe(splitTokens(text).length)
    }
  })

  it('are never more than the bytes of the text', () => {
    for (const text of ['!!!!', 'ab', '日本', '1 2 3'])
      expect(countTokens(text)).toBeLessThanOrEqual(Buffer.byteLength(text))
  })
})

describe('tool calls', () => {
  const weather: Tool = {
    name: 'get_weather',
    description: 'Current weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  }
  const clock: Tool = { name: 'get_time', description: 'Current time of a city', parameters: weather.parameters }
  const call = (tools: Tool[], choice: Parameters<typeof callTools>[1], text: string, parallel = true) =>
    callTools(tools, choice, parallel, readFacts(text, ''))

  it('auto calls the tool that is spoken of and no other', () => {
    expect(call([clock, weather], 'auto', 'What is the weather in Paris?')).toEqual([
      { name: 'get_weather', arguments: '{"city":"Paris"}' },
    ])
    expect(call([clock, weather], 'auto', 'Tell me a joke.')).toEqual([])
  })

  it('required and named call without being spoken of', () => {
    expect(call([clock, weather], 'required', 'Hi').length).toBe(1)
    expect(call([clock, weather], { name: 'get_weather' }, 'Hi')).toMatchObject([{ name: 'get_weather' }])
    expect(call([clock, weather], 'none', 'What is the weather in Paris?')).toEqual([])
  })

  it('makes one call for each of several names, unless that is forbidden', () => {
    const cities = (parallel: boolean) =>
      call([weather], 'auto', 'What is the weather in Paris, Oslo and Rome?', parallel).map(
        (made) => JSON.parse(made.arguments).city,
      )
    expect(cities(true)).toEqual(['Paris', 'Oslo', 'Rome'])
    expect(cities(false)).toEqual(['Paris'])
  })

  it('calls two tools for two questions', () => {
    const made = call([weather, clock], 'auto', 'What is the weather in Paris and the time in Tokyo?')
    expect(made).toEqual([
      { name: 'get_weather', arguments: '{"city":"Paris"}' },
      { name: 'get_time', arguments: '{"city":"Tokyo"}' },
    ])
  })
})
