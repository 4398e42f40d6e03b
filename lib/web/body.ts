import { AppError, invalidInput } from '#lib/core/errors.ts'

/** The JSON object of a body of at most `bytesMax`; an empty body is an empty object. */
export async function readJsonBody(request: Request, bytesMax: number): Promise<Record<string, unknown>> {
  const bytes = await readBytes(request, bytesMax)
  if (bytes.length === 0) return {}
  // Forms of other pages can send any bytes, but not this type without asking first.
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get('content-type') ?? '')) {
    throw new AppError({
      kind: 'invalid_input',
      code: 'unsupported_media_type',
      message: 'Send JSON with "content-type: application/json".',
    })
  }
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw invalidInput('The body is not valid JSON.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidInput('The body is not a JSON object.')
  return value as Record<string, unknown>
}

/** For bodies that somebody else reads: the length must be said, and be small enough. */
export function requireLength(headers: Headers, bytesMax: number): void {
  const length = headers.get('content-length')
  if (length === null || !/^\d{1,12}$/.test(length) || Number(length) > bytesMax) throw tooLarge(bytesMax)
}

async function readBytes(request: Request, bytesMax: number): Promise<Uint8Array> {
  if (!request.body) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    length += chunk.length
    // Leaving the loop cancels the rest.
    if (length > bytesMax) throw tooLarge(bytesMax)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function tooLarge(bytesMax: number): AppError {
  return new AppError({
    kind: 'invalid_input',
    code: 'body_too_large',
    message: `The body is larger than ${bytesMax.toLocaleString('en')} bytes.`,
  })
}
