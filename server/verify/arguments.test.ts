import { expect, test } from 'vitest'
import { readVerifyArguments } from './arguments.ts'

const env = { KEY: ' "Bearer sk-test-00000001" ', EMPTY: '', NODE_ENV: 'test' } as const
const read = (...args: string[]) => readVerifyArguments(args, env)
const good = ['https://api.example.com/v1/chat/completions', '--model', 'some/model:1']

test('reads what people paste as the form does, and says what was changed', () => {
  const wanted = read(...good, '--key-env', 'KEY', '--input-price', '0,5', '--header', 'X-Org: acme: eu')
  if (wanted === 'help') throw new Error('no help was asked for')
  expect(wanted.draft).toMatchObject({
    type: 'chat',
    baseUrl: 'https://api.example.com/v1',
    apiKey: 'sk-test-00000001',
    modelId: 'some/model:1',
    inputPrice: '0.5',
    headers: { 'x-org': 'acme: eu' },
  })
  expect(wanted.hostPort).toBe('api.example.com:443')
  expect(wanted.notes.join()).toContain('BASE_URL: “/chat/completions” was cut from the end.')
  expect(wanted.notes.join()).not.toContain('sk-test')
})

test('without --key-env no key is sent', () => {
  expect(read('http://127.0.0.1:8000/v1', '--model', 'm')).toMatchObject({
    draft: { apiKey: null },
    hostPort: '127.0.0.1:8000',
  })
})

test.each([
  ['no model', [good[0]!], /--model is needed/],
  ['an unknown option', [...good, '--verbose'], /--verbose/],
  ['an unknown Type', [...good, '--type', 'speech'], /--type is chat/],
  ['a key in place of a variable', [...good, '--key-env', 'sk-secret-1'], /not the key/],
  ['a variable that is empty', [...good, '--key-env', 'EMPTY'], /not set, or empty/],
  ['a variable that is not set', [...good, '--key-env', 'NOWHERE'], /not set, or empty/],
  ['a second word', [...good, 'sk-secret-1'], /one Base URL/],
  ['a Base URL that is none', ['ftp://x', '--model', 'x'], /BASE_URL: /],
  ['a header without a value', [...good, '--header', 'x-org'], /NAME:VALUE/],
  ['a header that may not be set', [...good, '--header', 'host: elsewhere'], /--header: /],
  ['a certificate that is not there', [...good, '--ca', '/nowhere/ca.pem'], /ca\.pem cannot be read/],
  ['a price that is none', [...good, '--input-price', 'cheap'], /--input-price: /],
  ['a most without prices', [...good, '--max-cost', '1'], /--input-price and --output-price/],
  ['a most that is no amount', [...good, '--max-cost', 'little'], /--max-cost is an amount/],
])('refuses %s and never repeats what may be a key', (_name, args, said) => {
  expect(() => read(...args)).toThrow(said)
  expect(() => read(...args)).not.toThrow(/sk-secret/)
})
