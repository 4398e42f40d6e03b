import type { IncomingMessage, ServerResponse } from 'node:http'
import { type ErrorShape, Refusal, toErrorReply } from './refusal.ts'

const bodyBytesMax = 25 * 1024 * 1024

/** The body of a call, at most 25 MB. Throws `Refusal`; what is left of a larger body is read and dropped, so that the answer arrives. */
export function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let length = 0
    request.on('data', (part: Buffer) => {
      length += part.length
      if (length <= bodyBytesMax) parts.push(part)
      else if (parts.length > 0) {
        parts.length = 0
        reject(
          new Refusal(413, `The body is larger than ${bodyBytesMax} bytes.`, {
            code: 'request_too_large',
            headers: { connection: 'close' },
          }),
        )
      }
    })
    request.on('end', () => resolve(parts.length === 1 ? parts[0]! : Buffer.concat(parts)))
    request.on('error', reject)
    request.on('close', () => reject(new Refusal(400, 'The client left.')))
  })
}

export function parseObject(bytes: Buffer): object {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new Refusal(400, 'We could not parse the JSON body of your request.')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Refusal(400, 'The JSON body of a request must be an object.')
  return value
}

export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  sendText(response, JSON.stringify(body), 'application/json', status)
}

export function sendText(
  response: ServerResponse,
  text: string | Buffer,
  type: string,
  status = 200,
  headers: Record<string, string> = {},
): void {
  if (response.destroyed) return
  response.writeHead(status, { ...headers, 'content-type': type, 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

export function sendRefusal(response: ServerResponse, refusal: Refusal, shape: ErrorShape = 'openai'): void {
  // A stream that has begun cannot be refused any more, only broken off.
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { status, type, body } = toErrorReply(refusal, shape)
  sendText(response, body, type, status, refusal.headers)
}

/** Any error as a refusal: what is not one is this server's own fault, and says no more than that. */
export function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  // JSON nested so deeply that the stack ends.
  if (error instanceof RangeError) return new Refusal(400, 'The request is nested too deeply.')
  return new Refusal(500, 'The practice server had an error while processing your request.')
}
