'use client'
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { ModelPicker } from '#components/prompt/model-picker.tsx'
import { promptModelQuery } from '#components/prompt/model-queries.ts'
import { ApiError } from '#components/ui/api.ts'
import { Badge } from '#components/ui/badge.tsx'
import type { ModelType, ModelView } from '#lib/models/schema.ts'
import { FindingList } from './finding-list.tsx'
import { findingsOf, type Marks, placeOfTarget, problemsAt } from './marks.ts'

/** One model of a variant at its place in the order, with what stands against it. */
export function TargetRow({
  workspace,
  type,
  id,
  taken,
  marks,
  at,
  target,
  hasOwnParameters = false,
  onChoose,
  actions,
}: {
  workspace: string
  type: ModelType
  /** Of the model; empty where none is chosen. */
  id: string
  /** Ids that stand in the variant. */
  taken: readonly string[]
  marks: Marks
  at: number
  /** 0 is the variant's own, from 1 on its fallbacks. */
  target: number
  hasOwnParameters?: boolean
  onChoose: (model: ModelView) => void
  actions?: ReactNode
}) {
  const { data: model, error } = useQuery({ ...promptModelQuery(workspace, id), enabled: id !== '' })
  const place = placeOfTarget(at, target)
  const problems = problemsAt(marks, place)
  const gone = error instanceof ApiError && error.status === 404
  return (
    <li data-place={place} className="grid min-w-0 gap-1.5 py-1.5">
      <div className="flex min-w-0 flex-wrap items-center gap-x-1">
        <span className="figures w-5 shrink-0 text-faint text-xs">{target + 1}</span>
        <ModelPicker
          workspace={workspace}
          type={type}
          value={model ?? (id === '' ? undefined : { name: gone ? 'A deleted model' : id, slug: id })}
          taken={model ? taken.filter((each) => each === model.id).map(() => model.slug) : []}
          onChoose={onChoose}
          label={target === 0 ? 'Model' : `Fallback ${target}`}
          className="max-w-full font-medium"
        />
        {model && (
          <Link
            href={`/${workspace}/router/models/${encodeURIComponent(model.slug)}`}
            prefetch={false}
            title="Open the model"
            className="figures inline-flex min-h-6 min-w-0 items-center truncate rounded-sm text-faint text-xs hover:text-ink max-sm:hidden"
          >
            <span className="truncate">{model.slug}</span>
          </Link>
        )}
        {hasOwnParameters && <Badge>own parameters</Badge>}
        <span className="ml-auto flex">{actions}</span>
      </div>
      {problems.map((problem) => (
        <p key={problem} className="pl-6 text-bad text-xs">
          {problem}
        </p>
      ))}
      <FindingList findings={findingsOf(marks, at, target)} className="ml-6" />
    </li>
  )
}
