import Link from 'next/link'
import type { MouseEvent } from 'react'
import { Duration, Money } from '#components/ui/figures.tsx'
import type { Column } from '#components/ui/table-columns.ts'
import { RelativeTime } from '#components/ui/time.tsx'
import type { RequestView } from '#lib/analytics/schema.ts'
import { requestPagePath } from './queries.ts'
import { FeedbackCount, ModelName, OutcomeBadge, Tokens } from './status.tsx'
import { sourceWords } from './words.ts'

const beside = new Set(['at', 'outcome', 'model', 'cost', 'latency'])

/** Columns of the list; `narrow` leaves those that fit beside an open request. */
export function requestColumns({
  workspace,
  narrow,
  openId,
  onOpen,
}: {
  workspace: string
  narrow: boolean
  /** The one shown beside the list. */
  openId: string | null
  onOpen: (request: RequestView) => void
}): Column<RequestView>[] {
  function open(event: MouseEvent, request: RequestView) {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    onOpen(request)
  }
  const columns: Column<RequestView>[] = [
    {
      id: 'at',
      label: 'Time',
      primary: true,
      cell: (request) => (
        <Link
          href={requestPagePath(workspace, request.id)}
          prefetch={false}
          onClick={(event) => open(event, request)}
          aria-current={request.id === openId ? 'true' : undefined}
          className="flex min-h-6 items-center rounded-sm aria-[current]:font-medium aria-[current]:text-accent"
        >
          <RelativeTime at={request.at} />
        </Link>
      ),
    },
    {
      id: 'outcome',
      label: 'Status',
      cell: (request) => (
        <span className="flex items-center gap-2">
          <OutcomeBadge request={request} />
          {request.errorCode && !narrow && (
            <span className="figures max-w-44 truncate text-muted text-xs max-sm:hidden" title={request.errorCode}>
              {request.errorCode}
            </span>
          )}
        </span>
      ),
    },
    {
      id: 'model',
      label: 'Model',
      cell: (request) => (
        <span className="flex max-w-60">
          <ModelName request={request} />
        </span>
      ),
    },
    { id: 'source', label: 'Source', cell: (request) => sourceWords[request.source] },
    {
      id: 'input',
      label: 'Tokens in',
      kind: 'figure',
      cell: (request) => <Tokens count={request.inputTokens} estimated={request.usageSource === 'estimated'} />,
    },
    {
      id: 'output',
      label: 'Tokens out',
      kind: 'figure',
      cell: (request) => <Tokens count={request.outputTokens} estimated={request.usageSource === 'estimated'} />,
    },
    {
      id: 'cost',
      label: 'Cost',
      kind: 'figure',
      cell: (request) => <Money amount={request.priced ? request.cost : null} />,
    },
    {
      id: 'latency',
      label: 'Latency',
      kind: 'figure',
      cell: (request) => <Duration ms={request.latencyMs} />,
    },
    {
      id: 'firstByte',
      label: 'First byte',
      kind: 'figure',
      cell: (request) => <Duration ms={request.firstByteMs} />,
    },
    { id: 'attempts', label: 'Attempts', kind: 'figure', cell: (request) => request.attempts, hidden: true },
    { id: 'feedback', label: 'Feedback', cell: (request) => <FeedbackCount feedback={request.feedback} /> },
    {
      id: 'actor',
      label: 'Key or person',
      cell: (request) => (
        <span className="block max-w-40 truncate">
          {request.actor.label || <span className="text-muted">Patchbay</span>}
        </span>
      ),
    },
    text('identity', 'Identity', (request) => request.identity),
    { ...text('endpoint', 'Endpoint', (request) => request.endpoint), hidden: true },
    { ...text('address', 'Asked for', (request) => request.address), hidden: true },
    { ...text('name', 'Name', (request) => request.name), hidden: true },
    { ...text('thread', 'Thread', (request) => request.thread), hidden: true },
    { ...text('metadata', 'Metadata', (request) => pairsOf(request.metadata)), hidden: true },
    { ...text('id', 'Request id', (request) => request.id), hidden: true },
  ]
  return narrow ? columns.filter((column) => beside.has(column.id)) : columns
}

function pairsOf(metadata: RequestView['metadata']): string {
  return Object.entries(metadata)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}

function text(id: string, label: string, read: (request: RequestView) => string): Column<RequestView> {
  return {
    id,
    label,
    kind: 'mono',
    cell: (request) => (
      <span className="block max-w-48 truncate" title={read(request)}>
        {read(request)}
      </span>
    ),
  }
}
