'use client'
import { Download } from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
import { withQuery } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { cn } from '#components/ui/cn.ts'
import { DataTable } from '#components/ui/data-table.tsx'
import { Count, Money } from '#components/ui/figures.tsx'
import { formatNumber } from '#components/ui/format.ts'
import { KpiRow } from '#components/ui/kpi.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import type { Column } from '#components/ui/table-columns.ts'
import type { ReconcileView } from '#lib/analytics/schema.ts'
import { csvLine } from '#lib/core/csv.ts'
import { formatUsd, type MoneyView } from '#lib/core/money.ts'

type Sides = ReconcileView['total']
interface Row extends Sides {
  key: string
  label: string
  href?: string | undefined
  detail?: string | undefined
}

/** Both sides by model and by day, with what may explain what is between them. */
export function Differences({
  workspace,
  view,
  ownZone,
  refreshing,
}: {
  workspace: string
  view: ReconcileView
  ownZone: string
  refreshing: boolean
}) {
  const hasDays = view.byDay.some(({ theirs }) => theirs !== null)
  const [by, setBy] = useState<'model' | 'day'>('model')
  // The requests of a day are found by the days of the workspace.
  const span = view.timeZone === ownZone ? { from: view.from, to: dayAfter(view.through) } : null
  const rows: Row[] =
    by === 'model' || !hasDays
      ? view.byModel.map((row) => ({
          ...row,
          key: row.name,
          label: labelOf(row),
          detail:
            row.theirs && row.models.length > 0 && row.name !== ''
              ? row.models.map(({ name }) => name).join(', ')
              : undefined,
          href:
            row.models.length > 0 && span
              ? withQuery(`/${workspace}/requests`, { ...span, model: row.models.map(({ id }) => id).join(',') })
              : undefined,
        }))
      : view.byDay.map((row) => ({
          ...row,
          key: row.day,
          label: row.day,
          href:
            view.timeZone === ownZone
              ? withQuery(`/${workspace}/requests`, { from: row.day, to: dayAfter(row.day) })
              : undefined,
        }))
  const { theirs, ours, difference } = view.total
  return (
    <>
      <KpiRow
        items={[
          {
            label: 'On the bill',
            value: theirs?.cost ? <Money amount={theirs.cost} /> : <span className="text-muted">not told</span>,
            detail: counts(theirs?.requests),
          },
          { label: 'On record here', value: <Money amount={ours?.cost ?? zero} />, detail: counts(ours?.requests) },
          {
            label: 'Difference',
            value: <Difference amount={difference} />,
            detail: difference && theirs?.cost ? shareText(difference, theirs.cost) : 'the bill tells no cost',
          },
        ]}
      />
      <Card>
        <CardHeader
          title={by === 'day' && hasDays ? 'By day' : 'By model'}
          detail={explain(view.total, view.timeZone, ownZone)}
          actions={
            <>
              {hasDays && (
                <Segmented
                  size="sm"
                  label="Split by"
                  value={by}
                  onChange={setBy}
                  options={[
                    { value: 'model', label: 'By model' },
                    { value: 'day', label: 'By day' },
                  ]}
                />
              )}
              <Button size="sm" variant="quiet" onClick={() => download(view)}>
                <Download aria-hidden="true" /> CSV
              </Button>
            </>
          }
        />
        <DataTable
          bare
          label="Differences"
          columns={columns(by === 'day' && hasDays ? 'Day' : 'Model')}
          rows={rows}
          rowId={(row) => row.key}
          refreshing={refreshing}
          keyboard={false}
          empty={<p className="px-4 pb-6 text-muted text-sm">Nothing on either side.</p>}
        />
      </Card>
    </>
  )
}

/** What is not on the bill goes by its name here. */
function labelOf({ name, theirs, models }: ReconcileView['byModel'][number]): string {
  if (name === '') return 'All models'
  return theirs ? name : (models[0]?.name ?? name)
}

const zero: MoneyView = { nanoUsd: '0', usd: '0' }

function columns(head: string): Column<Row>[] {
  return [
    {
      id: 'label',
      label: head,
      primary: true,
      cell: (row) => (
        <span className="block max-w-72 min-w-0">
          {row.href ? (
            <Link
              href={row.href}
              prefetch={false}
              className="link inline-flex min-h-6 items-center rounded-sm break-all"
            >
              {row.label}
            </Link>
          ) : (
            <span className="break-all">{row.label}</span>
          )}
          {row.detail && <span className="block truncate text-faint text-xs">{row.detail}</span>}
        </span>
      ),
    },
    { id: 'theirs', label: 'On the bill', kind: 'figure', cell: (row) => <Side of={row.theirs} /> },
    { id: 'ours', label: 'On record', kind: 'figure', cell: (row) => <Side of={row.ours} /> },
    { id: 'difference', label: 'Difference', kind: 'figure', cell: (row) => <Difference amount={row.difference} /> },
    {
      id: 'requests',
      label: 'Requests',
      unit: 'bill / record',
      kind: 'figure',
      cell: (row) => <Pair one={row.theirs?.requests} two={row.ours?.requests} />,
    },
    {
      id: 'tokens',
      label: 'Tokens',
      unit: 'bill / record',
      kind: 'figure',
      cell: (row) => <Pair one={tokens(row.theirs)} two={tokens(row.ours)} />,
    },
    {
      id: 'why',
      label: 'What may explain it',
      cell: (row) => (
        <span className="block max-w-80 text-pretty text-muted text-xs">{reasons(row).join(' · ') || '–'}</span>
      ),
    },
  ]
}

function tokens(side: { inputTokens: number | null; outputTokens: number | null } | null): number | null {
  if (!side || (side.inputTokens === null && side.outputTokens === null)) return null
  return (side.inputTokens ?? 0) + (side.outputTokens ?? 0)
}

function Side({ of }: { of: { cost: MoneyView | null } | null }) {
  if (!of) return <span className="text-faint">nothing</span>
  return of.cost ? <Money amount={of.cost} /> : <span className="text-faint">not told</span>
}

function Pair({ one, two }: { one: number | null | undefined; two: number | null | undefined }) {
  return (
    <span className="whitespace-nowrap">
      <Count value={one ?? null} compact /> / <Count value={two ?? null} compact />
    </span>
  )
}

/** Above zero: more is on record here than on the bill. */
function Difference({ amount }: { amount: MoneyView | null }) {
  if (!amount) return <span className="text-faint">–</span>
  const nano = BigInt(amount.nanoUsd)
  return (
    <data
      value={amount.usd}
      title={`$${amount.usd}`}
      className={cn('figures', nano === 0n ? 'text-muted' : nano < 0n ? 'text-bad' : 'text-warn')}
    >
      {nano > 0n && '+'}
      {formatUsd(amount)}
    </data>
  )
}

function reasons({ theirs, ours, difference }: Sides): string[] {
  const found: string[] = []
  if (!ours) return ['No call of it is on record: another key of the account, or a model that is not here']
  if (!theirs) found.push('Not on the bill')
  if (ours.unpriced > 0) found.push(`${formatNumber(ours.unpriced)} unpriced here, in no sum`)
  if (ours.estimated > 0) found.push(`${formatNumber(ours.estimated)} with estimated tokens`)
  if (ours.probes > 0) found.push(`${formatUsd(ours.probeCost)} of own probes in it`)
  const [one, two] = [theirs?.requests ?? null, ours.requests]
  if (one !== null && one !== two)
    found.push(`${formatNumber(Math.abs(two - one))} requests ${two > one ? 'more here' : 'more on the bill'}`)
  const sameTokens = theirs && tokens(theirs) !== null && tokens(theirs) === tokens(ours)
  if (sameTokens && difference && difference.nanoUsd !== '0') found.push('The same tokens at another price')
  return found
}

function explain({ ours }: Sides, timeZone: string, ownZone: string): string {
  const parts = ['Above zero: more on record here.']
  if (timeZone !== ownZone) parts.push(`Days are those of ${timeZone}, not of the workspace (${ownZone}).`)
  if (ours && ours.unpriced > 0) parts.push('A re-cost gives unpriced calls a price.')
  return parts.join(' ')
}

function counts(requests: number | null | undefined): string {
  return requests === null || requests === undefined ? '' : `${formatNumber(requests)} requests`
}

function shareText(difference: MoneyView, of: MoneyView): string {
  const whole = BigInt(of.nanoUsd)
  if (whole === 0n) return ''
  const share = Number((BigInt(difference.nanoUsd) * 100_000n) / whole) / 1_000
  return `${share > 0 ? '+' : ''}${share.toFixed(Math.abs(share) < 10 ? 2 : 1)} % of the bill`
}

/** Days are named with the last one included; spans end before theirs. */
function dayAfter(day: string): string {
  return new Date(Date.parse(day) + 24 * 3_600_000).toISOString().slice(0, 10)
}

/** By model and day where the bill has days, else by model. Amounts are exact dollars. */
function download(view: ReconcileView) {
  const labels = new Map(view.byModel.map((row) => [row.name, labelOf(row)]))
  const rows: (Sides & { day?: string; name: string })[] = view.cells.length > 0 ? view.cells : view.byModel
  const head = ['day', 'model', 'bill_usd', 'record_usd', 'difference_usd', 'bill_requests', 'record_requests']
  const more = ['unpriced_requests', 'estimated_requests', 'probe_requests', 'probe_usd']
  const lines = rows.map(({ day = '', name, theirs, ours, difference }) => [
    ...[day, labels.get(name) ?? name, theirs?.cost?.usd ?? '', ours?.cost.usd ?? '', difference?.usd ?? ''],
    ...[theirs?.requests ?? '', ours?.requests ?? ''],
    ...[ours?.unpriced ?? '', ours?.estimated ?? '', ours?.probes ?? '', ours?.probeCost.usd ?? ''],
  ])
  const url = URL.createObjectURL(
    new Blob([[[...head, ...more], ...lines].map(csvLine).join('')], { type: 'text/csv' }),
  )
  const link = Object.assign(document.createElement('a'), { href: url, download: `reconciliation-${view.from}.csv` })
  link.click()
  URL.revokeObjectURL(url)
}
