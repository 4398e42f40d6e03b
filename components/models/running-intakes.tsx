'use client'
import { useQuery } from '@tanstack/react-query'
import { Button } from '#components/ui/button.tsx'
import { Jack } from '#components/ui/jack.tsx'
import { RelativeTime } from '#components/ui/time.tsx'
import { intakesQuery } from './intake-api.ts'
import { intakeSummary } from './intake-progress.tsx'

/** Models that are being added in one go, whoever started it. Nothing while there are none. */
export function RunningIntakes({ workspace, onOpen }: { workspace: string; onOpen: (id: string) => void }) {
  const { data } = useQuery({
    ...intakesQuery(workspace),
    refetchInterval: ({ state }) => (state.data?.items.some((each) => each.status === 'running') ? 1_500 : 15_000),
  })
  const running = data?.items.filter((intake) => intake.status === 'running') ?? []
  if (running.length === 0) return null
  return (
    <ul aria-label="Models being added" className="mb-3 divide-y rounded-xl border bg-surface-1">
      {running.map((intake) => (
        <li key={intake.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 text-sm">
          <Jack state="run" className="size-3.5" />
          <span className="font-medium">
            Adding {intake.rows.length === 1 ? '1 model' : `${intake.rows.length} models`}
          </span>
          <span className="text-faint text-xs">
            {intakeSummary(intake)} · {intake.startedBy} · <RelativeTime at={intake.startedAt} />
          </span>
          <Button size="sm" variant="quiet" className="ml-auto" onClick={() => onOpen(intake.id)}>
            Open
          </Button>
        </li>
      ))}
    </ul>
  )
}
