/** What the management API answers when it refuses. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** 0: no answer came. */
  readonly status: number
  readonly code: string
  readonly requestId: string | undefined
  readonly fields: Record<string, string>

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
  }
}

/** Reads JSON from the management API by the session's cookie. Throws `ApiError`. */
export async function readApi<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  let response: Response
  try {
    response = await fetch(path, { headers: { accept: 'application/json' }, ...(signal && { signal }) })
  } catch (error) {
    if (signal?.aborted) throw error
    const message = 'Patchbay cannot be reached. Is it still running?'
    throw new ApiError(0, { error: { message, code: 'unreachable' } })
  }
  if (response.ok) return (await response.json()) as Answer
  let body: Record<string, unknown> = {}
  try {
    body = (await response.json()) as Record<string, unknown>
  } catch {
    // Not ours: a proxy's page. The general message stands.
  }
  throw new ApiError(response.status, body)
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
