/** What the management API answers when it refuses. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** 0: no answer came. */
  readonly status: number
  readonly code: string
  readonly requestId: string | undefined
  readonly fields: Record<string, string>
  /** All of the answer, with the data that stands beside the error. */
  readonly body: Record<string, unknown>

  constructor(status: number, body: Record<string, unknown>) {
    const error = (body.error ?? {}) as {
      message?: string
      code?: string
      request_id?: string
      fields?: Record<string, string>
    }
    super(error.message ?? 'Patchbay did not answer as it should. Try again.')
    this.status = status
    this.code = error.code ?? ''
    this.requestId = error.request_id
    this.fields = error.fields ?? {}
    this.body = body
  }
}

interface ApiRequest {
  /** GET without a body, else POST. */
  method?: string
  /** Sent as JSON. */
  body?: unknown
  /** Sent as it is, in place of a body. */
  file?: Blob
  signal?: AbortSignal
}

/** Reads JSON from the management API by the session's cookie. Throws `ApiError`. */
export const readApi = <Answer>(path: string, signal?: AbortSignal) => callApi<Answer>(path, signal ? { signal } : {})

/** Calls the management API by the session's cookie; an answer without a body is undefined. Throws `ApiError`. */
export async function callApi<Answer>(path: string, request: ApiRequest = {}): Promise<Answer> {
  const response = await sendApi(path, { ...request, accept: 'application/json' })
  return (response.status === 204 ? undefined : await response.json()) as Answer
}

/** The answer itself, for what is read piece by piece. Throws `ApiError` where it is no 2xx. */
export async function sendApi(
  path: string,
  { method, body, file, signal, accept }: ApiRequest & { accept: string },
): Promise<Response> {
  let response: Response
  try {
    response = await fetch(path, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: { accept, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(file && { body: file }),
      ...(signal && { signal }),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    const message = 'Patchbay cannot be reached. Is it still running?'
    throw new ApiError(0, { error: { message, code: 'unreachable' } })
  }
  if (response.ok) return response
  let refusal: Record<string, unknown> = {}
  try {
    refusal = (await response.json()) as Record<string, unknown>
  } catch {
    // Not ours: a proxy's page. The general message stands.
  }
  throw new ApiError(response.status, refusal)
}

/** The `data` of each server-sent event. */
export async function* readEvents(response: Response): AsyncGenerator<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (!reader) return
  let held = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      held += value.replaceAll('\r', '')
      for (let end = held.indexOf('\n\n'); end >= 0; end = held.indexOf('\n\n')) {
        const data = held
          .slice(0, end)
          .split('\n')
          .filter((line) => line.startsWith('data:'))
          .map((line) => line.slice(5).replace(/^ /, ''))
          .join('\n')
        held = held.slice(end + 2)
        if (data) yield data
      }
    }
  } finally {
    void reader.cancel().catch(() => undefined)
  }
}

/** For `retry` of a query: once, and only where the same question may get another answer. */
export function isWorthRetrying(failures: number, error: Error): boolean {
  return failures < 1 && !(error instanceof ApiError && error.status > 0 && error.status < 500)
}

/** An address with its query; empty values are left out. */
export function withQuery(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const pairs = Object.entries(query).filter((pair): pair is [string, string] => Boolean(pair[1]))
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs)}`
}
