import { expect, test } from 'vitest'
import { contentTextMax, toContent } from './content.ts'

const side = (value: unknown) => {
  const kept = Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
  return { kept, bytes: kept.length }
}
const read = (request: unknown, answer?: unknown, stream = false) => {
  const { instructions, input, output, cut } = toContent({
    ...{ requestId: 'req_1', request: side(request), answer: answer === undefined ? null : side(answer), stream },
  })
  const parse = (json: string | undefined) => (json === undefined ? undefined : JSON.parse(json))
  return { instructions: parse(instructions), input: parse(input), output: parse(output), cut }
}
const text = (content: string) => ({ type: 'text', content })

test('a chat with tools and pictures has the parts of the conventions, and no bytes of a picture', () => {
  const picture = `data:image/png;base64,${'A'.repeat(50_000)}`
  const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } }
  const told = read(
    {
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Which city?' },
            { type: 'image_url', image_url: { url: picture } },
            { type: 'image_url', image_url: { url: 'https://pictures.example.test/1.png' } },
          ],
        },
        { role: 'assistant', content: null, tool_calls: [call] },
        { role: 'tool', tool_call_id: 'call_1', content: '4 °C' },
      ],
    },
    {
      choices: [
        { message: { role: 'assistant', content: 'Oslo.', reasoning_content: 'Cold.' }, finish_reason: 'stop' },
        { message: { role: 'assistant', content: null, tool_calls: [call] }, finish_reason: 'tool_calls' },
      ],
    },
  )
  const asked = { type: 'tool_call', id: 'call_1', name: 'weather', arguments: { city: 'Oslo' } }
  expect(told).toEqual({
    instructions: undefined,
    cut: false,
    input: [
      { role: 'system', parts: [text('Be brief.')] },
      {
        role: 'user',
        parts: [
          text('Which city?'),
          { type: 'image_url' },
          { type: 'uri', modality: 'image', uri: 'https://pictures.example.test/1.png' },
        ],
      },
      { role: 'assistant', parts: [asked] },
      { role: 'tool', parts: [{ type: 'tool_call_response', id: 'call_1', response: '4 °C' }] },
    ],
    output: [
      { role: 'assistant', parts: [{ type: 'reasoning', content: 'Cold.' }, text('Oslo.')], finish_reason: 'stop' },
      { role: 'assistant', parts: [asked], finish_reason: 'tool_call' },
    ],
  })
})

test('a stream is told as the answer it stands for, with why it stopped', () => {
  const events = [
    { choices: [{ index: 0, delta: { role: 'assistant', content: 'Good ' } }] },
    { choices: [{ index: 0, delta: { content: 'day' }, finish_reason: 'length' }] },
  ]
  const stream = `${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')}data: [DONE]\n\n`
  expect(read({ messages: [] }, stream, true).output).toEqual([
    { role: 'assistant', parts: [text('Good day')], finish_reason: 'length' },
  ])
  expect(read({ messages: [] }, stream.slice(0, stream.indexOf('data:', 10)), true).output).toEqual([
    { role: 'assistant', parts: [text('Good ')], finish_reason: 'error' },
  ])
})

test('the Responses API has its instructions apart', () => {
  const output = [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Six.' }] }]
  const event = `event: response.completed\ndata: ${JSON.stringify({ response: { status: 'completed', output } })}\n\n`
  for (const [answer, stream] of [
    [{ status: 'completed', output }, false],
    [event, true],
  ] as const)
    expect(read({ instructions: 'Be exact.', input: 'When?' }, answer, stream)).toEqual({
      instructions: [text('Be exact.')],
      input: [{ role: 'user', parts: [text('When?')] }],
      output: [{ role: 'assistant', parts: [text('Six.')], finish_reason: 'stop' }],
      cut: false,
    })
})

test('what is too long loses its beginning and says so; what cannot be read is left out', () => {
  const long = (mark: string) => `${mark}${'x'.repeat(contentTextMax - 200)}`
  const told = read({ messages: ['first', 'second', 'third'].map((mark) => ({ role: 'user', content: long(mark) })) })
  expect(told.cut).toBe(true)
  const { input } = toContent({
    ...{ requestId: 'r', answer: null, stream: false },
    request: side({
      messages: [
        { role: 'user', content: 'é"\n'.repeat(9_000) },
        { role: 'user', content: 'last' },
      ],
    }),
  })
  expect(input!.length).toBeLessThan(3 * contentTextMax)
  expect(JSON.parse(input!).at(-1)).toEqual({ role: 'user', parts: [text('last')] })
  expect(told.input.at(-1).parts[0].content).toBe(long('third'))
  expect(JSON.stringify(told.input)).not.toContain('first')
  expect(read('{"messages":[{"role"', 'not json')).toEqual({ cut: false })
  expect(read('x'.repeat(2 * 1024 * 1024)).cut).toBe(true)
  expect(read({ messages: 'hm', prompt: 7 }, { choices: [null, {}] }).output).toEqual([
    { role: 'assistant', parts: [text('')], finish_reason: 'error' },
  ])
})
