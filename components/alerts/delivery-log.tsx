'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { ChoiceMenu } from '#components/ui/choice-menu.tsx'
import { JackText } from '#components/ui/jack.tsx'
import { KeysetTable } from '#components/ui/keyset-table.tsx'
import type { Column } from '#components/ui/table-columns.ts'
import { RelativeTime } from '#components/ui/time.tsx'
import { useKeyset } from '#components/ui/use-keyset.ts'
import type { ChannelView, DeliveryView } from '#lib/alerts/schema.ts'
import { deliveriesQuery } from './queries.ts'
import { deliveryWords } from './words.ts'

export interface LogFilter {
  channel: string | null
  rule: string | null
  status: string | null
  after: string | null
}

const states = [
  { value: 'any', label: 'In any state' },
  { value: 'waiting', label: 'On their way' },
  { value: 'delivered', label: 'Delivered' },
  { value: 'failed', label: 'Given up' },
]

/** What was sent, newest first. */
export function DeliveryLog({
  workspace,
  channels,
  ruleName,
  filter,
  onFilter,
  onOpen,
}: {
  workspace: string
  channels: readonly ChannelView[]
  /** Of the rule that is filtered by; undefined: of all. */
  ruleName: string | undefined
  filter: LogFilter
  onFilter: (change: Partial<LogFilter>) => void
  onOpen: (view: DeliveryView) => void
}) {
  const { channel, rule, status, after } = filter
  const page = useQuery({
    ...deliveriesQuery(workspace, {
      channelId: channel ?? undefined,
      ruleId: rule ?? undefined,
      state: status ?? undefined,
      cursor: after ?? undefined,
    }),
    placeholderData: keepPreviousData,
  })
  const keyset = useKeyset(after, (cursor) => onFilter({ after: cursor }))
  const columns = useMemo<Column<DeliveryView>[]>(
    () => [
      {
        id: 'title',
        label: 'Message',
        primary: true,
        className: 'max-w-96',
        cell: ({ title }) => <span className="block truncate">{title}</span>,
      },
      { id: 'channel', label: 'To', cell: ({ channelName }) => channelName },
      {
        id: 'state',
        label: 'State',
        cell: ({ state, nextAt, attempts }) => (
          <JackText state={deliveryWords[state].jack} className="align-middle">
            <span className="whitespace-nowrap">
              {deliveryWords[state].word}
              {state === 'waiting' && attempts > 0 && nextAt && (
                <span className="text-muted">
                  , again <RelativeTime at={nextAt} />
                </span>
              )}
            </span>
          </JackText>
        ),
      },
      { id: 'attempts', label: 'Attempts', kind: 'figure', cell: ({ attempts }) => attempts },
      { id: 'at', label: 'When', cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
    ],
    [],
  )
  const change = (next: Partial<LogFilter>) => {
    keyset.reset()
    onFilter({ ...next, after: null })
  }
  const isFiltered = channel !== null || status !== null || rule !== null
  return (
    <Card>
      <CardHeader
        title="Log"
        detail={
          ruleName === undefined ? 'What was sent in the last 30 days.' : `What ${ruleName} said in the last 30 days.`
        }
        actions={
          <>
            <ChoiceMenu
              label="Channel"
              value={channel ?? 'any'}
              onChange={(value) => change({ channel: value === 'any' ? null : value })}
              options={[
                { value: 'any', label: 'Any channel' },
                ...channels.map(({ id, name }) => ({
                  value: id,
                  label: name.length > 40 ? `${name.slice(0, 39)}…` : name,
                })),
              ]}
            />
            <ChoiceMenu
              label="State"
              value={status ?? 'any'}
              onChange={(value) => change({ status: value === 'any' ? null : value })}
              options={states}
            />
          </>
        }
      />
      <KeysetTable
        what="messages"
        bare
        keyboard={false}
        columns={columns}
        rows={page.data?.items}
        rowId={({ id }) => id}
        onOpen={onOpen}
        page={page}
        keyset={keyset}
        skeletonRows={4}
        empty={
          <p className="px-4 pb-4 text-muted text-sm">
            {isFiltered ? 'No message is like that.' : 'Nothing was sent yet.'}
          </p>
        }
      />
    </Card>
  )
}
