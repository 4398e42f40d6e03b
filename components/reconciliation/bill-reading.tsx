import type { ReactNode } from 'react'
import { Button } from '#components/ui/button.tsx'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { formatNumber } from '#components/ui/format.ts'
import { Notice } from '#components/ui/notice.tsx'
import { type Option, Select } from '#components/ui/select.tsx'
import { type BillField, type BillFormat, billFields, type ReconcileView } from '#lib/analytics/schema.ts'
import type { Choices } from './reconciliation-screen.tsx'

const formatWords: Record<BillFormat, string> = {
  'openai-costs': 'OpenAI’s costs export',
  'openai-usage': 'OpenAI’s usage export, which tells no cost',
  openrouter: 'OpenRouter’s activity',
  plain: 'A plain file',
  usage: 'A file without costs',
  total: 'An invoice total',
}
const fieldWords: Record<BillField, string> = {
  ...{ date: 'Date', model: 'Model', cost: 'Cost' },
  ...{ requests: 'Requests', inputTokens: 'Tokens in', outputTokens: 'Tokens out' },
}
// A select has no empty value.
const none = '–'

/** How the bill was understood; each of it can be put right. */
export function BillReading({
  view,
  name,
  ownZone,
  working,
  onChange,
}: {
  view: ReconcileView
  name: string
  ownZone: string
  working: boolean
  onChange: (choices: Choices) => void
}) {
  const isFile = view.format !== 'total'
  const columns: Option[] = view.headers.map((value) => ({ value, label: value }))
  const zones = [...new Set(['UTC', ownZone, view.timeZone])].map((value) => ({ value, label: value }))
  const hosts = view.hosts.map((value) => ({ value, label: value }))
  return (
    <Card>
      <CardHeader
        title={name}
        detail={
          isFile
            ? `${formatWords[view.format]} · ${formatNumber(view.lines)} lines · ${view.from} to ${view.through}`
            : `${view.from} to ${view.through}`
        }
      />
      <div className="grid gap-3 px-4 pb-4">
        <div className="grid grid-cols-2 gap-3 sm:grid-cols-4 lg:grid-cols-8">
          {isFile &&
            billFields.map((field) => (
              <Labelled key={field} label={fieldWords[field]}>
                <Select
                  label={`Column: ${fieldWords[field]}`}
                  size="sm"
                  disabled={working}
                  value={view.columns[field] ?? none}
                  options={field === 'date' ? columns : [{ value: none, label: 'none' }, ...columns]}
                  onChange={(value) => onChange({ columns: { ...view.columns, [field]: value === none ? '' : value } })}
                />
              </Labelled>
            ))}
          <Labelled label="Days of">
            <Select
              label="Days of"
              size="sm"
              disabled={working}
              value={view.timeZone}
              options={zones}
              onChange={(timeZone) => onChange({ timeZone })}
            />
          </Labelled>
          {hosts.length > 1 && (
            <Labelled label="Models of">
              <Select
                label="Models of"
                size="sm"
                disabled={working}
                value={view.host ?? none}
                options={[{ value: none, label: isFile ? 'the bill’s server' : 'all servers' }, ...hosts]}
                onChange={(host) => onChange(host === none ? { host: undefined } : { host })}
              />
            </Labelled>
          )}
        </div>
        {view.fitsBetter && (
          <Notice
            tone="info"
            title={`The days fit better in ${view.fitsBetter}`}
            action={
              <Button size="sm" loading={working} onClick={() => onChange({ timeZone: view.fitsBetter! })}>
                Use it
              </Button>
            }
          >
            By its days the two are less than half as far apart. The totals of whole files hardly change.
          </Notice>
        )}
        {view.problemCount > 0 && <Problems view={view} />}
      </div>
    </Card>
  )
}

function Problems({ view: { problems, problemCount } }: { view: ReconcileView }) {
  return (
    <Notice
      tone="warn"
      live={false}
      title={`${formatNumber(problemCount)} ${problemCount === 1 ? 'line is' : 'lines are'} in no sum`}
    >
      <ul className="mt-1 grid max-h-40 gap-0.5 overflow-y-auto">
        {problems.map(({ line, message }) => (
          <li key={line}>
            <span className="figures">Line {line}</span>: {message}
          </li>
        ))}
        {problemCount > problems.length && <li>and {formatNumber(problemCount - problems.length)} more.</li>}
      </ul>
    </Notice>
  )
}

function Labelled({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="grid min-w-0 gap-1">
      <span aria-hidden="true" className="text-muted text-xs">
        {label}
      </span>
      {children}
    </div>
  )
}
