'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Download, RefreshCw } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { useQueryStates } from 'nuqs'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { ApiError } from '#components/ui/api.ts'
import { Button, ButtonLink } from '#components/ui/button.tsx'
import { cn } from '#components/ui/cn.ts'
import { useCommands } from '#components/ui/commands.tsx'
import { DataTable } from '#components/ui/data-table.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { Money } from '#components/ui/figures.tsx'
import { formatNumber } from '#components/ui/format.ts'
import { IconButton } from '#components/ui/icon-button.tsx'
import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import { Pagination } from '#components/ui/pagination.tsx'
import type { NamedRange } from '#components/ui/range.ts'
import { RangePicker } from '#components/ui/range-picker.tsx'
import { ExactTime } from '#components/ui/time.tsx'
import type { RequestView, UsageFigures } from '#lib/analytics/schema.ts'
import { requestColumns } from './columns.tsx'
import type { Reader } from './feedback-part.tsx'
import { isNarrowed, type RequestState, requestParsers, toFilterQuery, toPageQuery, toTotalQuery } from './filters.ts'
import { requestPagePath, requestsExportPath, requestsQuery, totalQuery } from './queries.ts'
import { RequestFilters } from './request-filters.tsx'
import { newMax, useNewRequests } from './use-new-requests.ts'
import { useWide } from './use-wide.ts'

// Fetched when a request is first opened.
const RequestPanel = dynamic(() => import('./request-panel.tsx').then((module) => module.RequestPanel), { ssr: false })

// Fetched when a thread is first read.
const ThreadView = dynamic(() => import('./thread-view.tsx').then((module) => module.ThreadView), { ssr: false })
const ThreadConversation = dynamic(
  () => import('./thread-conversation.tsx').then((module) => module.ThreadConversation),
  { ssr: false },
)

const ranges: readonly NamedRange[] = ['1h', '24h', '7d', '30d', '90d', 'month']
const noFilters = Object.fromEntries(Object.keys(requestParsers).map((name) => [name, null]))

/** Every call of a workspace, newest first. Filters, the place in the list and the open request stand in the address. */
export function RequestsScreen({
  workspace,
  gatewayUrl,
  timeZone,
  reader,
}: {
  workspace: string
  gatewayUrl: string
  timeZone: string
  reader: Reader
}) {
  const router = useRouter()
  const wide = useWide()
  const [state, setState] = useQueryStates(requestParsers, { history: 'push' })
  const [behind, setBehind] = useState<(string | null)[]>([])
  const filters = toFilterQuery(state)
  const page = useQuery({ ...requestsQuery(workspace, toPageQuery(state)), placeholderData: keepPreviousData })
  const total = useQuery(totalQuery(workspace, toTotalQuery(state))).data?.total
  const fresh = useNewRequests({
    workspace,
    filters,
    page: page.isPlaceholderData ? undefined : page.data,
    loadedAtMs: page.dataUpdatedAt,
    enabled: state.after === null,
  })
  const csv = requestsExportPath(workspace, filters, 'csv')
  const jsonl = requestsExportPath(workspace, filters, 'jsonl')

  const change = useCallback(
    (patch: Partial<RequestState>) => {
      if ('after' in patch) setBehind([])
      void setState(patch)
    },
    [setState],
  )
  const open = useCallback(
    (request: RequestView) => {
      if (wide) void setState({ request: request.id })
      else router.push(requestPagePath(workspace, request.id))
    },
    [wide, setState, router, workspace],
  )
  // Beside the list there is no room on a small screen.
  useEffect(() => {
    if (state.request !== null && wide === false) router.replace(requestPagePath(workspace, state.request))
  }, [state.request, wide, router, workspace])

  function refresh() {
    if (state.after !== null) change({ after: null })
    else void page.refetch()
  }

  const commands = useMemo(
    () => [
      { id: 'requests.export', label: 'Export these requests as CSV', group: 'Do', run: () => location.assign(csv) },
      {
        id: 'requests.export-jsonl',
        label: 'Export these requests as JSON lines',
        group: 'Do',
        run: () => location.assign(jsonl),
      },
    ],
    [csv, jsonl],
  )
  useCommands(commands)

  const isConversation = state.thread !== null && state.view === 'conversation'
  const isOpen = state.request !== null && wide === true && !isConversation
  const openId = isOpen ? state.request : null
  const columns = useMemo(
    () => requestColumns({ workspace, narrow: openId !== null, openId, onOpen: open }),
    [workspace, openId, open],
  )
  const error = page.error && !page.data ? page.error : null
  const items = error ? undefined : page.data?.items
  const nextCursor = page.data?.nextCursor
  const narrowed = isNarrowed(state)
  // Nothing to look through yet.
  const untouched = items?.length === 0 && !narrowed && state.after === null

  const toolbar = (
    <>
      <RequestFilters workspace={workspace} state={state} onChange={change} />
      {state.thread !== null && (
        <ThreadView isConversation={isConversation} onChange={(view) => change({ view, request: null, after: null })} />
      )}
    </>
  )

  return (
    <PageBody full>
      <PageHeader
        title="Requests"
        actions={
          <>
            <RangePicker
              value={state}
              onChange={({ range, from, to }) =>
                change({ range: range === 'custom' ? null : range, from, to, after: null })
              }
              ranges={ranges}
              timeZone={timeZone}
              none="Any time"
            />
            <ButtonLink href={csv} prefetch={false} download>
              <Download aria-hidden="true" /> CSV
            </ButtonLink>
            <ButtonLink href={jsonl} prefetch={false} download className="max-sm:hidden">
              <Download aria-hidden="true" /> JSON
            </ButtonLink>
            <IconButton
              label="Refresh"
              variant="default"
              loading={page.isFetching && !page.isPending}
              onClick={refresh}
            >
              <RefreshCw />
            </IconButton>
          </>
        }
      >
        {isConversation
          ? 'What was said in the calls of this thread, the oldest first.'
          : 'Every call at our door and every call we made ourselves, newest first.'}
      </PageHeader>
      <div className={cn('grid items-start gap-4', isOpen && 'grid-cols-[minmax(0,1fr)_minmax(420px,38%)]')}>
        <div className="min-w-0">
          <div role="status" className="empty:hidden">
            {fresh > 0 && (
              <Button variant="quiet" className="mb-2 w-full bg-accent-soft text-ink" onClick={refresh}>
                <RefreshCw aria-hidden="true" />
                {fresh > newMax ? `${newMax}+` : fresh} new
              </Button>
            )}
          </div>
          {isConversation ? (
            <>
              <div className="mb-3 flex flex-wrap items-center gap-2">{toolbar}</div>
              <ThreadConversation workspace={workspace} filters={filters} />
            </>
          ) : (
            <DataTable
              label="Requests"
              columns={columns}
              rows={items}
              rowId={(request) => request.id}
              onOpen={open}
              columnsKey={isOpen || untouched ? undefined : 'requests'}
              toolbar={!untouched && toolbar}
              refreshing={page.isPlaceholderData}
              skeletonRows={12}
              empty={
                state.after !== null || narrowed ? (
                  <NothingFits
                    searchedBackTo={page.data?.searchedBackTo}
                    onGoOn={nextCursor === undefined ? undefined : () => goOn(nextCursor)}
                    onClear={() => {
                      setBehind([])
                      void setState(noFilters)
                    }}
                  />
                ) : (
                  <NoCallsYet workspace={workspace} />
                )
              }
              error={
                error && <ListFailed error={error} retrying={page.isFetching} onRetry={() => void page.refetch()} />
              }
              footer={
                <Pagination
                  previous={state.after === null ? undefined : goBack}
                  next={nextCursor === undefined ? undefined : () => goOn(nextCursor)}
                  pending={page.isPlaceholderData}
                  summary={
                    page.data?.searchedBackTo ? (
                      <>
                        Searched back to <ExactTime at={page.data.searchedBackTo} />. Next goes on from there.
                      </>
                    ) : (
                      total && <ListTotal total={total} />
                    )
                  }
                />
              }
            />
          )}
        </div>
        {isOpen && (
          <RequestPanel
            gatewayUrl={gatewayUrl}
            key={state.request}
            workspace={workspace}
            id={state.request ?? ''}
            reader={reader}
            onClose={() => void setState({ request: null })}
          />
        )}
      </div>
    </PageBody>
  )

  function goOn(cursor: string) {
    setBehind([...behind, state.after])
    void setState({ after: cursor })
  }

  // A shared address knows no page before it: back leads to the top.
  function goBack() {
    const before = behind.at(-1) ?? null
    setBehind(behind.slice(0, -1))
    void setState({ after: before })
  }
}

/** What the whole list adds up to, as the page says that led here. */
function ListTotal({ total }: { total: UsageFigures }) {
  return (
    <>
      In all {formatNumber(total.requests)} {total.requests === 1 ? 'request' : 'requests'},{' '}
      <Money amount={total.cost} />
      {total.unpriced > 0 && `, ${formatNumber(total.unpriced)} unpriced`}
    </>
  )
}

function NoCallsYet({ workspace }: { workspace: string }) {
  return (
    <EmptyState
      title="No calls yet"
      action={
        <ButtonLink variant="main" href={`/${workspace}/router`}>
          Go to the AI Router
        </ButtonLink>
      }
      link={
        <ButtonLink variant="quiet" href={`/${workspace}/router/keys`}>
          API keys
        </ButtonLink>
      }
    >
      Each call becomes one row: its model, outcome, tokens, cost and where the time went. Try a model in the AI Router,
      or call it from code with an API key.
    </EmptyState>
  )
}

function NothingFits({
  searchedBackTo,
  onGoOn,
  onClear,
}: {
  searchedBackTo: string | undefined
  onGoOn: (() => void) | undefined
  onClear: () => void
}) {
  return (
    <EmptyState
      title={searchedBackTo ? 'Nothing found so far' : 'No request fits'}
      action={
        onGoOn ? (
          <Button variant="main" onClick={onGoOn}>
            Search further back
          </Button>
        ) : (
          <Button onClick={onClear}>Clear the filters</Button>
        )
      }
      link={
        onGoOn && (
          <Button variant="quiet" onClick={onClear}>
            Clear the filters
          </Button>
        )
      }
    >
      {searchedBackTo ? (
        <>
          Searched back to <ExactTime at={searchedBackTo} />.
        </>
      ) : (
        'Take a filter away or choose a longer range.'
      )}
    </EmptyState>
  )
}

function ListFailed({ error, retrying, onRetry }: { error: Error; retrying: boolean; onRetry: () => void }) {
  return (
    <ErrorState
      title="The requests could not be loaded"
      requestId={error instanceof ApiError ? error.requestId : undefined}
      onRetry={onRetry}
      retrying={retrying}
    >
      {error.message}
    </ErrorState>
  )
}
