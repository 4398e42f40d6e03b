'use client'
import { EllipsisVertical, KeyRound, ListTree, Pencil, Trash2 } from 'lucide-react'
import { Button } from '#components/ui/button.tsx'
import { DataTable } from '#components/ui/data-table.tsx'
import { JackText } from '#components/ui/jack.tsx'
import { Menu, MenuItem, MenuSeparator } from '#components/ui/menu.tsx'
import type { Column } from '#components/ui/table-columns.ts'
import { RelativeTime } from '#components/ui/time.tsx'
import type { ChannelView } from '#lib/alerts/schema.ts'
import { deliveryWords, kindNames, noticeNames } from './words.ts'

export interface ChannelActions {
  onTest: (view: ChannelView) => void
  onEdit: (view: ChannelView) => void
  onSecret: (view: ChannelView) => void
  onDelete: (view: ChannelView) => void
  /** The id of the one that is being tested. */
  testing: string | undefined
}

/** Where messages go. */
export function ChannelTable({
  channels,
  actions,
  onLog,
}: {
  channels: readonly ChannelView[]
  /** Absent for those who may only look. */
  actions: ChannelActions | undefined
  onLog: (view: ChannelView) => void
}) {
  const columns: Column<ChannelView>[] = [
    {
      id: 'name',
      label: 'Channel',
      primary: true,
      sort: ({ name }) => name,
      cell: ({ name, kind }) => (
        <span className="block">
          <span className="block truncate font-medium">{name}</span>
          <span className="block font-normal text-faint text-xs">{kindNames[kind]}</span>
        </span>
      ),
    },
    {
      id: 'to',
      label: 'Leads to',
      className: 'max-w-64',
      cell: ({ kind, recipients, host }) => (
        <span className="figures block truncate" title={recipients.join(', ')}>
          {kind === 'email' ? recipients.join(', ') : host}
        </span>
      ),
    },
    {
      id: 'of',
      label: 'Is told',
      className: 'max-w-64',
      cell: ({ rules, notices }) => (
        <span className="block">
          <span className="block">{rules === 0 ? 'Of no rule' : rules === 1 ? 'Of 1 rule' : `Of ${rules} rules`}</span>
          {notices.length > 0 && (
            <span className="block truncate text-faint text-xs">
              {notices.map((each) => noticeNames[each]).join(', ')}
            </span>
          )}
        </span>
      ),
    },
    {
      id: 'last',
      label: 'Last message',
      cell: ({ lastDelivery }) =>
        lastDelivery ? (
          <JackText state={deliveryWords[lastDelivery.state].jack} detail={<RelativeTime at={lastDelivery.at} />}>
            {deliveryWords[lastDelivery.state].word}
          </JackText>
        ) : (
          <span className="text-faint">None yet</span>
        ),
    },
    {
      id: 'actions',
      label: '',
      className: 'w-44 pr-2',
      cell: (view) => (
        <span className="flex justify-end gap-1">
          {actions && (
            <Button
              size="sm"
              loading={actions.testing === view.id}
              onClick={() => actions.onTest(view)}
              aria-label={`Send a test to ${view.name}`}
            >
              Send a test
            </Button>
          )}
          <Menu
            label={`Actions for ${view.name}`}
            trigger={
              <Button size="sm" variant="quiet" className="w-7 px-0" aria-label={`More actions: ${view.name}`}>
                <EllipsisVertical />
              </Button>
            }
          >
            <MenuItem icon={<ListTree />} onSelect={() => onLog(view)}>
              Show its messages
            </MenuItem>
            {actions && (
              <>
                <MenuItem icon={<Pencil />} onSelect={() => actions.onEdit(view)}>
                  Change
                </MenuItem>
                {view.kind === 'webhook' && (
                  <MenuItem icon={<KeyRound />} onSelect={() => actions.onSecret(view)}>
                    Make a new secret
                  </MenuItem>
                )}
                <MenuSeparator />
                <MenuItem danger icon={<Trash2 />} onSelect={() => actions.onDelete(view)}>
                  Delete
                </MenuItem>
              </>
            )}
          </Menu>
        </span>
      ),
    },
  ]
  return (
    <DataTable
      label="Channels"
      bare
      tall
      keyboard={false}
      columns={columns}
      rows={channels}
      rowId={({ id }) => id}
      rowName={({ name }) => name}
      empty={
        <p className="px-4 pb-4 text-muted text-sm">
          None. What fires is a notice in the studio, and nobody else hears of it.
        </p>
      }
    />
  )
}
