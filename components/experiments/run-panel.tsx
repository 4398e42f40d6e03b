'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Play } from 'lucide-react'
import { useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { NumberInput, PriceInput } from '#components/form/number-input.tsx'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { Money } from '#components/ui/figures.tsx'
import { formatNumber } from '#components/ui/format.ts'
import { Notice } from '#components/ui/notice.tsx'
import { Select } from '#components/ui/select.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import type { ExperimentView, RunEstimate, RunView } from '#lib/experiments/schema.ts'
import { runQuery, snapshotChoicesQuery, startRun } from './experiment-queries.ts'
import type { RunForm } from './use-run-form.ts'
import type { Saving } from './use-setup.ts'

const asItStands = '='

/** What the next run would do and cost, and its start. */
export function RunPanel({
  workspace,
  experiment,
  form,
  saving,
  beforeStart,
  onStarted,
}: {
  workspace: string
  experiment: ExperimentView
  form: RunForm
  saving: Saving['kind']
  beforeStart: () => Promise<void>
  onStarted: (run: RunView) => void
}) {
  const client = useQueryClient()
  const [failure, setFailure] = useState<ApiError>()
  const [busy, setBusy] = useState(false)
  const snapshots = useQuery(snapshotChoicesQuery(workspace, experiment.datasetId))
  const { check } = form
  const found = check.data
  const isReady = saving === 'saved' && found !== undefined && !check.isPlaceholderData
  const problems = found?.problems ?? []

  async function start() {
    setBusy(true)
    setFailure(undefined)
    try {
      await beforeStart()
      const run = await startRun(workspace, experiment.id, form.body)
      client.setQueryData(runQuery(workspace, run.id).queryKey, run)
      void client.invalidateQueries({ queryKey: ['runs', workspace, experiment.id] })
      void client.invalidateQueries({ queryKey: ['experiment', workspace, experiment.id] })
      void client.invalidateQueries({ queryKey: ['experiments', workspace] })
      onStarted(run)
    } catch (error) {
      setFailure(error instanceof ApiError ? error : new ApiError(0, {}))
      void check.refetch()
    } finally {
      setBusy(false)
    }
  }

  return (
    <Card className="lg:sticky lg:top-16">
      <form
        aria-label="The next run"
        noValidate
        className="grid gap-4 p-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (!busy && isReady && problems.length === 0) void start()
        }}
      >
        <div className="flex items-baseline justify-between gap-2">
          <h2 className="font-semibold">Next run</h2>
          <span role="status" className="text-faint text-xs">
            {saving === 'saved' ? 'All saved' : saving === 'refused' || saving === 'stale' ? 'Not saved' : 'Saving'}
          </span>
        </div>
        <Field label="Rows" error={form.rowsProblem}>
          <NumberInput
            value={form.rowsText}
            maxLength={9}
            placeholder={found?.estimate ? `all ${formatNumber(found.estimate.rows)}` : 'all'}
            onChange={({ target }) => form.setRowsText(target.value)}
          />
        </Field>
        {(snapshots.data?.items.length ?? 0) > 0 && (
          <Field label="As they are">
            <Select
              value={form.snapshot === null ? asItStands : String(form.snapshot)}
              onChange={(next) => form.setSnapshot(next === asItStands ? null : Number(next))}
              options={[
                { value: asItStands, label: 'now' },
                ...snapshots.data!.items.map(({ number, label, rowCount }) => ({
                  value: String(number),
                  label: `in snapshot ${number}${label ? `, ${label}` : ''}`,
                  hint: formatNumber(rowCount),
                })),
              ]}
            />
          </Field>
        )}
        <div className="grid grid-cols-2 gap-3">
          <Field label="Costs at most" error={failure?.fields.capUsd}>
            <PriceInput
              value={form.cap}
              maxLength={32}
              placeholder="no cap"
              onChange={({ target }) => form.setCap(target.value)}
            />
          </Field>
          <Field label="Calls at once" error={form.concurrencyProblem}>
            <NumberInput
              value={form.concurrency}
              maxLength={3}
              onChange={({ target }) => form.setConcurrency(target.value)}
            />
          </Field>
        </div>
        <div aria-live="polite" aria-busy={!isReady} className="border-t pt-3">
          {check.error && !found ? (
            <p className="text-bad text-sm">The estimate could not be made: {check.error.message}</p>
          ) : !found ? (
            <div className="grid gap-2">
              <Skeleton className="h-4 w-full" />
              <Skeleton className="h-4 w-2/3" />
            </div>
          ) : problems.length > 0 ? (
            <Problems problems={problems.map(({ message }) => message)} />
          ) : (
            found.estimate && <Estimate estimate={found.estimate} dim={!isReady} />
          )}
        </div>
        {failure && (
          <Notice tone="bad" title="The run was not started">
            {failure.message}
          </Notice>
        )}
        <Button
          variant="main"
          type="submit"
          loading={busy}
          disabled={!isReady || problems.length > 0 || Boolean(form.rowsProblem ?? form.concurrencyProblem)}
        >
          <Play aria-hidden="true" /> Run
        </Button>
      </form>
    </Card>
  )
}

function Problems({ problems }: { problems: readonly string[] }) {
  return (
    <>
      <p className="font-medium text-sm">Before it can run</p>
      <ul className="mt-1 grid gap-0.5 text-muted text-sm">
        {[...new Set(problems)].slice(0, 6).map((message) => (
          <li key={message} className="wrap-anywhere">
            {message}
          </li>
        ))}
      </ul>
    </>
  )
}

/** Rows x tokens x price, part by part. */
function Estimate({ estimate, dim }: { estimate: RunEstimate; dim: boolean }) {
  const { rows, cells, parts, cost, unpriced } = estimate
  return (
    <div className={dim ? 'opacity-60' : undefined}>
      <p className="flex items-baseline justify-between gap-2">
        <span className="text-muted text-sm">
          About, for {formatNumber(rows)} {rows === 1 ? 'row' : 'rows'}
        </span>
        <Money amount={cost} className="font-medium text-lg" />
      </p>
      <table className="mt-2 w-full text-sm">
        <caption className="sr-only">What each part is estimated to cost</caption>
        <thead className="sr-only">
          <tr>
            <th scope="col">Part</th>
            <th scope="col">Calls</th>
            <th scope="col">Cost</th>
          </tr>
        </thead>
        <tbody>
          {parts.map(({ name, calls, cost: own, basis, outputTokens }) => (
            <tr key={name} title={basis === 'none' ? undefined : `${formatNumber(outputTokens)} tokens an answer`}>
              <th scope="row" className="max-w-36 truncate py-0.5 pr-2 text-left font-normal">
                {name}
              </th>
              <td className="figures whitespace-nowrap py-0.5 text-right text-faint">{formatNumber(calls)} calls</td>
              <td className="py-0.5 pl-3 text-right">
                <Money amount={own} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="mt-2 text-faint text-xs">
        {formatNumber(cells)} answers.{' '}
        {parts.some(({ basis }) => basis === 'assumed') && 'Answers of models without a history are taken as short. '}
        {unpriced.length > 0 && `Not in the sum, unpriced: ${unpriced.join(', ')}.`}
      </p>
    </div>
  )
}
