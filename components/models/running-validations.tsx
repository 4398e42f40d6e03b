'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { callApi } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Jack } from '#components/ui/jack.tsx'
import { RelativeTime } from '#components/ui/time.tsx'
import type { ValidationView } from '#lib/models/schema.ts'
import { cancelValidation } from './api.ts'
import { checksDone } from './words.ts'

/** Validations under way, whoever started them: closing a dialog ends none. Nothing while there are none. */
export function RunningValidations({ workspace }: { workspace: string }) {
  const queryClient = useQueryClient()
  const queryKey = ['validations', workspace, 'running']
  const running = useQuery({
    queryKey,
    queryFn: ({ signal }) =>
      callApi<{ items: ValidationView[] }>(`/api/workspaces/${encodeURIComponent(workspace)}/validations`, { signal }),
    refetchInterval: (query) => (query.state.data?.items.length ? 1_000 : 10_000),
  })
  if (!running.data?.items.length) return null
  return (
    <ul aria-label="Validations running" className="mb-3 divide-y rounded-xl border bg-surface-1">
      {running.data.items.map((validation) => (
        <li key={validation.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 text-sm">
          <Jack state="run" className="size-3.5" />
          <span className="font-medium">Validation running</span>
          <span className="min-w-0 truncate text-muted">{validation.subject.name || validation.subject.modelId}</span>
          <span className="text-faint text-xs">
            {checksDone(validation)} of {validation.checks.length} checks · {validation.startedBy} ·{' '}
            <RelativeTime at={validation.startedAt} />
          </span>
          <Button
            size="sm"
            variant="quiet"
            className="ml-auto"
            onClick={() =>
              void cancelValidation(workspace, validation.id).finally(() => queryClient.invalidateQueries({ queryKey }))
            }
          >
            Stop
          </Button>
        </li>
      ))}
    </ul>
  )
}
