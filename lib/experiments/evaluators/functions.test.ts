import { describe, expect, test } from 'vitest'
import { FunctionConfig } from './config.ts'
import { compileFunction, UnusableConfig } from './functions.ts'
import { jsonAt, parseJsonPath } from './json-path.ts'
import { levenshteinDistance } from './levenshtein.ts'
import { numbersIn } from './numbers.ts'
import { rougeL, rougeWords } from './rouge.ts'
import type { Subject } from './score.ts'

function score(config: object, text: string, over: Partial<Subject> = {}) {
  return compileFunction(FunctionConfig.parse(config))({
    text,
    expected: null,
    inputs: {},
    messages: [],
    latencyMs: null,
    costNanoUsd: null,
    inputTokens: null,
    outputTokens: null,
    ...over,
  })
}

describe('Levenshtein distances agree with published ones', () => {
  test.each([
    // Wikipedia, "Levenshtein distance", and Wagner and Fischer's algorithm there.
    ['kitten', 'sitting', 3],
    ['saturday', 'sunday', 3],
    ['uninformed', 'uniformed', 1],
    // Rosetta Code, "Levenshtein distance".
    ['rosettacode', 'raisethysword', 8],
    // Jurafsky and Martin, Speech and Language Processing, section 2.5: all operations of cost 1.
    ['intention', 'execution', 5],
    // PostgreSQL's manual, fuzzystrmatch: levenshtein('GUMBO', 'GAMBOL') and ('extensive', 'exhaustive').
    ['GUMBO', 'GAMBOL', 2],
    ['extensive', 'exhaustive', 4],
    ['', 'abc', 3],
    ['😀', '😁', 1],
  ])('%s and %s: %i', (one, other, distance) => {
    expect(levenshteinDistance([...one], [...other])).toBe(distance)
    expect(levenshteinDistance([...other], [...one])).toBe(distance)
  })
})

describe('ROUGE-L agrees with published values', () => {
  const of = (reference: string, answer: string) => rougeL(rougeWords(reference), rougeWords(answer))

  // Lin, "ROUGE: A Package for Automatic Evaluation of Summaries" (2004), section 3.1: S1 is the reference.
  test.each([
    ['police kill the gunman', 0.75],
    ['the gunman kill police', 0.5],
    ['the gunman police killed', 0.5],
  ])('Lin 2004: %s has %f', (answer, f) => {
    expect(of('police killed the gunman', answer).f).toBe(f)
  })

  test('Lin 2004, section 3.2: of "w1 w2 w3 w4 w5", "w1 w2 w6 w7 w8" has two in common and "w1 w3 w8 w9 w5" three', () => {
    expect(of('w1 w2 w3 w4 w5', 'w1 w2 w6 w7 w8').recall).toBe(2 / 5)
    expect(of('w1 w2 w3 w4 w5', 'w1 w3 w8 w9 w5').recall).toBe(3 / 5)
  })

  // google-research, rouge/rouge_scorer_test.py: testRougeLConsecutive, testRougeLNonConsecutive.
  test.each(['testing one', 'testing two'])('the reference implementation: "testing one two" and "%s"', (answer) => {
    expect(of('testing one two', answer)).toEqual({ precision: 1, recall: 2 / 3, f: expect.closeTo(4 / 5, 12) })
  })

  test('texts without words have nothing in common', () => {
    expect(of('...', '!').f).toBe(0)
    expect(rougeWords('Ünïcode, 東京 and naïve-ish')).toEqual(['ünïcode', '東', '京', 'and', 'naïve', 'ish'])
  })
})

describe('JSON paths are the singular queries of RFC 9535', () => {
  // Section 2.3.1.3 and 2.3.3.3, the examples that lead to one place.
  const names = { o: { 'j j': { 'k.k': 3 } }, "'": { '@': 2 } }
  test.each([
    ["$.o['j j']", { 'k.k': 3 }],
    ["$.o['j j']['k.k']", 3],
    ['$.o["j j"]["k.k"]', 3],
    [`$["'"]["@"]`, 2],
    [`$['\\'']['@']`, 2],
    ['$', names],
  ])('%s', (path, value) => {
    expect(jsonAt(names, parseJsonPath(path)!)).toEqual(value)
  })
  test.each([
    ['$[1]', 'b'],
    ['$[-2]', 'a'],
    ['$[2]', undefined],
    ['$.length', undefined],
  ])('%s of ["a","b"]', (path, value) => {
    expect(jsonAt(['a', 'b'], parseJsonPath(path)!)).toBe(value)
  })
  test.each(['', 'a', '$.', '$..a', '$[*]', '$[01]', '$[-0]', "$['a'", '$.a b', '$[?@.a]', '$[0:1]'])(
    '%j is none',
    (path) => {
      expect(parseJsonPath(path)).toBeNull()
    },
  )
})

test.each([
  ['It costs $1,234.50, or -3e2 more.', [1234.5, -300]],
  ['2020-21, A-5, −7', [2020, 21, 5, -7]],
  ['x = -5 and .5', [-5, 0.5]],
  ['none', []],
])('the numbers of %j', (text, found) => {
  expect(numbersIn(text)).toEqual(found)
})

describe.each<[object, [answer: string, passed: boolean | null, over?: Partial<Subject>][]]>([
  [
    { kind: 'exact' },
    [
      [' Yes ', true, { expected: 'Yes' }],
      ['yes', false, { expected: 'Yes' }],
      ['4', true, { expected: 4 }],
      ['x', null],
    ],
  ],
  [
    { kind: 'exact', ignoreCase: true, trim: false },
    [
      ['YES', true, { expected: 'yes' }],
      ['yes ', false, { expected: 'yes' }],
    ],
  ],
  [
    { kind: 'contains', values: ['a', 'B'] },
    [
      ['xAxb', true],
      ['a', false],
    ],
  ],
  [
    { kind: 'contains', values: ['a', 'b'], mode: 'any', ignoreCase: false },
    [
      ['b', true],
      ['A', false],
    ],
  ],
  [
    { kind: 'contains', values: ['sorry', '{{expected}}'], mode: 'none' },
    [
      ['fine', true, { expected: 'no' }],
      ['No.', false, { expected: 'no' }],
      ['x', null],
    ],
  ],
  [
    { kind: 'starts_with', value: 'Dear' },
    [
      [' Dear Ann', true],
      ['dear', false],
    ],
  ],
  [
    { kind: 'ends_with', value: '.', ignoreCase: true },
    [
      ['Yes. ', true],
      ['Yes', false],
    ],
  ],
  [
    { kind: 'regex', pattern: '^\\d{3}$' },
    [
      ['123', true],
      ['1234', false],
    ],
  ],
  [
    { kind: 'regex', pattern: '^b.c$', multiline: true, dotAll: true, ignoreCase: true, negate: true },
    [
      ['a\nB\nC', false],
      ['x', true],
    ],
  ],
  [
    { kind: 'length', max: 3 },
    [
      ['😀é漢', true],
      ['four', false],
    ],
  ],
  [
    { kind: 'length', unit: 'words', min: 2 },
    [
      [' two words ', true],
      ['one', false],
    ],
  ],
  [
    { kind: 'valid_json' },
    [
      ['{"a":1}', true],
      ['```json\n{}\n```', false],
      ['{a:1}', false],
    ],
  ],
  [
    { kind: 'valid_json', type: 'object', fence: true },
    [
      ['```json\n{}\n```', true],
      ['[]', false],
      ['null', false],
    ],
  ],
  [
    { kind: 'json_path', path: '$.a[0]', equals: { x: 1, y: [2] } },
    [
      ['{"a":[{"y":[2],"x":1}]}', true],
      ['{"a":[]}', false],
      ['no', false],
    ],
  ],
  [
    { kind: 'json_path', path: '$.n' },
    [
      ['{"n":5}', true, { expected: '5' }],
      ['{"n":5}', true, { expected: 5 }],
      ['{"n":6}', false, { expected: 5 }],
      ['{}', null],
    ],
  ],
  [
    { kind: 'numeric', tolerance: 0.1 },
    [
      ['so 0.3', true, { expected: 0.2 }],
      ['0.31', false, { expected: '0.2' }],
      ['none', false, { expected: 1 }],
      ['1', null],
    ],
  ],
  [
    { kind: 'numeric', tolerance: 0.1, relative: true, number: 'first' },
    [
      ['110 of 5', true, { expected: 100 }],
      ['89 of 100', false, { expected: 100 }],
    ],
  ],
  [
    { kind: 'numeric', number: 'only' },
    [
      ['42', true, { expected: 42 }],
      ['42 or 42', false, { expected: 42 }],
    ],
  ],
  [
    { kind: 'levenshtein', passAt: 0.5 },
    [
      ['kitten', true, { expected: 'sitting' }],
      ['abc', false, { expected: 'xyz' }],
      ['x', null],
    ],
  ],
  [
    { kind: 'rouge_l', passAt: 0.75 },
    [
      ['Police kill the gunman!', true, { expected: 'police killed the gunman' }],
      ['the', false, { expected: 'a gunman' }],
    ],
  ],
  [
    // The angles of a square and of its diagonal.
    { kind: 'cosine', passAt: 0.7 },
    [
      ['[3, 0]', true, { expected: [7, 0] }],
      ['[1, 1]', true, { expected: '[0, 2]' }],
      ['[1, 0]', false, { expected: [0, 1] }],
      [
        '[[1, 0], [1, 0]]',
        false,
        {
          expected: [
            [1, 0],
            [0, 1],
          ],
        },
      ],
      ['[1]', null],
    ],
  ],
  [
    { kind: 'url' },
    [
      ['See https://example.com/a?b=1.', true],
      ['see example.com', false],
    ],
  ],
  [
    { kind: 'email', negate: true },
    [
      ['write to a.b+c@example.co.uk', false],
      ['a @ b', true],
    ],
  ],
  [
    { kind: 'latency', maxMs: 200 },
    [
      ['', true, { latencyMs: 200 }],
      ['', false, { latencyMs: 200.5 }],
      ['', null],
    ],
  ],
  [
    { kind: 'cost', maxUsd: 0.001 },
    [
      ['', true, { costNanoUsd: 1_000_000n }],
      ['', false, { costNanoUsd: 1_000_001n }],
      ['', null],
    ],
  ],
  [
    { kind: 'tokens', max: 10 },
    [
      ['', true, { outputTokens: 10 }],
      ['', false, { outputTokens: 11 }],
      ['', null],
    ],
  ],
  [
    { kind: 'tokens', of: 'total', max: 10 },
    [
      ['', true, { inputTokens: 4, outputTokens: 6 }],
      ['', null, { inputTokens: 4 }],
    ],
  ],
])('%j', (config, cases) => {
  test.each(cases)('%j: %j', (answer, passed, over) => {
    const { passed: got, skipped, error } = score(config, answer, over)
    expect({ got, skipped, error }).toEqual({ got: passed, skipped: passed === null, error: null })
  })
})

describe('a JSON Schema', () => {
  // JSON Schema Test Suite, draft 2020-12: the first groups of required, prefixItems, const, patternProperties and $ref.
  test.each<[Record<string, unknown>, string, boolean]>([
    [{ properties: { foo: {}, bar: {} }, required: ['foo'] }, '{"foo":1}', true],
    [{ properties: { foo: {}, bar: {} }, required: ['foo'] }, '{"bar":1}', false],
    [{ prefixItems: [{ type: 'integer' }, { type: 'string' }] }, '[1,"foo"]', true],
    [{ prefixItems: [{ type: 'integer' }, { type: 'string' }] }, '["foo",1]', false],
    [{ const: { foo: 'bar', baz: 'bax' } }, '{"baz":"bax","foo":"bar"}', true],
    [{ patternProperties: { 'f.*o': { type: 'integer' } } }, '{"foo":"bar","fooooo":2}', false],
    [{ properties: { foo: { $ref: '#' } }, additionalProperties: false }, '{"foo":{"foo":false}}', true],
    [{ properties: { foo: { $ref: '#' } }, additionalProperties: false }, '{"foo":{"bar":false}}', false],
    // Draft 7 has lists of items where 2020-12 has prefixItems.
    [{ $schema: 'http://json-schema.org/draft-07/schema#', items: [{ type: 'integer' }] }, '["foo"]', false],
  ])('%j and %s: %j', (schema, text, passed) => {
    expect(score({ kind: 'json_schema', schema }, text).passed).toBe(passed)
  })

  test.each<[Record<string, unknown>]>([
    [{ type: 'nothing' }],
    [{ $ref: 'https://example.com/other.json' }],
    [{ pattern: '(?=a)' }],
    [{ $async: true }],
  ])('%j cannot be used', (schema) => {
    expect(() => score({ kind: 'json_schema', schema }, '{}')).toThrow(UnusableConfig)
  })

  test('names the place that does not fit', () => {
    const schema = { properties: { a: { items: { type: 'number' } } } }
    expect(score({ kind: 'json_schema', schema }, '{"a":[1,"x"]}').detail).toBe('/a/1: must be number')
  })
})

test('a schema that refers to itself without an end is told', () => {
  expect(score({ kind: 'json_schema', schema: { $ref: '#' } }, '{}')).toMatchObject({ passed: false })
})

test('patterns that would take others forever take time in proportion to the text', () => {
  const started = performance.now()
  expect(score({ kind: 'regex', pattern: '(a+)+$' }, `${'a'.repeat(50_000)}b`).passed).toBe(false)
  const schema = { properties: { x: { pattern: '^(\\w+\\s?)*$' } } }
  expect(score({ kind: 'json_schema', schema }, JSON.stringify({ x: `${'ab '.repeat(10_000)}!` })).passed).toBe(false)
  expect(performance.now() - started).toBeLessThan(5_000)
})

test.each([
  [{ kind: 'regex', pattern: '(' }, 'pattern'],
  [{ kind: 'regex', pattern: '(?<=a)b' }, 'pattern'],
  [{ kind: 'json_path', path: 'a.b' }, 'path'],
])('%j is refused by its field', (config, field) => {
  expect(() => compileFunction(FunctionConfig.parse(config))).toThrow(expect.objectContaining({ field }))
})

test('texts that are too long to be compared are told, not waited for', () => {
  const expected = 'x'.repeat(9_000)
  expect(score({ kind: 'levenshtein' }, 'y', { expected }).error).not.toBeNull()
  expect(score({ kind: 'rouge_l' }, 'y', { expected: 'a '.repeat(7_000) }).error).not.toBeNull()
  expect(score({ kind: 'regex', pattern: 'a' }, 'x'.repeat(300_000)).error).not.toBeNull()
})

test.each([
  ['no vector', [1]],
  ['[1, 2]', 'no vector'],
  ['[1, 2]', [1, 2, 3]],
  ['[[1, 2], [3, 4]]', [1, 2]],
  [
    '[[1, 2], [3]]',
    [
      [1, 2],
      [3, 4],
    ],
  ],
])('vectors that have no angle are not judged, and it is said why: %s and %j', (text, expected) => {
  expect(score({ kind: 'cosine' }, text, { expected })).toMatchObject({ passed: null, error: expect.any(String) })
})
