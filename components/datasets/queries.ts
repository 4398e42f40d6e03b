import { createLoader, type inferParserType, parseAsInteger, parseAsString, parseAsStringLiteral } from 'nuqs/server'
import { callApi, isWorthRetrying, readApi, withQuery } from '#components/ui/api.ts'
import type { Page } from '#lib/core/page.ts'
import type {
  CreateDatasetInput,
  DatasetImportView,
  DatasetRowInput,
  DatasetRowView,
  DatasetSnapshotView,
  DatasetView,
  FilePlan,
  FilePreviewView,
  PreviewFileInput,
  UpdateDatasetInput,
} from '#lib/experiments/schema.ts'

export const datasetsPath = (workspace: string) => `/api/workspaces/${encodeURIComponent(workspace)}/datasets`
const pathOf = (workspace: string, id: string) => `${datasetsPath(workspace)}/${encodeURIComponent(id)}`
export const datasetPage = (workspace: string, id: string) => `/${workspace}/datasets/${id}`

/** What the address of the list holds. */
export const datasetsParsers = {
  q: parseAsString,
  sort: parseAsStringLiteral(['name', '-name', 'updatedAt', '-updatedAt'] as const),
  after: parseAsString,
}
export type DatasetsState = inferParserType<typeof datasetsParsers>
export const loadDatasetsState = createLoader(datasetsParsers)

export function datasetsQuery(workspace: string, { q, sort, after }: DatasetsState) {
  const query = { ...(q && { search: q }), ...(sort && { sort }), ...(after && { cursor: after }) }
  return {
    query,
    queryKey: ['datasets', workspace, query],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      readApi<Page<DatasetView> & { total: number }>(withQuery(datasetsPath(workspace), query), signal),
    retry: isWorthRetrying,
  }
}

/** What the address of one dataset holds. `snapshot`: its number; without it the dataset as it stands. */
export const datasetParsers = {
  tab: parseAsStringLiteral(['rows', 'snapshots', 'imports'] as const).withDefault('rows'),
  q: parseAsString,
  order: parseAsStringLiteral(['asc', 'desc'] as const).withDefault('asc'),
  after: parseAsString,
  snapshot: parseAsInteger,
}
export type DatasetState = inferParserType<typeof datasetParsers>
export const loadDatasetState = createLoader(datasetParsers)

export const datasetQuery = (workspace: string, id: string) => ({
  queryKey: ['dataset', workspace, id],
  queryFn: ({ signal }: { signal: AbortSignal }) => readApi<DatasetView>(pathOf(workspace, id), signal),
  retry: isWorthRetrying,
})

export function rowsQuery(workspace: string, id: string, { q, order, after, snapshot }: Omit<DatasetState, 'tab'>) {
  const query = {
    ...(q && { search: q }),
    ...(order === 'desc' && { order }),
    ...(after && { cursor: after }),
    ...(snapshot !== null && { snapshot: String(snapshot) }),
  }
  return {
    query,
    queryKey: ['dataset-rows', workspace, id, query],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      readApi<Page<DatasetRowView> & { total?: number }>(withQuery(`${pathOf(workspace, id)}/rows`, query), signal),
    retry: isWorthRetrying,
  }
}

export const snapshotsQuery = (workspace: string, id: string, after: string | null) => ({
  queryKey: ['dataset-snapshots', workspace, id, after],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    readApi<Page<DatasetSnapshotView>>(
      withQuery(`${pathOf(workspace, id)}/snapshots`, { cursor: after ?? undefined }),
      signal,
    ),
  retry: isWorthRetrying,
})

export const importsQuery = (workspace: string, id: string, after: string | null) => ({
  queryKey: ['dataset-imports', workspace, id, after],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    readApi<Page<DatasetImportView>>(
      withQuery(`${pathOf(workspace, id)}/imports`, { cursor: after ?? undefined }),
      signal,
    ),
  retry: isWorthRetrying,
})

export const importQuery = (workspace: string, id: string, importId: string) => ({
  queryKey: ['dataset-import', workspace, id, importId],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    readApi<DatasetImportView>(`${pathOf(workspace, id)}/imports/${importId}`, signal),
  retry: isWorthRetrying,
})

export const addDataset = (workspace: string, body: CreateDatasetInput) =>
  callApi<DatasetView>(datasetsPath(workspace), { body })

export const editDataset = (workspace: string, { id, ...body }: UpdateDatasetInput) =>
  callApi<DatasetView>(pathOf(workspace, id), { method: 'PATCH', body })

export const removeDataset = (workspace: string, id: string) =>
  callApi<void>(pathOf(workspace, id), { method: 'DELETE' })

export const addRow = (workspace: string, id: string, row: DatasetRowInput) =>
  callApi<{ items: DatasetRowView[] }>(`${pathOf(workspace, id)}/rows`, { body: { rows: [row] } })

export const editRow = (workspace: string, id: string, rowId: string, body: DatasetRowInput & { version: number }) =>
  callApi<DatasetRowView>(`${pathOf(workspace, id)}/rows/${rowId}`, { method: 'PATCH', body })

export const removeRows = (
  workspace: string,
  id: string,
  body: { rowIds: readonly string[] } | { all: true; search?: string },
) => callApi<{ deleted: number; undo: string }>(`${pathOf(workspace, id)}/rows/delete`, { body })

export const restoreRows = (workspace: string, id: string, undo: string) =>
  callApi<{ restored: number }>(`${pathOf(workspace, id)}/rows/restore`, { body: { undo } })

export const addSnapshot = (workspace: string, id: string, label: string) =>
  callApi<DatasetSnapshotView>(`${pathOf(workspace, id)}/snapshots`, { body: { label } })

export const removeSnapshot = (workspace: string, id: string, number: number) =>
  callApi<void>(`${pathOf(workspace, id)}/snapshots/${number}`, { method: 'DELETE' })

export const restoreSnapshot = (workspace: string, id: string, number: number) =>
  callApi<DatasetView>(`${pathOf(workspace, id)}/snapshots/${number}/restore`, { method: 'POST' })

export const previewFile = (workspace: string, body: PreviewFileInput) =>
  callApi<FilePreviewView>(`${datasetsPath(workspace)}/preview`, { body })

export const startImport = (
  workspace: string,
  id: string,
  body: { fileName: string; plan: FilePlan; onError: 'skip' | 'stop' },
) => callApi<DatasetImportView>(`${pathOf(workspace, id)}/imports`, { body })

export const undoImport = (workspace: string, id: string, importId: string) =>
  callApi<{ deleted: number; undo: string }>(`${pathOf(workspace, id)}/imports/${importId}`, { method: 'DELETE' })

export const importContentPath = (workspace: string, id: string, importId: string) =>
  `${pathOf(workspace, id)}/imports/${importId}/content`

export const exportPath = (workspace: string, id: string, query: Record<string, string | undefined>) =>
  withQuery(`${pathOf(workspace, id)}/export`, query)
