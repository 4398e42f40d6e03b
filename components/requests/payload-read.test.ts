import { describe, expect, test } from 'vitest'
import { sseEvent } from '#lib/openai/wire/sse.ts'
import { curlOf, parseCut, readAnswer, readRequest } from './payload-read.ts'

const whole = { stream: false, cut: false }
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk'

test('a chat is read as its messages, its tools and what else was asked for', () => {
  const shown = readRequest(
    JSON.stringify({
      model: 'm',
      temperature: 0.2,
      tools: [
        { type: 'function', function: { name: 'weather', description: 'Tells it.', parameters: { type: 'object' } } },
      ],
      messages: [
        { role: 'system', content: 'Be short.' },
        {
          role: 'user',
          name: 'ada',
          content: [
            { type: 'text', text: 'What is it?' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } },
            { type: 'image_url', image_url: { url: 'https://elsewhere.example/x.png' } },
            { type: 'image_url', image_url: { url: 'data:image/svg+xml;base64,PHN2Zy8+' } },
            { type: 'input_audio', input_audio: { data: 'x' } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'weather', arguments: '{"city":"Rome"}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: '{"degrees":21}' },
      ],
    }),
    false,
  )
  expect(shown.parameters).toEqual([
    { name: 'model', json: '"m"' },
    { name: 'temperature', json: '0.2' },
  ])
  expect(shown.tools).toEqual([{ name: 'weather', description: 'Tells it.', json: '{\n  "type": "object"\n}' }])
  const [system, user, assistant, tool] = shown.messages
  expect(system).toMatchObject({ role: 'system', pieces: [{ kind: 'text', text: 'Be short.' }] })
  expect(user).toMatchObject({ name: 'ada' })
  // What stands elsewhere is never fetched, and what may hold a script is never drawn.
  expect(user!.pieces.map(({ kind }) => kind)).toEqual(['text', 'picture', 'address', 'address', 'json'])
  expect(assistant!.toolCalls).toEqual([{ id: 'c1', name: 'weather', arguments: '{\n  "city": "Rome"\n}' }])
  expect(tool).toMatchObject({ answers: 'c1', pieces: [{ kind: 'json', json: '{\n  "degrees": 21\n}' }] })
})

test('a stream is read like the answer that it stands for, several choices and calls in pieces too', () => {
  const delta = (index: number, delta: object, finish_reason: string | null = null) =>
    sseEvent(JSON.stringify({ id: 'x', model: 'm', choices: [{ index, delta, finish_reason }] }))
  const call = (index: number, id: string | undefined, made: object) => ({
    tool_calls: [{ index, id, function: made }],
  })
  const text = [
    ': ping\n\n',
    delta(0, { role: 'assistant', content: '', reasoning_content: 'Hm. ' }),
    delta(1, { content: 'Zw' }),
    delta(0, { content: 'E' }),
    delta(0, { content: 'ins' }),
    delta(1, { content: 'ei' }, 'length'),
    delta(0, call(1, 'b', { name: 'two', arguments: '' })),
    delta(0, call(0, 'a', { name: 'one', arguments: '{"n"' })),
    delta(0, call(0, undefined, { arguments: ':1}' }), 'tool_calls'),
    'data: {"choices":[],"usage":{"prompt_tokens":1}}\n\n',
    'data: [DONE]\n\n',
  ].join('')
  const { messages } = readAnswer(text, { stream: true, cut: false })
  expect(messages).toMatchObject([
    {
      pieces: [{ kind: 'text', text: 'Eins' }],
      thought: 'Hm. ',
      finishReason: 'tool_calls',
      toolCalls: [
        { id: 'a', name: 'one', arguments: '{\n  "n": 1\n}' },
        { id: 'b', name: 'two', arguments: '' },
      ],
    },
    { pieces: [{ kind: 'text', text: 'Zwei' }], finishReason: 'length' },
  ])
  // CRLF, as some servers write it, and an end that was cut off.
  expect(readAnswer(text.replaceAll('\n', '\r\n'), { stream: true, cut: false }).messages).toEqual(messages)
  expect(readAnswer(`${text.slice(0, 260)}data: {"cho`, { stream: true, cut: true }).messages[1]!.pieces).toEqual([
    { kind: 'text', text: 'Zw' },
  ])
})

test('a stream that ended with an error shows both', () => {
  const text = `data: {"choices":[{"index":0,"delta":{"content":"Half"}}]}\n\n${sseEvent('{"error":{"message":"Broke","code":"x"}}')}`
  const shown = readAnswer(text, { stream: true, cut: false })
  expect(shown.messages[0]!.pieces).toEqual([{ kind: 'text', text: 'Half' }])
  expect(shown.error).toEqual({ message: 'Broke', code: 'x' })
})

test('completions, embeddings, pictures and errors are read, whatever else is shown as it is', () => {
  expect(readRequest('{"prompt":["a","b"],"n":2}', false)).toMatchObject({
    texts: { title: 'Prompt', texts: ['a', 'b'] },
  })
  expect(readRequest('{"input":[[1,2],[3]]}', false).texts!.texts).toEqual(['2 token numbers', '1 token numbers'])
  expect(readAnswer('{"choices":[{"text":"so","finish_reason":"stop"}]}', whole).messages).toMatchObject([
    { pieces: [{ text: 'so' }], finishReason: 'stop' },
  ])
  const floats = Buffer.from(new Float32Array([0.5, -1, 2]).buffer).toString('base64')
  expect(readAnswer(JSON.stringify({ data: [{ embedding: [1, 2] }, { embedding: floats }] }), whole).vectors).toEqual([
    { dimensions: 2, first: [1, 2] },
    { dimensions: 3, first: [0.5, -1, 2] },
  ])
  expect(
    readAnswer(JSON.stringify({ data: [{ b64_json: png }, { url: 'https://x.example/y' }] }), whole).pictures,
  ).toEqual([
    { kind: 'picture', url: `data:image/png;base64,${png}` },
    { kind: 'address', url: 'https://x.example/y' },
  ])
  expect(readAnswer('{"error":{"message":"No","code":"c"}}', whole).error).toEqual({ message: 'No', code: 'c' })
  expect(readAnswer('<html>', whole).raw).toBe('<html>')
  expect(readAnswer('{"a":1}', whole).raw).toBe('{"a":1}')
  expect(readRequest('not JSON', false).raw).toBe('not JSON')
})

describe('of JSON that was cut off', () => {
  const value = { a: [{ b: 'é "x" \\ \u0001' }, 2, null, true], c: { d: -1.5e3 }, e: 'end' }
  const text = JSON.stringify(value)

  test('as much is read as there is, wherever it was cut', () => {
    for (let end = 1; end <= text.length; end++) {
      const read = parseCut(text.slice(0, end))
      expect(read, text.slice(0, end)).toBeTypeOf('object')
      expect(text.startsWith(JSON.stringify(read).replace(/[\]}"]+$/, '')), text.slice(0, end)).toBe(true)
    }
    expect(parseCut(text)).toEqual(value)
  })

  test('a conversation still shows its messages', () => {
    const body = JSON.stringify({
      messages: [
        { role: 'user', content: 'One' },
        { role: 'user', content: 'Twotwotwo' },
      ],
    })
    const shown = readRequest(body.slice(0, -8), true)
    expect(shown.messages.map(({ pieces }) => pieces)).toEqual([
      [{ kind: 'text', text: 'One' }],
      [{ kind: 'text', text: 'Twotw' }],
    ])
  })
})

test('the call for a shell quotes what the shell would read', () => {
  const request = { text: `{"a":"it's $HOME"}`, cut: false }
  expect(curlOf('chat/completions', 'http://h/v1', request)).toBe(
    `curl http://h/v1/chat/completions \\\n  -H "authorization: Bearer $PATCHBAY_API_KEY" \\\n  -H "content-type: application/json" \\\n  -d '{"a":"it'\\''s $HOME"}'`,
  )
  expect(curlOf('x', 'http://h/v1', { ...request, cut: true })).toBeNull()
  expect(curlOf('deployments/invoke', 'http://h/v1', request)).toBeNull()
})
