import type { RawModelInput } from './raw.ts'

/** One rule of the form: what is typed into a field, what it says, and what it offers. */
export interface FormRule {
  field: keyof RawModelInput
  typed: string
  /** error: blocks saving. note: changed, and said. warning: saved as typed. */
  kind: 'error' | 'note' | 'warning'
  message: string
  /** The button and what it sets. */
  fix?: { label: string; value: string }
}

const rule = (
  field: FormRule['field'],
  kind: FormRule['kind'],
  typed: string,
  message: string,
  fix?: FormRule['fix'],
): FormRule => ({
  field,
  typed,
  kind,
  message,
  ...(fix && { fix }),
})

/** Every rule that the form knows without a server; the key's messages name the host api.groq.com. */
export const formRules: readonly FormRule[] = [
  rule('baseUrl', 'error', '', 'Enter the Base URL, for example https://api.groq.com/openai/v1.'),
  rule('baseUrl', 'error', 'gsk_abcdefgh12345678', 'This looks like an API key. Paste the address of the server here.'),
  rule('baseUrl', 'error', 'https://api.groq.com/ v1', 'A Base URL has no spaces or line breaks inside.'),
  rule('baseUrl', 'error', 'https://api.groq.com\\v1', 'A Base URL has no backslash. Use “/”.'),
  rule('baseUrl', 'error', 'https://me:secret@api.groq.com', 'Put the credential into API Key, not into the Base URL.'),
  rule(
    'baseUrl',
    'error',
    'https://api.groq.com/v1?a=1',
    'A Base URL has no “?” part. Put query parameters under More.',
  ),
  rule('baseUrl', 'error', 'https://api.groq.com/v1#a', 'A Base URL has no “#” part.'),
  rule('baseUrl', 'error', 'ftp://api.groq.com', 'A Base URL begins with https:// or http://.'),
  rule('baseUrl', 'error', 'groq', 'This is not a web address. Example: https://api.groq.com/openai/v1.'),
  rule('baseUrl', 'note', 'api.groq.com/openai/v1', '“https://” was added'),
  rule('baseUrl', 'note', 'https://api.groq.com/openai/v1/', 'The slash at the end was cut'),
  rule(
    'baseUrl',
    'note',
    'https://api.groq.com/openai/v1/chat/completions',
    '“/chat/completions” was cut from the end',
  ),
  rule('baseUrl', 'note', 'https://api.groq.com/openai/v1/completions', '“/completions” was cut from the end'),
  rule('baseUrl', 'note', 'https://api.groq.com/openai/v1/embeddings', '“/embeddings” was cut from the end'),
  rule(
    'baseUrl',
    'note',
    'https://api.groq.com/openai/v1/images/generations',
    '“/images/generations” was cut from the end',
  ),
  rule('baseUrl', 'note', 'https://api.groq.com/openai/v1/models', '“/models” was cut from the end'),
  rule('baseUrl', 'note', 'https://api.groq.com/openai/v1/v1', 'The doubled “/v1” was cut'),
  rule('apiKey', 'error', '', 'Paste the API key, or tick “This server needs no key”.'),
  rule('apiKey', 'error', 'pb_live_abc', 'This is a Patchbay key. Paste the key of api.groq.com.'),
  rule('apiKey', 'error', 'https://api.groq.com', 'This looks like the Base URL.'),
  rule(
    'apiKey',
    'error',
    'gsk_…q7Xe',
    'An API key holds only plain letters, digits and signs. Copy it again; a shortened key does not work.',
  ),
  rule('apiKey', 'note', ' gsk_abc ', 'Spaces around the key were cut'),
  rule('apiKey', 'note', '"gsk_abc"', 'Quotes were cut'),
  rule('apiKey', 'note', 'Bearer gsk_abc', '“Bearer ” was cut'),
  rule('name', 'error', '', 'Enter a name of 1 to 128 characters.'),
  rule('name', 'error', 'x'.repeat(129), 'Enter a name of 1 to 128 characters.'),
  rule('modelId', 'error', '', 'Enter the Model ID as the server names it.'),
  rule('description', 'error', 'x'.repeat(501), 'At most 500 characters.'),
  rule('maxTokens', 'error', '0', 'Max Tokens is a whole number from 1 to 10,000,000.'),
  rule('maxTokens', 'error', '10000001', 'Max Tokens is a whole number from 1 to 10,000,000.'),
  rule('maxTokens', 'error', '1.5', 'Max Tokens is a whole number from 1 to 10,000,000.'),
  rule('temperature', 'error', '2,1', 'Temperature is a number from 0 to 2.'),
  rule('temperature', 'error', 'warm', 'Temperature is a number from 0 to 2.'),
  rule('inputPrice', 'error', 'abc', 'Type a price in USD, for example 0.59.'),
  rule('inputPrice', 'error', '-1', 'A price cannot be below 0.'),
  rule('inputPrice', 'error', '0.1234567', 'A price has at most 6 decimal places.'),
  rule('inputPrice', 'error', '1000001', 'A price is at most 1,000,000.'),
  rule('inputPrice', 'error', '0.00000059', '0.00000059 looks like a price per token.', {
    label: 'Use 0.59 per 1M',
    value: '0.59',
  }),
  rule('inputPrice', 'warning', '0.00005', '0.00005 looks like a price per token.', {
    label: 'Use 50 per 1M',
    value: '50',
  }),
  rule('inputPrice', 'warning', '1200', 'That is $1.20 a 1K tokens. Prices are per 1M.'),
  rule('outputPrice', 'error', 'abc', 'Type a price in USD, for example 0.59.'),
  rule('outputPrice', 'warning', '1200', 'That is $1.20 a 1K tokens. Prices are per 1M.'),
  rule('outputPrice', 'error', '0,00000079', '0.00000079 looks like a price per token.', {
    label: 'Use 0.79 per 1M',
    value: '0.79',
  }),
]
