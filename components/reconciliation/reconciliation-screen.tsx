'use client'
import { useMutation } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { ApiError, callApi } from '#components/ui/api.ts'
import { Notice } from '#components/ui/notice.tsx'
import { TableSkeleton } from '#components/ui/table-skeleton.tsx'
import type { BillField, ReconcileView } from '#lib/analytics/schema.ts'
import { type Bill, BillForm } from './bill-form.tsx'

// Fetched with the first comparison.
const BillReading = dynamic(() => import('./bill-reading.tsx').then((module) => module.BillReading), { ssr: false })
const Differences = dynamic(() => import('./differences.tsx').then((module) => module.Differences), {
  ssr: false,
  loading: () => <TableSkeleton label="By model" rows={5} columns={6} />,
})

/** What is asked of the same bill in another way. */
export interface Choices {
  columns?: Partial<Record<BillField, string>>
  timeZone?: string
  host?: string
}

/** Analytics, Reconciliation: a bill in, the differences out. Nothing of it is kept. */
export function ReconciliationScreen({ workspace, timeZone }: { workspace: string; timeZone: string }) {
  const [bill, setBill] = useState<Bill>()
  const [choices, setChoices] = useState<Choices>({})
  const compare = useMutation({
    mutationFn: (asked: { bill: Bill; choices: Choices }) =>
      callApi<ReconcileView>(`/api/workspaces/${encodeURIComponent(workspace)}/analytics/reconcile`, {
        body: { ...asked.bill.body, ...asked.choices },
      }),
  })
  const view = compare.data

  function ask(next: Bill, chosen: Choices) {
    setBill(next)
    setChoices(chosen)
    compare.mutate({ bill: next, choices: chosen })
  }

  const error = compare.error instanceof ApiError ? compare.error : compare.error ? new ApiError(0, {}) : null
  return (
    <div className="grid gap-4">
      <BillForm working={compare.isPending} error={error} onCompare={(next) => ask(next, {})} />
      {compare.isPending && !view && <TableSkeleton label="By model" rows={5} columns={6} />}
      {error && bill && (
        <Notice tone="bad" title="This could not be compared" live>
          {error.message}
        </Notice>
      )}
      {view && bill && !error && (
        <>
          <BillReading
            view={view}
            name={bill.name}
            ownZone={timeZone}
            working={compare.isPending}
            onChange={(changed) => ask(bill, { ...choices, ...changed })}
          />
          <Differences workspace={workspace} view={view} ownZone={timeZone} refreshing={compare.isPending} />
        </>
      )}
    </div>
  )
}
