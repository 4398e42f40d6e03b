'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Pencil, Plus, X } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { Combobox } from '#components/ui/combobox.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import type { EvaluatorView, ProblemView } from '#lib/experiments/schema.ts'
import { describeConfig, kindWords } from './evaluator-words.ts'
import { evaluatorChoicesQuery, evaluatorQuery } from './queries.ts'

const EvaluatorDialog = dynamic(() => import('./evaluator-dialog.tsx').then((module) => module.EvaluatorDialog), {
  ssr: false,
})

/** The evaluators that judge every answer, each at its newest version. */
export function EvaluatorChoice({
  workspace,
  chosen,
  problems,
  warnings,
  onChange,
}: {
  workspace: string
  chosen: readonly string[]
  problems: readonly ProblemView[]
  warnings: readonly ProblemView[]
  onChange: (ids: string[]) => void
}) {
  const client = useQueryClient()
  const choices = useQuery(evaluatorChoicesQuery(workspace))
  const [editing, setEditing] = useState<EvaluatorView | 'new'>()
  const known = new Map((choices.data?.items ?? []).map((each) => [each.id, each]))
  const offered = [...known.values()].filter(({ id }) => !chosen.includes(id))
  return (
    <>
      {chosen.length > 0 && (
        <ul className="divide-y rounded-xl border bg-surface-1" aria-label="Evaluators of this experiment">
          {chosen.map((id, at) => {
            const evaluator = known.get(id)
            const path = `evaluators.${at}`
            const remarks = [
              ...problems.filter((each) => each.path === path).map((each) => ({ ...each, bad: true })),
              ...warnings.filter((each) => each.path === path).map((each) => ({ ...each, bad: false })),
            ]
            return (
              <li key={id} className="flex items-center gap-2 px-3.5 py-2">
                <div className="min-w-0 flex-1">
                  {evaluator ? (
                    <>
                      <p className="truncate font-medium text-sm">{evaluator.name}</p>
                      <p className="truncate text-faint text-xs">
                        {kindWords[evaluator.config.kind].label}: {describeConfig(evaluator.config)}
                      </p>
                    </>
                  ) : choices.isPending ? (
                    <Skeleton className="h-4 w-40" />
                  ) : (
                    <Named workspace={workspace} id={id} />
                  )}
                  {remarks.map(({ message, bad }) => (
                    <p key={message} className={bad ? 'text-bad text-xs' : 'text-warn text-xs'}>
                      {message}
                    </p>
                  ))}
                </div>
                {evaluator && (
                  <IconButton label={`Edit ${evaluator.name}`} size="sm" onClick={() => setEditing(evaluator)}>
                    <Pencil />
                  </IconButton>
                )}
                <IconButton
                  label={`Take ${evaluator?.name ?? 'this evaluator'} out`}
                  size="sm"
                  onClick={() => onChange(chosen.filter((each) => each !== id))}
                >
                  <X />
                </IconButton>
              </li>
            )
          })}
        </ul>
      )}
      <div className="flex flex-wrap items-center gap-2">
        {offered.length > 0 && chosen.length < 20 && (
          <Combobox
            key={chosen.length}
            label="Add an evaluator"
            placeholder="Add an evaluator"
            value=""
            freeText={false}
            loading={choices.isFetching && !choices.data}
            onChange={(id) => known.has(id) && onChange([...chosen, id])}
            suggestions={offered.map(({ id, name, config }) => ({
              value: id,
              label: name,
              hint: kindWords[config.kind].label,
            }))}
            emptyText="No evaluator has this name."
            className="w-full sm:w-72"
          />
        )}
        <Button onClick={() => setEditing('new')}>
          <Plus aria-hidden="true" /> New evaluator
        </Button>
      </div>
      {editing && (
        <EvaluatorDialog
          workspace={workspace}
          evaluator={editing === 'new' ? undefined : editing}
          canWrite
          onClose={() => setEditing(undefined)}
          onSaved={(saved) => {
            client.setQueryData(evaluatorQuery(workspace, saved.id).queryKey, saved)
            void client.invalidateQueries({ queryKey: ['evaluators', workspace] })
            void client.invalidateQueries({ queryKey: ['experiment-check', workspace] })
            if (!chosen.includes(saved.id)) onChange([...chosen, saved.id])
            setEditing(undefined)
          }}
        />
      )}
    </>
  )
}

/** One that the list of choices does not hold. */
function Named({ workspace, id }: { workspace: string; id: string }) {
  const { data, isError } = useQuery(evaluatorQuery(workspace, id))
  return <p className="truncate text-sm">{data?.name ?? (isError ? 'An evaluator that is gone' : 'Looking')}</p>
}
