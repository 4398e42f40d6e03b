'use client'
import { useQueries, useQueryClient } from '@tanstack/react-query'
import { promptModelQuery } from '#components/prompt/model-queries.ts'
import { ApiError } from '#components/ui/api.ts'
import type { ModelView } from '#lib/models/schema.ts'
import { canReply, type Turn } from './conversation.ts'
import { type Column, newColumn, type Setup } from './setup.ts'
import type { Runs } from './use-runs.ts'

/** The columns with their models, and what can be done with them. `known`: models that the page brought along. */
export function useColumns(
  workspace: string,
  setup: Setup,
  change: (part: Partial<Setup>) => void,
  runs: Runs,
  known: readonly (ModelView | undefined)[],
) {
  const { columns } = setup
  const queryClient = useQueryClient()
  const found = useQueries({
    queries: columns.map(({ model }) => ({
      ...promptModelQuery(workspace, model),
      initialData: known.find((each) => each?.slug === model),
    })),
  })
  /** A model that was chosen is known already. */
  const know = (model: ModelView) => queryClient.setQueryData(promptModelQuery(workspace, model.slug).queryKey, model)

  function set(key: string, part: Partial<Column>) {
    change({ columns: columns.map((each) => (each.key === key ? { ...each, ...part } : each)) })
  }

  /** Asks once the model is known; the column says where it cannot be. */
  async function ask(column: Column, turns: readonly Turn[]) {
    const query = promptModelQuery(workspace, column.model)
    const model =
      queryClient.getQueryData<ModelView>(query.queryKey) ??
      (await queryClient.fetchQuery(query).catch(() => undefined))
    if (model) runs.ask(column, model, setup, turns)
  }

  /** Asks again, after what was said and this. */
  function goOn(column: Column, more: readonly Turn[]) {
    void ask(column, [...runs.turnsOf(column.key), ...more])
  }

  return {
    /** Each column with its model as far as it is known. */
    all: columns.map((column, index) => ({
      column,
      model: found[index]?.data,
      missing: missingWords(found[index]?.error),
    })),
    models: found.flatMap(({ data }) => (data ? [data] : [])),
    set,
    ask,
    goOn,
    add(model: ModelView): Column {
      know(model)
      const column = newColumn(model.slug)
      change({ columns: [...columns, column] })
      return column
    },
    choose(key: string, model: ModelView) {
      know(model)
      runs.forget(key)
      set(key, { model: model.slug })
    },
    remove(key: string) {
      runs.forget(key)
      change({ columns: columns.filter((each) => each.key !== key) })
    },
    reply(text: string) {
      for (const column of columns) if (canReply(runs.turnsOf(column.key))) goOn(column, [{ kind: 'reply', text }])
    },
    runAll() {
      for (const column of columns) void ask(column, [])
    },
  }
}

function missingWords(error: Error | null | undefined): string | undefined {
  if (!error) return undefined
  return error instanceof ApiError && error.status === 404
    ? 'There is no such model any more. Choose another one.'
    : `The model could not be loaded: ${error.message}`
}
