import { expect, test } from 'vitest'
import { toConversation } from './conversation.ts'
import type { Message } from './payload-read.ts'

const say = (role: string, text: string, over: Partial<Message> = {}): Message => ({
  ...{ role, name: '', pieces: [{ kind: 'text', text }], toolCalls: [], thought: '', refusal: '', answers: '' },
  finishReason: '',
  ...over,
})
const [rule, one, two, three] = [say('system', 'Be kind.'), say('user', '1'), say('user', '2'), say('user', '3')]
const [uno, due, tre] = ['uno', 'due', 'tre'].map((text) =>
  // What a server adds to an answer does not come back with it.
  say('assistant', text, { finishReason: 'stop', thought: 'Hm.' }),
) as [Message, Message, Message]
const again = (message: Message): Message => ({ ...message, finishReason: '', thought: '' })

test('a caller who sends everything again is shown saying each thing once', () => {
  expect(
    toConversation([
      { prompt: [rule, one], answer: [uno] },
      { prompt: [rule, one, again(uno), two], answer: [due] },
      { prompt: [rule, one, again(uno), two, again(due), three], answer: [tre] },
    ]),
  ).toEqual([
    [rule, one, uno],
    [two, due],
    [three, tre],
  ])
})

test('the same holds where the beginning was dropped, and where a caller sends only what is new', () => {
  expect(
    toConversation([
      { prompt: [rule, one], answer: [uno] },
      { prompt: [rule, again(uno), two], answer: [due] },
      { prompt: [three], answer: [tre] },
    ]),
  ).toEqual([
    [rule, one, uno],
    [two, due],
    [three, tre],
  ])
})

test('what is said twice is shown twice, and a call that failed says what it said', () => {
  expect(
    toConversation([
      { prompt: [one], answer: [uno] },
      { prompt: [one, again(uno), one], answer: [] },
      { prompt: [one, again(uno), one], answer: [due] },
    ]),
  ).toEqual([[one, uno], [one], [due]])
})

test('other rules in the middle of a thread are shown where they begin to hold', () => {
  const other = say('system', 'Be brief.')
  expect(
    toConversation([
      { prompt: [rule, one], answer: [uno] },
      { prompt: [other, one, again(uno), two], answer: [due] },
    ])[1],
  ).toEqual([other, two, due])
})
