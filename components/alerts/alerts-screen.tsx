'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs'
import { type ReactNode, useMemo, useState } from 'react'
import { ApiError, callApi } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { useCommands } from '#components/ui/commands.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { TimeProvider } from '#components/ui/time.tsx'
import { toast } from '#components/ui/toast.ts'
import type { ChannelView, ChannelWithSecret, DeliveryDetail, RuleView } from '#lib/alerts/schema.ts'
import { AlertsSkeleton } from './alerts-skeleton.tsx'
import { ChannelTable } from './channel-table.tsx'
import { DeliveryLog } from './delivery-log.tsx'
import { alertsApi, channelsQuery, rulesQuery } from './queries.ts'
import { RuleTable } from './rule-table.tsx'

// Fetched when they are first opened.
const RuleDialog = dynamic(() => import('./rule-dialog.tsx').then((module) => module.RuleDialog), { ssr: false })
const ChannelDialog = dynamic(() => import('./channel-dialog.tsx').then((module) => module.ChannelDialog), {
  ssr: false,
})
const SecretDialog = dynamic(() => import('./secret-dialog.tsx').then((module) => module.SecretDialog), { ssr: false })
const DeliveryDialog = dynamic(() => import('./delivery-dialog.tsx').then((module) => module.DeliveryDialog), {
  ssr: false,
})
const ConfirmDialog = dynamic(
  () => import('#components/ui/confirm-dialog.tsx').then((module) => module.ConfirmDialog),
  {
    ssr: false,
  },
)

type Asked =
  | { what: 'rule'; view: RuleView }
  | { what: 'channel'; view: ChannelView }
  | { what: 'secret'; view: ChannelView }

/**
 * Settings, Alerts: what is watched, who is told, what was sent. What is open and filtered by stands in the address:
 * `?rule=alr_…`, `?new=rule`, `?message=ald_…`, `?channel=alc_…&status=failed`.
 */
export function AlertsScreen({
  workspace,
  timeZone,
  canManage,
}: {
  workspace: string
  timeZone: string
  canManage: boolean
}) {
  const client = useQueryClient()
  const [state, setState] = useQueryStates({
    rule: parseAsString,
    of: parseAsString,
    channel: parseAsString,
    status: parseAsStringLiteral(['waiting', 'delivered', 'failed']),
    after: parseAsString,
    message: parseAsString,
    new: parseAsStringLiteral(['rule', 'channel']),
  })
  const [editing, setEditing] = useState<Exclude<Asked, { what: 'secret' }>>()
  const [asked, setAsked] = useState<Asked>()
  const [secret, setSecret] = useState<{ name: string; secret: string }>()
  const [testing, setTesting] = useState<string>()
  const rules = useQuery(rulesQuery(workspace))
  const channels = useQuery(channelsQuery(workspace))
  const api = alertsApi(workspace)

  useCommands(
    useMemo(
      () =>
        canManage
          ? [
              { id: 'alert.rule', label: 'New alert rule', group: 'Alerts', run: () => void setState({ new: 'rule' }) },
              {
                ...{ id: 'alert.channel', label: 'New alert channel', group: 'Alerts' },
                run: () => void setState({ new: 'channel' }),
              },
            ]
          : [],
      [canManage, setState],
    ),
  )

  const reload = () =>
    Promise.all(
      ['alert-rules', 'alert-channels', 'alert-deliveries', 'notices'].map((name) =>
        client.invalidateQueries({ queryKey: [name, workspace] }),
      ),
    )
  const failText = (error: unknown) => (error instanceof ApiError ? error.message : 'That did not work. Try again.')

  async function mute(view: RuleView, minutes: number | null): Promise<void> {
    try {
      await callApi(`${api}/rules/${view.id}/mute`, { body: { minutes } })
      await reload()
      toast.success(
        minutes === 0
          ? `${view.name} says again what it sees.`
          : `${view.name} is muted. It is looked at all the same.`,
        minutes === 0 ? {} : { action: { label: 'Undo', onClick: () => void mute(view, 0) } },
      )
    } catch (error) {
      toast.error(failText(error))
    }
  }

  async function sendTest(view: ChannelView): Promise<void> {
    setTesting(view.id)
    try {
      const { id } = await callApi<DeliveryDetail>(`${api}/channels/${view.id}/test`, { body: {} })
      await setState({ message: id })
      void reload()
    } catch (error) {
      toast.error(failText(error))
    } finally {
      setTesting(undefined)
    }
  }

  const close = () => {
    setEditing(undefined)
    void setState({ new: null })
  }

  const failed = [rules, channels].find(({ error, data }) => error && !data)
  const known = rules.data && channels.data
  const isEmpty = rules.data?.items.length === 0 && channels.data?.items.length === 0
  const log = (change: { channel?: string; of?: string }) => {
    void setState({ channel: null, of: null, status: null, after: null, ...change })
    document.getElementById('alert-log')?.scrollIntoView({ block: 'start', behavior: 'smooth' })
  }

  let content: ReactNode
  if (failed) {
    content = (
      <Card>
        <ErrorState
          title="The alerts could not be loaded"
          requestId={failed.error instanceof ApiError ? failed.error.requestId : undefined}
          onRetry={() => void Promise.all([rules.refetch(), channels.refetch()])}
          retrying={rules.isFetching || channels.isFetching}
        >
          {failed.error?.message}
        </ErrorState>
      </Card>
    )
  } else if (!known) {
    content = <AlertsSkeleton />
  } else if (isEmpty) {
    content = (
      <Card>
        <EmptyState
          title="Nothing is watched yet"
          action={
            canManage && (
              <Button variant="main" onClick={() => void setState({ new: 'rule' })}>
                New rule
              </Button>
            )
          }
          link={
            canManage && (
              <Button variant="quiet" onClick={() => void setState({ new: 'channel' })}>
                New channel
              </Button>
            )
          }
        >
          <p>
            A rule watches cost, errors, latency, a budget, unpriced requests or the health of models. A channel is an
            e-mail, Slack or a webhook that is told when a rule fires, and when it is over.
          </p>
          {!canManage && <p className="mt-2">Admins set them.</p>}
        </EmptyState>
      </Card>
    )
  } else {
    content = (
      <>
        <Card>
          <CardHeader
            title="Rules"
            detail="What is watched, every minute."
            actions={
              canManage && (
                <Button variant="main" onClick={() => void setState({ new: 'rule' })}>
                  New rule
                </Button>
              )
            }
          />
          <RuleTable
            rules={rules.data.items}
            channels={channels.data.items}
            marked={state.rule}
            actions={
              canManage
                ? {
                    onEdit: (view) => setEditing({ what: 'rule', view }),
                    onDelete: (view) => setAsked({ what: 'rule', view }),
                    onMute: (view, minutes) => void mute(view, minutes),
                  }
                : undefined
            }
            onLog={(view) => log({ of: view.id })}
          />
        </Card>
        <Card>
          <CardHeader
            title="Channels"
            detail="Who is told."
            actions={canManage && <Button onClick={() => void setState({ new: 'channel' })}>New channel</Button>}
          />
          <ChannelTable
            channels={channels.data.items}
            actions={
              canManage
                ? {
                    testing,
                    onTest: (view) => void sendTest(view),
                    onEdit: (view) => setEditing({ what: 'channel', view }),
                    onSecret: (view) => setAsked({ what: 'secret', view }),
                    onDelete: (view) => setAsked({ what: 'channel', view }),
                  }
                : undefined
            }
            onLog={(view) => log({ channel: view.id })}
          />
        </Card>
        <div id="alert-log" className="min-w-0 scroll-mt-16">
          <DeliveryLog
            workspace={workspace}
            channels={channels.data.items}
            ruleName={state.of ? (rules.data.items.find(({ id }) => id === state.of)?.name ?? 'that rule') : undefined}
            filter={{ channel: state.channel, rule: state.of, status: state.status, after: state.after }}
            onFilter={({ rule, status, ...change }) =>
              void setState({
                ...change,
                ...(rule !== undefined && { of: rule }),
                ...(status !== undefined && { status: status as typeof state.status }),
              })
            }
            onOpen={({ id }) => void setState({ message: id })}
          />
        </div>
      </>
    )
  }

  const isRule = editing?.what === 'rule' || state.new === 'rule'
  const isChannel = editing?.what === 'channel' || state.new === 'channel'
  return (
    <TimeProvider timeZone={timeZone}>
      <div className="grid gap-4">{content}</div>
      {canManage && isRule && channels.data && (
        <RuleDialog
          workspace={workspace}
          edited={editing?.what === 'rule' ? editing.view : undefined}
          channels={channels.data.items}
          onClose={close}
          onSaved={(view) => {
            void reload().then(close)
            toast.success(`${view.name} is looked at within a minute.`)
          }}
        />
      )}
      {canManage && isChannel && channels.data && (
        <ChannelDialog
          workspace={workspace}
          edited={editing?.what === 'channel' ? editing.view : undefined}
          emailFrom={channels.data.emailFrom}
          onClose={close}
          onSaved={(view) => {
            void reload().then(close)
            if ('secret' in view && view.secret !== null) setSecret({ name: view.name, secret: view.secret })
            else toast.success(`${view.name} is saved. Send a test to see that it arrives.`)
          }}
        />
      )}
      {secret && <SecretDialog {...secret} onClose={() => setSecret(undefined)} />}
      {state.message && (
        <DeliveryDialog
          workspace={workspace}
          id={state.message}
          canManage={canManage}
          onClose={() => {
            void setState({ message: null })
            void reload()
          }}
        />
      )}
      {canManage && asked && (
        <ConfirmDialog
          open
          onOpenChange={() => setAsked(undefined)}
          title={asked.what === 'secret' ? `Make a new secret for ${asked.view.name}` : `Delete ${asked.view.name}`}
          action={confirmWords[asked.what].action}
          onConfirm={async () => {
            if (asked.what === 'secret') {
              const made = await callApi<ChannelWithSecret>(`${api}/channels/${asked.view.id}/secret`, { body: {} })
              setSecret({ name: made.name, secret: made.secret ?? '' })
            } else {
              await callApi<void>(`${api}/${asked.what}s/${asked.view.id}`, { method: 'DELETE' })
              if (asked.what === 'channel' && state.channel === asked.view.id) void setState({ channel: null })
            }
            await reload()
          }}
        >
          <p>{confirmWords[asked.what].text}</p>
        </ConfirmDialog>
      )}
    </TimeProvider>
  )
}

const confirmWords = {
  rule: { action: 'Delete rule', text: 'Nothing watches it any more. What it said stays in the log.' },
  channel: { action: 'Delete channel', text: 'Rules tell it nothing any more, and its part of the log goes with it.' },
  secret: {
    action: 'Make a new secret',
    text: 'From the next message on the new one signs. Whoever checks with the old one refuses them until it is replaced.',
  },
}
