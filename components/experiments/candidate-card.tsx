'use client'
import { useQuery } from '@tanstack/react-query'
import { ChevronRight, Copy, CopyCheck, MoreHorizontal, Trash2 } from 'lucide-react'
import { useId, useState } from 'react'
import { promptModelQuery } from '#components/prompt/model-queries.ts'
import { Badge } from '#components/ui/badge.tsx'
import { cn } from '#components/ui/cn.ts'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Input } from '#components/ui/input.tsx'
import { Menu, MenuItem, MenuSeparator } from '#components/ui/menu.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import type { Candidate, DatasetView, ProblemView } from '#lib/experiments/schema.ts'
import type { ModelView } from '#lib/models/schema.ts'
import { candidateColour } from './candidates.ts'
import { DeploymentFields } from './deployment-fields.tsx'
import { ModelField } from './model-field.tsx'
import { PromptPart } from './prompt-part.tsx'
import { RecordedField } from './recorded-field.tsx'

export interface CandidateCardProps {
  workspace: string
  place: number
  candidate: Candidate
  dataset: DatasetView | undefined
  isBaseline: boolean
  startsOpen: boolean
  nameProblem: string | undefined
  problems: readonly ProblemView[]
  warnings: readonly ProblemView[]
  onChange: (candidate: Candidate) => void
  onBaseline: () => void
  onDuplicate?: () => void
  onCopyPrompt?: () => void
  onRemove: () => void
}

/** One candidate: who answers, and what it is asked. */
export function CandidateCard(props: CandidateCardProps) {
  const { workspace, place, candidate, isBaseline, problems, warnings, onChange } = props
  const id = useId()
  const [open, setOpen] = useState(props.startsOpen)
  const isModel = candidate.kind === 'model'
  const model = useQuery({ ...promptModelQuery(workspace, isModel ? candidate.model : ''), enabled: isModel })
  return (
    <li className="min-w-0 rounded-xl border bg-surface-1">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-2 px-3 py-2.5">
        <span
          aria-hidden="true"
          className="size-2.5 shrink-0 rounded-full"
          style={{ background: candidateColour(place) }}
        />
        <span className="min-w-0 flex-1 basis-40">
          <Input
            aria-label={`Name of candidate ${place + 1}`}
            aria-invalid={props.nameProblem ? true : undefined}
            aria-describedby={props.nameProblem ? `${id}-name` : undefined}
            value={candidate.name}
            maxLength={60}
            autoComplete="off"
            onChange={({ target }) => onChange({ ...candidate, name: target.value })}
            className="border-transparent bg-transparent font-medium hover:border-line-field"
          />
        </span>
        <label className="flex min-h-6 items-center gap-1.5 text-muted text-sm">
          <input
            type="radio"
            name="baseline"
            checked={isBaseline}
            onChange={props.onBaseline}
            className="size-4 accent-(--accent)"
          />
          Baseline
        </label>
        <Menu
          label={`Actions for ${candidate.name}`}
          trigger={
            <IconButton label={`More for ${candidate.name}`} size="sm">
              <MoreHorizontal />
            </IconButton>
          }
        >
          {props.onDuplicate && (
            <MenuItem icon={<Copy />} onSelect={props.onDuplicate}>
              Duplicate
            </MenuItem>
          )}
          {props.onCopyPrompt && (
            <MenuItem icon={<CopyCheck />} onSelect={props.onCopyPrompt}>
              Ask all models the same
            </MenuItem>
          )}
          <MenuSeparator />
          <MenuItem danger icon={<Trash2 />} onSelect={props.onRemove}>
            Remove
          </MenuItem>
        </Menu>
      </div>
      {props.nameProblem && (
        <p id={`${id}-name`} className="px-4 pb-2 text-bad text-xs">
          {props.nameProblem}
        </p>
      )}
      <Problems problems={problems} warnings={warnings} />
      {isModel ? (
        <>
          <div className="flex flex-wrap items-center gap-2 px-4 pb-3">
            <div className="min-w-0 flex-1 basis-56">
              <ModelField
                workspace={workspace}
                type={model.data?.type ?? 'chat'}
                value={candidate.model}
                onChange={({ id: modelId }) => onChange({ ...candidate, model: modelId })}
                label={`Model of ${candidate.name}`}
              />
            </div>
            {model.data?.practice && <Badge>practice</Badge>}
            <button
              type="button"
              aria-expanded={open}
              aria-controls={open ? id : undefined}
              onClick={() => setOpen(!open)}
              className="flex min-h-8 items-center gap-1 rounded-md px-1.5 font-medium text-muted text-sm hover:text-ink"
            >
              <ChevronRight
                aria-hidden="true"
                className={cn('size-4 text-faint transition-transform', open && 'rotate-90')}
              />
              Prompt
            </button>
          </div>
          {open && (
            <div id={id}>
              {model.data || model.isError ? (
                <PromptPart
                  type={model.data?.type ?? 'chat'}
                  model={model.data as (ModelView & { type: ModelView['type'] }) | undefined}
                  prompt={candidate.prompt}
                  onChange={(prompt) => onChange({ ...candidate, prompt })}
                />
              ) : (
                <div className="px-4 pb-4">
                  <Skeleton className="h-24 w-full" />
                </div>
              )}
            </div>
          )}
        </>
      ) : (
        <div className="px-4 pb-3.5">
          {candidate.kind === 'deployment' ? (
            <DeploymentFields
              workspace={workspace}
              value={candidate}
              onChange={(change) => onChange({ ...candidate, ...change })}
            />
          ) : (
            <RecordedField
              dataset={props.dataset}
              value={candidate.column}
              onChange={(column) => onChange({ ...candidate, column })}
            />
          )}
        </div>
      )}
    </li>
  )
}

function Problems({ problems, warnings }: Pick<CandidateCardProps, 'problems' | 'warnings'>) {
  if (problems.length + warnings.length === 0) return null
  return (
    <ul className="grid gap-0.5 px-4 pb-2.5 text-sm">
      {problems.map(({ path, message }) => (
        <li key={`${path} ${message}`} className="text-bad">
          {message}
        </li>
      ))}
      {warnings.map(({ path, message }) => (
        <li key={`${path} ${message}`} className="text-warn">
          {message}
        </li>
      ))}
    </ul>
  )
}
