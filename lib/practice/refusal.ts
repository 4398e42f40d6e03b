/** How a server says no. OpenAI's own shape is `openai`; the others are seen on servers that call themselves compatible. */
export type ErrorShape =
  | 'openai'
  | 'string'
  | 'coded-string'
  | 'flat'
  | 'object'
  | 'detail'
  | 'detail-list'
  | 'message'
  | 'typed-string'
  | 'fault'
  | 'wrapped-type'
  | 'array'
  | 'html'
  | 'text'
  | 'ok'
  | 'numbered'

/** A refusal in a server's own words; what is absent stays as it is. */
export interface Wording {
  status?: number
  message?: string
  type?: string
  code?: string | null
}

interface RefusalInit {
  type?: string
  code?: string | null
  param?: string | null
  headers?: Record<string, string>
  extra?: Record<string, unknown>
}

/** A refusal of the practice server. It plays a foreign server, so it answers in that server's words and not as `AppError`. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly type: string
  readonly code: string | null
  readonly param: string | null
  readonly headers: Record<string, string>
  /** Members of its own beside the message. */
  readonly extra: Record<string, unknown>

  constructor(status: number, message: string, init: RefusalInit = {}) {
    super(message)
    this.status = status
    this.type = init.type ?? (status >= 500 ? 'server_error' : 'invalid_request_error')
    this.code = init.code ?? null
    this.param = init.param ?? null
    this.headers = init.headers ?? {}
    this.extra = init.extra ?? {}
  }

  /** The same in a server's own words. */
  reworded(wording: Wording): Refusal {
    const { type, code, param, headers, extra } = this
    return new Refusal(wording.status ?? this.status, wording.message ?? this.message, {
      type: wording.type ?? type,
      code: wording.code === undefined ? code : wording.code,
      param,
      headers,
      extra,
    })
  }
}

/** 400 for a field that a person can fix. */
export function badField(param: string | null, message: string, code = 'invalid_value'): Refusal {
  return new Refusal(400, message, { param, code })
}

/** 400 for a parameter that this model does not take. */
export function unsupported(param: string, message: string, code = 'unsupported_parameter'): Refusal {
  return new Refusal(400, message, { param, code })
}

/** A refusal as status, content type and body in the shape that the address chose. */
export function toErrorReply(refusal: Refusal, shape: ErrorShape): { status: number; type: string; body: string } {
  const { status, message, type, param, code, extra } = refusal
  const json = (body: unknown, at = status) => ({ status: at, type: 'application/json', body: JSON.stringify(body) })
  switch (shape) {
    case 'openai':
      return json({ error: { message, type, param, code, ...extra } })
    case 'string':
      return json({ error: message })
    case 'coded-string':
      return json({ code: code ?? type, error: message })
    case 'flat':
      return json({ message, type, param, code })
    case 'object':
      return json({ object: 'error', message, type, param, code: status })
    case 'detail':
      return json({ detail: message })
    case 'detail-list':
      return json({ detail: [{ loc: ['body', ...(param ? [param] : [])], msg: message, type }] })
    case 'message':
      return json({ message, request_id: 'practice' })
    case 'typed-string':
      return json({ error: message, error_type: type })
    case 'fault':
      return json({ fault: { faultstring: message, detail: { errorcode: code ?? type } } })
    case 'wrapped-type':
      return json({ type: 'error', error: { type, message } })
    case 'array':
      return json([{ error: { code: status, message, status: type.toUpperCase() } }])
    case 'numbered':
      return json({ error: { code: status, message, type } })
    case 'html':
      return {
        status,
        type: 'text/html; charset=utf-8',
        body: `<!doctype html><title>Error ${status}</title><h1>${escapeHtml(message)}</h1>`,
      }
    case 'text':
      return { status, type: 'text/plain; charset=utf-8', body: message }
    case 'ok':
      return json({ error: { message, type, param, code } }, 200)
  }
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
