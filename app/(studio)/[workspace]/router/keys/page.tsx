import type { Metadata } from 'next'
import { formatUnits, toUnits, windowWords } from '#components/budgets/figures.ts'
import { newRuleHref, ruleHref } from '#components/budgets/scopes.ts'
import { type KeyBudgets, KeyTable } from '#components/keys/key-table.tsx'
import { RouterTabs } from '#components/models/router-tabs.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { formatCompact } from '#components/ui/format.ts'
import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import type { BudgetView } from '#lib/metering/schema.ts'
import { getRuntime } from '#lib/runtime.ts'
import { type KeyView, roleReaches } from '#lib/tenancy/schema.ts'
import { requireScope } from '#lib/web/index.ts'
import { createKey, revokeKey, updateKey } from './actions.ts'

export const metadata: Metadata = { title: 'API Keys' }

interface Props {
  params: Promise<{ workspace: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function KeysPage({ params, searchParams }: Props) {
  const scope = await requireScope((await params).workspace)
  const { slug } = scope.workspace
  return (
    <PageBody full>
      <PageHeader title="AI Router">Keys your code calls with. A key is shown once, when it is made.</PageHeader>
      <RouterTabs workspace={slug} />
      {roleReaches(scope.role, 'developer') ? (
        <Keys slug={slug} query={await searchParams} />
      ) : (
        <EmptyState title="Keys are for developers">
          Your role here is viewer. Ask an admin for a key or for another role.
        </EmptyState>
      )}
    </PageBody>
  )
}

async function Keys({ slug, query }: { slug: string; query: Record<string, string | string[] | undefined> }) {
  const scope = await requireScope(slug, 'developer')
  const { tenancy, models, budgets, env } = getRuntime()
  const state = query.state === 'all' ? 'all' : 'active'
  const cursor = typeof query.cursor === 'string' && query.cursor.length <= 64 ? query.cursor : undefined
  const [page, offered, capped] = await Promise.all([
    tenancy.listKeys(scope, { state, cursor }),
    models.listModels(scope, { limit: 200 }),
    budgets.listBudgets(scope),
  ])
  const canCap = roleReaches(scope.role, 'admin')
  const at = (after?: string) => {
    const rest = new URLSearchParams({ ...(state === 'all' && { state }), ...(after && { cursor: after }) }).toString()
    return `/${slug}/router/keys${rest && `?${rest}`}`
  }
  return (
    <KeyTable
      workspace={slug}
      keys={page.items}
      budgets={Object.fromEntries(page.items.map((key) => [key.id, budgetsOf(slug, key, capped, canCap)]))}
      showsRevoked={state === 'all'}
      models={offered.items.map(({ id, name }) => ({ id, name }))}
      gatewayUrl={`${env.publicGatewayUrl?.origin ?? `http://localhost:${env.gatewayPort}`}/v1`}
      firstHref={cursor && at()}
      nextHref={page.nextCursor && at(page.nextCursor)}
      create={createKey}
      rename={updateKey}
      revoke={revokeKey}
    />
  )
}

/** The budgets of one key in a few words each. */
function budgetsOf(slug: string, key: KeyView, all: readonly BudgetView[], canCap: boolean): KeyBudgets {
  const own = all.filter(({ scope, scopeId }) => scope === 'key' && scopeId === key.id)
  return {
    budgets: own.map((view) => ({
      id: view.id,
      text: `${shortly(view, view.spent)} of ${shortly(view, view.cap)}${view.unit === 'usd' ? '' : ' tokens'} ${windowWords[view.window]}`,
      full: view.exhausted,
      href: ruleHref(slug, view.id),
    })),
    newHref:
      canCap && key.state === 'active'
        ? newRuleHref(slug, { scope: 'key', scopeId: key.id, name: key.name })
        : undefined,
  }
}

function shortly({ unit }: BudgetView, text: string): string {
  const units = toUnits(unit, text)
  return unit === 'usd' ? formatUnits(unit, units) : formatCompact(units)
}
