'use client'
import { useQuery } from '@tanstack/react-query'
import { ArrowLeft, ArrowLeftRight } from 'lucide-react'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Select } from '#components/ui/select.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import type { DeploymentView, VersionView } from '#lib/deployments/schema.ts'
import { countChanges } from './change-text.ts'
import { DiffSections } from './diff-sections.tsx'
import { diffQuery } from './queries.ts'
import { counted } from './words.ts'

/** Two versions, or one and the draft, side by side. Which two stands in the address. */
export function DiffView({
  workspace,
  deployment,
  draftVersion,
  versions,
  before,
  after,
  onChoose,
  onClose,
}: {
  workspace: string
  deployment: DeploymentView
  /** Of the saved draft: another one is compared anew. */
  draftVersion: number
  versions: readonly VersionView[]
  before: string
  after: string
  onChoose: (before: string, after: string) => void
  onClose: () => void
}) {
  const query = diffQuery(workspace, deployment.id, before, after)
  const { data, error, refetch, isFetching } = useQuery({ ...query, queryKey: [...query.queryKey, draftVersion] })
  const names = ['draft', ...new Set([...versions.map(({ version }) => version), before, after])].filter(
    (name, at) => name !== 'draft' || at === 0,
  )
  const options = names.map((name) => ({
    value: name,
    label: wordOf(name),
    hint: versions.find(({ version }) => version === name)?.environments.join(', '),
  }))
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <Button variant="quiet" className="-ml-2" onClick={onClose}>
          <ArrowLeft aria-hidden="true" /> All versions
        </Button>
        <Select
          label="Left"
          value={before}
          onChange={(next) => onChoose(next, after)}
          options={options}
          className="w-28 sm:w-36"
        />
        <IconButton label="Swap the two" size="sm" onClick={() => onChoose(after, before)}>
          <ArrowLeftRight strokeWidth={1.75} />
        </IconButton>
        <Select
          label="Right"
          value={after}
          onChange={(next) => onChoose(before, next)}
          options={options}
          className="w-28 sm:w-36"
        />
        <span role="status" className="ml-auto text-muted text-sm">
          {data && (data.sections.length === 0 ? 'No difference' : counted(countChanges(data.sections), 'change'))}
        </span>
      </div>
      <Card className="overflow-hidden">
        {error && !data ? (
          <ErrorState
            title="They could not be compared"
            requestId={error instanceof ApiError ? error.requestId : undefined}
            onRetry={() => void refetch()}
            retrying={isFetching}
          >
            {error.message}
          </ErrorState>
        ) : !data ? (
          <div aria-busy="true" className="grid gap-3 p-4">
            <Skeleton className="h-4 w-24" />
            <Skeleton className="h-28 w-full rounded-lg" />
            <Skeleton className="h-16 w-full rounded-lg" />
          </div>
        ) : data.sections.length === 0 ? (
          <p className="px-4 py-8 text-center text-muted">
            {wordOf(before)} and {wordOf(after).toLowerCase()} are the same.
          </p>
        ) : (
          <DiffSections workspace={workspace} sections={data.sections} before={wordOf(before)} after={wordOf(after)} />
        )}
      </Card>
    </div>
  )
}

const wordOf = (name: string) => (name === 'draft' ? 'Draft' : name)
