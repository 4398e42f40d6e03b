/** Extra headers and query parameters that an admin may send along. The list of refused names is `trust.md`'s egress rule 9. */

const refusedHeaders = new Set([
  'host',
  'authorization',
  'cookie',
  'cookie2',
  'set-cookie',
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'content-length',
  'content-type',
  'content-encoding',
  'accept-encoding',
  'expect',
  'http2-settings',
  'forwarded',
  'via',
  'x-real-ip',
  'x-request-id',
  'metadata',
  '__proto__',
  'metadata-flavor',
  'x-google-metadata-request',
  'x-aws-ec2-metadata-token',
  'x-aws-ec2-metadata-token-ttl-seconds',
])
const refusedPrefixes = ['proxy-', 'x-forwarded-', 'sec-', 'x-patchbay-']

export const headerMessages = {
  name: 'A header’s name has only letters, digits and “-”.',
  refused: (name: string) => `The header ${name} cannot be set here.`,
  credential: 'The API Key is sent in this header already.',
  value: 'A header’s value has 1 to 4,096 visible characters and no line breaks.',
  queryName: 'A parameter’s name has 1 to 128 characters.',
  queryValue: 'A parameter’s value has at most 2,048 characters and no line breaks.',
  many: 'At most 20 of them.',
} as const

/** What is wrong with a header of this name, or null. */
export function headerNameProblem(name: string): string | null {
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/.test(name)) return headerMessages.name
  const lower = name.toLowerCase()
  if (refusedHeaders.has(lower) || refusedPrefixes.some((prefix) => lower.startsWith(prefix)))
    return headerMessages.refused(name)
  return null
}

export function headerValueProblem(value: string): string | null {
  return value.length > 0 && value.length <= 4_096 && /^[\x20-\x7e\x80-\xff]+$/.test(value)
    ? null
    : headerMessages.value
}

/** The header that carries the key: `authorization` stands for `Authorization: Bearer ...`. */
export function keyHeaderProblem(name: string): string | null {
  if (name.toLowerCase() === 'authorization') return null
  return headerNameProblem(name)
}
