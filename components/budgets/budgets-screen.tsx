'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Search } from 'lucide-react'
import dynamic from 'next/dynamic'
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs'
import { type ReactNode, useMemo, useState } from 'react'
import { ApiError, callApi } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { useCommands } from '#components/ui/commands.tsx'
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { Input } from '#components/ui/input.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { TimeProvider } from '#components/ui/time.tsx'
import { toast } from '#components/ui/toast.ts'
import { type BudgetView, budgetWords, type LimitView, limitWords, type RuleScope } from '#lib/metering/schema.ts'
import { BudgetRow } from './budget-row.tsx'
import { BudgetsSkeleton } from './budgets-skeleton.tsx'
import { formatUnits, toAmount } from './figures.ts'
import { GaugeLegend } from './gauge.tsx'
import { LimitTable } from './limit-table.tsx'
import { NothingCapped } from './nothing-capped.tsx'
import { apiOf, budgetsQuery, limitsQuery } from './queries.ts'
import type { RuleDraft } from './rule-dialog.tsx'
import { inOrder, matching, scopeKinds } from './scopes.ts'

// Fetched when it is first opened.
const RuleDialog = dynamic(() => import('./rule-dialog.tsx').then((module) => module.RuleDialog), { ssr: false })
const RaiseDialog = dynamic(() => import('./raise-dialog.tsx').then((module) => module.RaiseDialog), { ssr: false })

const shownMax = 50

/**
 * Analytics, Budgets: what may be spent, and how fast. What is looked for and open stands in the address:
 * `?rule=bud_…`, `?q=ci-bot`, `?new=budget&scope=key&of=key_…&name=ci-bot`.
 */
export function BudgetsScreen({
  workspace,
  timeZone,
  canManage,
}: {
  workspace: string
  timeZone: string
  canManage: boolean
}) {
  const queryClient = useQueryClient()
  const [state, setState] = useQueryStates({
    q: parseAsString.withDefault(''),
    rule: parseAsString,
    new: parseAsStringLiteral(['budget', 'limit']),
    scope: parseAsStringLiteral(scopeKinds.map(({ scope }) => scope)),
    of: parseAsString,
    name: parseAsString,
  })
  const [editing, setEditing] = useState<RuleDraft>()
  const [raisingBy, setRaisingBy] = useState<BudgetView>()
  const [removing, setRemoving] = useState<Removed>()
  const [raising, setRaising] = useState<string>()
  const [showsAll, setShowsAll] = useState(false)
  const budgets = useQuery(budgetsQuery(workspace))
  const limits = useQuery(limitsQuery(workspace))

  useCommands(
    useMemo(
      () =>
        canManage
          ? [
              { id: 'budget.new', label: 'New budget', group: 'Budgets', run: () => void setState({ new: 'budget' }) },
              { id: 'limit.new', label: 'New limit', group: 'Budgets', run: () => void setState({ new: 'limit' }) },
            ]
          : [],
      [canManage, setState],
    ),
  )

  const reload = () =>
    Promise.all(
      ['budgets', 'limits', 'notices'].map((name) => queryClient.invalidateQueries({ queryKey: [name, workspace] })),
    )

  /** Throws what the server refuses. */
  async function raise(view: BudgetView, amount: string): Promise<BudgetView> {
    const raised = await callApi<BudgetView>(`${apiOf(workspace)}/budgets/${view.id}/raise`, { body: { amount } })
    queryClient.setQueryData<{ items: BudgetView[] }>(budgetsQuery(workspace).queryKey, (list) =>
      list ? { items: list.items.map((each) => (each.id === raised.id ? raised : each)) } : list,
    )
    void reload()
    return raised
  }
  const opposite = (amount: string) => (amount.startsWith('-') ? amount.slice(1) : `-${amount}`)
  async function raiseAndTell(view: BudgetView, amount: string, text: string): Promise<void> {
    await raise(view, amount)
    toast.success(text, {
      action: {
        label: 'Undo',
        onClick: () => void raise(view, opposite(amount)).catch(() => toast.error('That could not be undone.')),
      },
    })
  }
  async function raiseAtOnce(view: BudgetView, units: bigint): Promise<void> {
    setRaising(view.id)
    const by = formatUnits(view.unit, units < 0n ? -units : units)
    try {
      await raiseAndTell(
        view,
        toAmount(view.unit, units),
        units < 0n ? `The raise by ${by} is taken back.` : `Raised by ${by}. Calls go on within seconds.`,
      )
    } catch (error) {
      toast.error(error instanceof ApiError ? error.message : 'That did not work. Nothing was raised.')
      void reload()
    } finally {
      setRaising(undefined)
    }
  }

  const close = () => {
    setEditing(undefined)
    void setState({ new: null, scope: null, of: null, name: null })
  }
  const draft: RuleDraft | undefined = editing ?? (state.new ? { what: state.new, choice: choiceOf(state) } : undefined)
  const newButtons = canManage && (
    <>
      <Button onClick={() => void setState({ new: 'limit' })}>New limit</Button>
      <Button variant="main" onClick={() => void setState({ new: 'budget' })}>
        New budget
      </Button>
    </>
  )

  const failed = [budgets, limits].find(({ error, data }) => error && !data)
  const known = budgets.data && limits.data ? { budgets: budgets.data.items, limits: limits.data.items } : undefined
  const isEmpty = known?.budgets.length === 0 && known.limits.length === 0
  const found = known && {
    budgets: matching(inOrder(known.budgets), state.q),
    limits: matching(inOrder(known.limits), state.q),
  }
  const isGone =
    known && state.rule !== null && ![...known.budgets, ...known.limits].some(({ id }) => id === state.rule)
  // What the address names shows, however far down it is.
  const at = found?.budgets.findIndex(({ id }) => id === state.rule) ?? -1
  const shown = found?.budgets.slice(0, showsAll ? undefined : Math.max(shownMax, at + 1))

  let content: ReactNode
  if (failed) {
    content = (
      <Card>
        <ErrorState
          title="The budgets could not be loaded"
          requestId={failed.error instanceof ApiError ? failed.error.requestId : undefined}
          onRetry={() => void Promise.all([budgets.refetch(), limits.refetch()])}
          retrying={budgets.isFetching || limits.isFetching}
        >
          {failed.error?.message}
        </ErrorState>
      </Card>
    )
  } else if (!known || !found || !shown) {
    content = <BudgetsSkeleton />
  } else if (isEmpty) {
    content = <NothingCapped canManage={canManage} onNew={(what) => void setState({ new: what })} />
  } else {
    content = (
      <>
        <div className="flex flex-wrap items-center gap-2">
          <div className="w-full sm:w-72">
            <Input
              type="search"
              aria-label="Search budgets and limits"
              placeholder="Key, model, identity"
              maxLength={200}
              prefix={<Search aria-hidden="true" />}
              value={state.q}
              onChange={(event) => void setState({ q: event.target.value || null })}
            />
          </div>
          <span className="flex-1" />
          {newButtons}
        </div>
        {found.budgets.length === 0 && found.limits.length === 0 ? (
          <Card>
            <EmptyState
              title="No budget or limit fits"
              action={<Button onClick={() => void setState({ q: null })}>Clear the search</Button>}
            >
              Nothing that “{state.q}” is the name of has a budget or limit of its own.
            </EmptyState>
          </Card>
        ) : (
          <>
            <Card>
              <CardHeader
                title="Budgets"
                detail="What may be spent."
                actions={<GaugeLegend className="max-md:hidden" />}
              />
              {shown.length === 0 ? (
                <Quiet>{state.q ? 'No budget fits.' : 'None. Nothing caps what is spent.'}</Quiet>
              ) : (
                <ul className="divide-y border-t">
                  {shown.map((view) => (
                    <BudgetRow
                      key={view.id}
                      workspace={workspace}
                      view={view}
                      open={view.id === state.rule}
                      raising={raising === view.id}
                      onToggle={() => void setState({ rule: view.id === state.rule ? null : view.id })}
                      actions={
                        canManage
                          ? {
                              onRaise: raiseAtOnce,
                              onRaiseBy: setRaisingBy,
                              onEdit: (edited) => setEditing({ what: 'budget', edited }),
                              onDelete: (one) => setRemoving({ what: 'budget', view: one }),
                            }
                          : undefined
                      }
                    />
                  ))}
                </ul>
              )}
              {shown.length < found.budgets.length && (
                <div className="border-t px-4 py-2.5">
                  <Button size="sm" variant="quiet" onClick={() => setShowsAll(true)}>
                    Show all {found.budgets.length}
                  </Button>
                </div>
              )}
            </Card>
            <Card>
              <CardHeader title="Limits" detail="How fast calls may come." />
              <LimitTable
                workspace={workspace}
                limits={found.limits}
                marked={state.rule}
                empty={<Quiet>{state.q ? 'No limit fits.' : 'None. Calls are let in as fast as they come.'}</Quiet>}
                onEdit={canManage ? (edited) => setEditing({ what: 'limit', edited }) : undefined}
                onDelete={canManage ? (view) => setRemoving({ what: 'limit', view }) : undefined}
              />
            </Card>
          </>
        )}
      </>
    )
  }

  return (
    <TimeProvider timeZone={timeZone}>
      <div className="grid gap-4">
        {isGone && (
          <Notice
            tone="info"
            title="That budget or limit is gone"
            action={
              <Button size="sm" variant="quiet" onClick={() => void setState({ rule: null })}>
                Dismiss
              </Button>
            }
          >
            It was deleted since. The audit says when and by whom.
          </Notice>
        )}
        {content}
      </div>
      {canManage && draft && (
        <RuleDialog
          workspace={workspace}
          timeZone={timeZone}
          draft={draft}
          onClose={close}
          onSaved={(view) => {
            void reload().then(close)
            toast.success(savedText(draft, view))
          }}
        />
      )}
      {canManage && raisingBy && (
        <RaiseDialog
          view={raisingBy}
          onClose={() => setRaisingBy(undefined)}
          onRaise={(amount) => raiseAndTell(raisingBy, amount, 'Raised. Calls go on within seconds.')}
        />
      )}
      {canManage && removing && (
        <ConfirmDialog
          open
          onOpenChange={() => setRemoving(undefined)}
          title={`Delete the ${nameOf(removing)}`}
          action={removing.what === 'budget' ? 'Delete budget' : 'Delete limit'}
          onConfirm={async () => {
            await callApi<void>(`${apiOf(workspace)}/${removing.what}s/${removing.view.id}`, { method: 'DELETE' })
            if (state.rule === removing.view.id) void setState({ rule: null })
            await reload()
          }}
        >
          <p>
            {removing.what === 'budget'
              ? 'Within seconds it caps nothing any more. What was spent stays in the figures.'
              : 'Within seconds it holds no call back any more.'}
          </p>
        </ConfirmDialog>
      )}
    </TimeProvider>
  )
}

type Removed = { what: 'budget'; view: BudgetView } | { what: 'limit'; view: LimitView }

function nameOf({ what, view }: Removed): string {
  const label = view.scope === 'identity' ? view.scopeId : view.scopeLabel
  return what === 'budget'
    ? budgetWords(view.window, view.scope, label)
    : limitWords(view.kind, BigInt(view.amount), view.scope, label)
}

function savedText(draft: RuleDraft, view: BudgetView | LimitView): string {
  const name =
    draft.what === 'budget'
      ? nameOf({ what: 'budget', view: view as BudgetView })
      : nameOf({ what: 'limit', view: view as LimitView })
  return `The ${name} holds within seconds.`
}

function choiceOf({ scope, of, name }: { scope: RuleScope | null; of: string | null; name: string | null }) {
  if (!scope || scope === 'workspace' || !of) return undefined
  return { scope, scopeId: of, label: name ?? of }
}

function Quiet({ children }: { children: ReactNode }) {
  return <p className="px-4 pb-4 text-muted text-sm">{children}</p>
}
