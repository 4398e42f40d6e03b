'use client'
import { Bell, BellOff, EllipsisVertical, ListTree, Pencil, Trash2 } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { DataTable } from '#components/ui/data-table.tsx'
import { JackText } from '#components/ui/jack.tsx'
import { Menu, MenuItem, MenuSeparator } from '#components/ui/menu.tsx'
import type { Column } from '#components/ui/table-columns.ts'
import { RelativeTime, useNow } from '#components/ui/time.tsx'
import { type ChannelView, measureWords, type RuleView } from '#lib/alerts/schema.ts'
import { isForever, ruleWords, shownFigure } from './words.ts'

export interface RuleActions {
  onEdit: (view: RuleView) => void
  onDelete: (view: RuleView) => void
  /** Minutes; null until it is unmuted, 0: unmute. */
  onMute: (view: RuleView, minutes: number | null) => void
}

/** Rules, with what was seen last. */
export function RuleTable({
  rules,
  channels,
  marked,
  actions,
  onLog,
}: {
  rules: readonly RuleView[]
  channels: readonly ChannelView[]
  /** The id of the one that somebody came for. */
  marked: string | null
  /** Absent for those who may only look. */
  actions: RuleActions | undefined
  onLog: (view: RuleView) => void
}) {
  const names = new Map(channels.map(({ id, name }) => [id, name]))
  const columns: Column<RuleView>[] = [
    {
      id: 'name',
      label: 'Rule',
      primary: true,
      sort: ({ name }) => name,
      cell: (view) => <Named view={view} marked={view.id === marked} />,
    },
    { id: 'state', label: 'Now', sort: ({ state }) => order.indexOf(state), cell: (view) => <StateNow view={view} /> },
    {
      id: 'threshold',
      label: 'Fires at',
      cell: (view) => (
        <span className="block whitespace-nowrap">
          <span className="figures block">{shownFigure(view.condition, view.threshold)}</span>
          <span className="block text-faint text-xs">until below {shownFigure(view.condition, view.resolveBelow)}</span>
        </span>
      ),
    },
    {
      id: 'fired',
      label: 'Last fired',
      sort: ({ firedAt }) => firedAt,
      cell: ({ firedAt }) => (firedAt ? <RelativeTime at={firedAt} /> : <span className="text-faint">Never</span>),
    },
    {
      id: 'channels',
      label: 'Tells',
      className: 'max-w-56',
      cell: ({ channelIds }) =>
        channelIds.length > 0 ? (
          <span className="block truncate">{channelIds.map((id) => names.get(id) ?? '…').join(', ')}</span>
        ) : (
          <span className="text-faint">Admins, in the studio</span>
        ),
    },
    {
      id: 'actions',
      label: '',
      className: 'w-10 pr-2',
      cell: (view) => <Actions view={view} actions={actions} onLog={onLog} />,
    },
  ]
  return (
    <DataTable
      label="Rules"
      bare
      tall
      columns={columns}
      rows={rules}
      rowId={({ id }) => id}
      rowName={({ name }) => name}
      empty={<p className="px-4 pb-4 text-muted text-sm">None. Nothing is watched.</p>}
    />
  )
}

const order: RuleView['state'][] = ['firing', 'new', 'ok', 'quiet']

function Named({ view, marked }: { view: RuleView; marked: boolean }) {
  const ref = useRef<HTMLSpanElement>(null)
  useEffect(() => {
    if (!marked) return
    ref.current?.scrollIntoView({ block: 'nearest' })
    ref.current?.focus({ preventScroll: true })
  }, [marked])
  return (
    <span ref={ref} tabIndex={-1} className="block rounded-sm max-md:w-40 max-md:whitespace-normal">
      <span className="flex items-center gap-x-2 max-md:flex-wrap">
        <span className="font-medium md:truncate">{view.name}</span>
        <Muted mutedUntil={view.mutedUntil} />
      </span>
      <span className="block font-normal text-faint text-xs">{measureWords(view)}</span>
    </span>
  )
}

function Muted({ mutedUntil }: { mutedUntil: string | null }) {
  const now = useNow()
  if (!mutedUntil || Date.parse(mutedUntil) <= now) return null
  return (
    <Badge>
      <BellOff aria-hidden="true" />
      {isForever(mutedUntil) ? (
        'Muted'
      ) : (
        <span>
          Muted, on again <RelativeTime at={mutedUntil} />
        </span>
      )}
    </Badge>
  )
}

function StateNow({ view }: { view: RuleView }) {
  const { jack, word } = ruleWords[view.state]
  const value = view.value === null ? null : shownFigure(view.condition, view.value)
  return (
    <JackText
      state={jack}
      detail={
        view.evaluatedAt && (
          <span className="whitespace-nowrap">
            {view.state === 'quiet' && 'seen '}
            <RelativeTime at={view.evaluatedAt} />
          </span>
        )
      }
    >
      <span className="whitespace-nowrap">
        {word}
        {value !== null && (
          <>
            {' '}
            <span className="figures ml-1 text-ink">{value}</span>
          </>
        )}
      </span>
    </JackText>
  )
}

function Actions({
  view,
  actions,
  onLog,
}: {
  view: RuleView
  actions: RuleActions | undefined
  onLog: (view: RuleView) => void
}) {
  const now = useNow()
  const isMuted = view.mutedUntil !== null && Date.parse(view.mutedUntil) > now
  return (
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
          {isMuted ? (
            <MenuItem icon={<Bell />} onSelect={() => actions.onMute(view, 0)}>
              Unmute
            </MenuItem>
          ) : (
            <>
              <MenuItem icon={<BellOff />} onSelect={() => actions.onMute(view, 60)}>
                Mute for an hour
              </MenuItem>
              <MenuItem icon={<BellOff />} onSelect={() => actions.onMute(view, 1_440)}>
                Mute for a day
              </MenuItem>
              <MenuItem icon={<BellOff />} onSelect={() => actions.onMute(view, null)}>
                Mute until unmuted
              </MenuItem>
            </>
          )}
          <MenuSeparator />
          <MenuItem danger icon={<Trash2 />} onSelect={() => actions.onDelete(view)}>
            Delete
          </MenuItem>
        </>
      )}
    </Menu>
  )
}
