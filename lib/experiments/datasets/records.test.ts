import { describe, expect, test } from 'vitest'
import { CsvReader, type FileRecord, guessDelimiter, type RecordReader, UnreadableFile } from '#lib/core/csv-records.ts'
import { guessFields, guessFormat } from './guess-plan.ts'
import { JsonLinesReader, JsonListReader } from './json-records.ts'

/** The records of a text that comes in two pieces, cut at each place. They are the same wherever it is cut. */
function read(open: () => RecordReader, text: string): FileRecord[] {
  const readings = Array.from({ length: text.length + 1 }, (_, at) => {
    const reader = open()
    return [...reader.push(text.slice(0, at)), ...reader.push(text.slice(at)), ...reader.end()]
  })
  for (const reading of readings) expect(reading).toEqual(readings[0])
  return readings[0]!
}

const csv = (text: string, delimiter = ',', header = true) => read(() => new CsvReader({ delimiter, header }), text)

test.each([
  [
    'LF, CRLF and CR end lines',
    'a,b\n1,2\r\n3,4\r5,6',
    [
      { a: '1', b: '2' },
      { a: '3', b: '4' },
      { a: '5', b: '6' },
    ],
  ],
  ['quotes hold delimiters, line ends and doubled quotes', 'a,b\n"x,""y""","1\r\n2"\n', [{ a: 'x,"y"', b: '1\r\n2' }]],
  [
    'empty cells stay, blank lines go',
    'a,b\n,\n\n"",x\n',
    [
      { a: '', b: '' },
      { a: '', b: 'x' },
    ],
  ],
  ['names are trimmed, filled in and each once', ' a ,,a\n1,2,3\n', [{ a: '1', 'Column 2': '2', 'a (2)': '3' }]],
  [
    'the apostrophe of an export goes, others stay',
    "a\n'=1+1\n''-x\n'tis\n",
    [{ a: '=1+1' }, { a: "'-x" }, { a: "'tis" }],
  ],
  ['a quote inside of plain text is text', 'a\n5" pipe\n', [{ a: '5" pipe' }]],
])('CSV: %s', (_name, text, rows) => {
  expect(csv(text).map((record) => ('values' in record ? record.values : record))).toEqual(rows)
})

test('CSV: a wrong line is told with its number and costs only itself', () => {
  expect(csv('a,b\n"1\n2",3\n4\n"5"x,6\n7,8\n9,"open')).toEqual([
    { line: 2, values: { a: '1\n2', b: '3' } },
    { line: 4, problem: 'There are 1 fields here and 2 in the first line.' },
    { line: 5, problem: 'There is text after a closing quote.' },
    { line: 6, values: { a: '7', b: '8' } },
    { line: 7, problem: 'A quote is not closed.' },
  ])
})

test('CSV: without a header and with another delimiter', () => {
  expect(csv('1;2\n3;4', ';', false)).toEqual([
    { line: 1, values: { 'Column 1': '1', 'Column 2': '2' } },
    { line: 2, values: { 'Column 1': '3', 'Column 2': '4' } },
  ])
})

test('a record without an end is given up, not kept', () => {
  for (const open of [
    () => new CsvReader({ delimiter: ',', header: true }),
    () => new JsonLinesReader(),
    () => new JsonListReader(),
  ]) {
    const reader = open()
    const push = () => {
      reader.push('[{"a":"')
      for (let piece = 0; piece < 20; piece++) reader.push('"x'.repeat(40_000))
    }
    expect(push).toThrow(UnreadableFile)
  }
})

test('JSON lines: one object a line, wrong lines told', () => {
  expect(read(() => new JsonLinesReader(), '{"a":1}\n\n[1]\r\n{"b":\n{"a":"\\n"}')).toEqual([
    { line: 1, values: { a: 1 } },
    { line: 3, problem: 'This is not a JSON object.' },
    { line: 4, problem: 'This is not valid JSON.' },
    { line: 5, values: { a: '\n' } },
  ])
})

test('a JSON list: objects with anything in their strings, wrong elements told', () => {
  const text = ' [ {"a":"],{\\"x\\\\"},\n {"b":[{"c":[1,2]}]}, 5,\n{"d":}]\n'
  expect(read(() => new JsonListReader(), text)).toEqual([
    { line: 1, values: { a: '],{"x\\' } },
    { line: 2, values: { b: [{ c: [1, 2] }] } },
    { line: 2, problem: 'This is not a JSON object.' },
    { line: 3, problem: 'This is not valid JSON.' },
  ])
  expect(read(() => new JsonListReader(), '[]')).toEqual([])
  expect(read(() => new JsonListReader(), '[{"a":1},')).toEqual([
    { line: 1, values: { a: 1 } },
    { line: 1, problem: 'The list is not closed: the file is cut.' },
  ])
  for (const wrong of ['{"a":1}', '[1] x', '']) {
    const reader = new JsonListReader()
    expect(() => [reader.push(wrong), reader.end()]).toThrow(UnreadableFile)
  }
})

test.each([
  ['a,b;c,d\n1;2;3', ','],
  ['a;b\n1,5;2', ';'],
  ['"a;b"\tc\n', '\t'],
  ['question\nWhy?', ','],
])('the delimiter of %j is %j', (text, delimiter) => {
  expect(guessDelimiter(text)).toBe(delimiter)
})

test.each([
  ['rows.ndjson', '', 'jsonl'],
  ['rows.csv', '[x]', 'csv'],
  ['rows.json', ' [{}]', 'json'],
  ['rows.json', '{"a":1}\n{"a":2}', 'jsonl'],
  ['', 'a,b', 'csv'],
] as const)('%j with %j is %s', (name, text, format) => {
  expect(guessFormat(name, text)).toBe(format)
})

describe('what a field is most likely meant as', () => {
  const guess = (records: Record<string, unknown>[], columns?: { name: string; type: 'text' | 'number' }[]) =>
    guessFields(records, Object.keys(records[0]!), columns && { columns, expectedType: 'text' })

  test('types by what stands there; what would not come back as it was is text', () => {
    const { fields } = guess([
      { 'Question text': 'Why?', n: '-1.5', code: '007', yes: 'TRUE', data: '{"a":[1]}', empty: '', Expected: '12' },
      { 'Question text': 'How?', n: '20', code: '12', yes: 'false', data: '[]', empty: '', Expected: '1e3' },
    ])
    expect(fields.map(({ to, name, type }) => `${to} ${name} ${type}`)).toEqual([
      'input Question_text text',
      'input n number',
      'input code text',
      'input yes boolean',
      'input data json',
      'input empty text',
      'expected  text',
    ])
  })

  test('conversations that end with the assistant: its last message is what is expected', () => {
    const turn = (role: string) => ({ role, content: 'x' })
    expect(guess([{ messages: [turn('user'), turn('assistant')] }])).toMatchObject({
      fields: [{ to: 'messages' }],
      takeLast: true,
    })
    expect(guess([{ messages: [turn('user')], ideal: 'y' }])).toMatchObject({
      fields: [{ to: 'messages' }, { to: 'expected' }],
      takeLast: false,
    })
    // A name alone makes no conversation.
    expect(guess([{ prompt: 'Tell me a story' }])).toMatchObject({ fields: [{ to: 'input', name: 'prompt' }] })
  })

  test("a dataset's own columns come first, with their types", () => {
    const { fields } = guess(
      [{ OUTPUT: '5', zip: '123' }],
      [
        { name: 'output', type: 'text' },
        { name: 'zip', type: 'text' },
      ],
    )
    expect(fields.map(({ to, name, type }) => [to, name, type])).toEqual([
      ['input', 'output', 'text'],
      ['input', 'zip', 'text'],
    ])
  })
})
