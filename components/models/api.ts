import { callApi, readEvents, sendApi } from '#components/ui/api.ts'
import type { ModelStats } from '#lib/analytics/schema.ts'
import type {
  BulkResult,
  CheckProblem,
  KeyRetry,
  ModelHealth,
  ModelView,
  OfferedModel,
  RawModelInput,
  ValidationEvent,
  ValidationView,
} from '#lib/models/schema.ts'

const modelsOf = (workspace: string) => `/api/workspaces/${encodeURIComponent(workspace)}/models`

/** A draft, a stored model with what an open form changed, or one that runs already. */
export type ValidationRequest =
  | { draft: RawModelInput }
  | { modelId: string; patch: Partial<RawModelInput> }
  | { validationId: string }

/** Starts a validation, or follows one that runs, and reads its events. */
export async function* followValidation(
  workspace: string,
  what: ValidationRequest,
  signal: AbortSignal,
): AsyncGenerator<ValidationEvent> {
  const response =
    'validationId' in what
      ? await sendApi(`/api/workspaces/${encodeURIComponent(workspace)}/validations/${what.validationId}/events`, {
          signal,
          accept: 'text/event-stream',
        })
      : 'modelId' in what
        ? await sendApi(`${modelsOf(workspace)}/${what.modelId}/validate`, {
            body: what.patch,
            signal,
            accept: 'text/event-stream',
          })
        : await sendApi(`${modelsOf(workspace)}/validate`, { body: what.draft, signal, accept: 'text/event-stream' })
  for await (const data of readEvents(response)) yield JSON.parse(data) as ValidationEvent
}

export const cancelValidation = (workspace: string, id: string) =>
  callApi<void>(`/api/workspaces/${encodeURIComponent(workspace)}/validations/${id}`, { method: 'DELETE' })

export const findValidation = (workspace: string, id: string, signal?: AbortSignal) =>
  callApi<ValidationView>(
    `/api/workspaces/${encodeURIComponent(workspace)}/validations/${id}`,
    signal ? { signal } : {},
  )

export const listOffered = (workspace: string, connection: Record<string, unknown>, signal: AbortSignal) =>
  callApi<{ models: OfferedModel[]; baseUrl: string; problem: CheckProblem | null }>(`${modelsOf(workspace)}/offered`, {
    body: connection,
    signal,
  })

export const saveModel = (workspace: string, body: RawModelInput & { validationId?: string }) =>
  callApi<ModelView>(modelsOf(workspace), { body })

export const editModel = (workspace: string, id: string, body: Record<string, unknown>) =>
  callApi<ModelView>(`${modelsOf(workspace)}/${id}`, { method: 'PATCH', body })

/** The operator's permission for a private address; takes effect at once. */
export const allowEndpoint = (workspace: string, entry: string) =>
  callApi<unknown>(`/api/workspaces/${encodeURIComponent(workspace)}/network`, { body: { entry } })

/** What traffic tells of some models, the list's and a model's page's alike. */
export const healthsQuery = (workspace: string, ids: readonly string[]) => ({
  queryKey: ['model-health', workspace, ids.join(',')],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    callApi<{ items: ModelHealth[] }>(
      `${modelsOf(workspace)}/health?${new URLSearchParams(ids.map((id) => ['modelIds', id]))}`,
      { signal },
    ),
})

export type BulkAction = 'validate' | 'enable' | 'disable' | 'delete'

/** One action on many models; each tells how it went. */
export const changeMany = (workspace: string, ids: readonly string[], action: BulkAction) =>
  callApi<{ items: BulkResult[] }>(`${modelsOf(workspace)}/bulk`, {
    body: { ids, action, ...(action === 'delete' && { confirm: 'delete' }) },
  })

/** Tries a refused key again, by a real call. */
export const retryKey = (workspace: string, id: string) =>
  callApi<KeyRetry>(`${modelsOf(workspace)}/${id}/retry-key`, { method: 'POST' })

/** The last 24 hours of some models. One shape under one name: the list and a model's page share it. */
export const statsQuery = (workspace: string, ids: readonly string[]) => ({
  queryKey: ['model-stats', workspace, ids.join(',')],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    callApi<{ items: ModelStats[] }>(
      `/api/workspaces/${encodeURIComponent(workspace)}/analytics/models?${new URLSearchParams(ids.map((id) => ['modelIds', id]))}`,
      { signal },
    ),
})
