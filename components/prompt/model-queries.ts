import { isWorthRetrying, readApi, withQuery } from '#components/ui/api.ts'
import type { ModelType, ModelView } from '#lib/models/schema.ts'

const apiOf = (workspace: string) => `/api/workspaces/${encodeURIComponent(workspace)}/models`

/** One model by its id or an address. */
export const promptModelQuery = (workspace: string, model: string) => ({
  queryKey: ['prompt-model', workspace, model],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    readApi<ModelView>(`${apiOf(workspace)}/${encodeURIComponent(model)}`, signal),
  retry: isWorthRetrying,
})

/** Active models of a Type, by name; what is typed narrows them at the server. */
export const offeredModelsQuery = (workspace: string, type: ModelType, search: string) => ({
  queryKey: ['offered-models', workspace, type, search],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    readApi<{ items: ModelView[]; total: number }>(
      withQuery(apiOf(workspace), { type, state: 'active', sort: 'name', limit: '50', search }),
      signal,
    ),
  retry: isWorthRetrying,
  // A model that was saved a moment ago is offered.
  staleTime: 2_000,
})
