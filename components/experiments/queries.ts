import { createLoader, type inferParserType, parseAsArrayOf, parseAsString, parseAsStringLiteral } from 'nuqs/server'
import { callApi, isWorthRetrying, readApi, withQuery } from '#components/ui/api.ts'
import type { Page } from '#lib/core/page.ts'
import type {
  CreateEvaluatorInput,
  EvaluatorVersionView,
  EvaluatorView,
  JudgementView,
  TryEvaluatorInput,
  UpdateEvaluatorInput,
} from '#lib/experiments/schema.ts'
import { evaluatorKinds } from './evaluator-words.ts'

const evaluatorsPath = (workspace: string) => `/api/workspaces/${encodeURIComponent(workspace)}/evaluators`
const evaluatorPath = (workspace: string, id: string) => `${evaluatorsPath(workspace)}/${encodeURIComponent(id)}`

/** What the address of the list of evaluators holds. `open`: an id, or `new`. */
export const evaluatorsParsers = {
  q: parseAsString,
  kind: parseAsArrayOf(parseAsStringLiteral(evaluatorKinds)),
  after: parseAsString,
  open: parseAsString,
}
export type EvaluatorsState = inferParserType<typeof evaluatorsParsers>
export const loadEvaluatorsState = createLoader(evaluatorsParsers)

export function evaluatorsQuery(workspace: string, { q, kind, after }: Omit<EvaluatorsState, 'open'>) {
  const query = { ...(q && { search: q }), ...(after && { cursor: after }) }
  const kinds = (kind ?? []).map((each) => `kind=${each}`).join('&')
  const path = withQuery(evaluatorsPath(workspace), query)
  return {
    query: { ...query, ...(kind?.length && { kind }) },
    queryKey: ['evaluators', workspace, query, kinds],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      readApi<Page<EvaluatorView> & { total: number }>(
        kinds === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${kinds}`,
        signal,
      ),
    retry: isWorthRetrying,
  }
}

export const evaluatorQuery = (workspace: string, id: string) => ({
  queryKey: ['evaluator', workspace, id],
  queryFn: ({ signal }: { signal: AbortSignal }) => readApi<EvaluatorView>(evaluatorPath(workspace, id), signal),
  retry: isWorthRetrying,
})

/** Evaluators to choose from: as many as one list shows. */
export const evaluatorChoicesQuery = (workspace: string) => ({
  queryKey: ['evaluators', workspace, 'to-choose'],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    readApi<Page<EvaluatorView>>(withQuery(evaluatorsPath(workspace), { limit: '200' }), signal),
  retry: isWorthRetrying,
})

export const evaluatorVersionsQuery = (workspace: string, id: string, after: string | null) => ({
  queryKey: ['evaluator-versions', workspace, id, after],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    readApi<Page<EvaluatorVersionView>>(
      withQuery(`${evaluatorPath(workspace, id)}/versions`, { cursor: after ?? undefined, limit: '20' }),
      signal,
    ),
  retry: isWorthRetrying,
})

export const addEvaluator = (workspace: string, body: CreateEvaluatorInput) =>
  callApi<EvaluatorView>(evaluatorsPath(workspace), { body })

export const editEvaluator = (workspace: string, { id, ...body }: UpdateEvaluatorInput) =>
  callApi<EvaluatorView>(evaluatorPath(workspace, id), { method: 'PATCH', body })

export const removeEvaluator = (workspace: string, id: string) =>
  callApi<void>(evaluatorPath(workspace, id), { method: 'DELETE' })

export const tryEvaluator = (workspace: string, body: TryEvaluatorInput, signal: AbortSignal) =>
  callApi<JudgementView>(`${evaluatorsPath(workspace)}/try`, { body, signal })
