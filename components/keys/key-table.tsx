'use client'
import { KeyRound, Plus } from 'lucide-react'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { orThrow } from '#components/form/actions.ts'
import { Badge } from '#components/ui/badge.tsx'
import { Button, ButtonLink } from '#components/ui/button.tsx'
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'
import { DataTable } from '#components/ui/data-table.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Pagination } from '#components/ui/pagination.tsx'
import type { Column } from '#components/ui/table-columns.ts'
import { ExactTime, RelativeTime } from '#components/ui/time.tsx'
import type { ActionResult } from '#lib/core/result.ts'
import type { CreatedKey, CreateKeyInput, KeyView, UpdateKeyInput } from '#lib/tenancy/schema.ts'
import { scopeWords } from './scope-words.ts'

// Fetched when they are first opened.
const CreateKeyDialog = dynamic(() => import('./create-key-dialog.tsx').then((module) => module.CreateKeyDialog), {
  ssr: false,
})
const RenameKeyDialog = dynamic(() => import('./rename-key-dialog.tsx').then((module) => module.RenameKeyDialog), {
  ssr: false,
})

export interface KeyBudgets {
  budgets: { id: string; text: string; full: boolean; href: string }[]
  newHref: string | undefined
}

export interface KeyTableProps {
  workspace: string
  keys: KeyView[]
  /** By key: its budgets, and where one is made for it; absent for those who may not. */
  budgets: Readonly<Record<string, KeyBudgets>>
  /** Whether revoked ones are listed too. */
  showsRevoked: boolean
  models: readonly { id: string; name: string }[]
  gatewayUrl: string
  firstHref?: string | undefined
  nextHref?: string | undefined
  create: (workspace: string, input: CreateKeyInput) => Promise<ActionResult<CreatedKey>>
  rename: (workspace: string, input: UpdateKeyInput) => Promise<ActionResult<KeyView>>
  revoke: (workspace: string, input: { id: string }) => Promise<ActionResult<KeyView>>
}

/** API Keys: what callers use, when they last did, and a way to end it. */
export function KeyTable({
  workspace,
  keys,
  budgets,
  showsRevoked,
  models,
  gatewayUrl,
  firstHref,
  nextHref,
  create,
  rename,
  revoke,
}: KeyTableProps) {
  const router = useRouter()
  const [creating, setCreating] = useState(false)
  const [naming, setNaming] = useState<KeyView>()
  const [ending, setEnding] = useState<KeyView>()
  const modelNames = new Map(models.map((model) => [model.id, model.name]))
  const newKey = (
    <Button variant="main" onClick={() => setCreating(true)}>
      <Plus aria-hidden="true" /> Create an API key
    </Button>
  )
  const columns: Column<KeyView>[] = [
    {
      id: 'name',
      label: 'Name',
      primary: true,
      sort: (key) => key.name,
      cell: (key) => (
        <>
          {key.name}{' '}
          {key.state !== 'active' && <Badge tone={key.state === 'revoked' ? 'bad' : 'warn'}>{key.state}</Badge>}
        </>
      ),
    },
    { id: 'hint', label: 'Key', kind: 'mono', cell: (key) => key.hint },
    { id: 'scopes', label: 'May', cell: (key) => key.scopes.map((scope) => scopeWords[scope].label).join(', ') },
    { id: 'models', label: 'Models', cell: (key) => modelsOf(key, modelNames) },
    { id: 'budget', label: 'Budget', cell: (key) => <BudgetCell name={key.name} of={budgets[key.id]} /> },
    { id: 'role', label: 'Role', hidden: true, cell: (key) => key.role },
    { id: 'by', label: 'Made by', hidden: true, cell: (key) => key.createdBy?.name ?? '' },
    {
      id: 'created',
      label: 'Made',
      hidden: true,
      sort: (key) => key.createdAt,
      cell: (key) => <ExactTime at={key.createdAt} day />,
    },
    {
      id: 'used',
      label: 'Last used',
      sort: (key) => key.lastUsedAt,
      cell: (key) =>
        key.lastUsedAt ? <RelativeTime at={key.lastUsedAt} /> : <span className="text-faint">never</span>,
    },
    {
      id: 'expires',
      label: 'Ends',
      cell: (key) => (key.expiresAt ? <RelativeTime at={key.expiresAt} /> : <span className="text-faint">never</span>),
    },
    {
      id: 'actions',
      label: '',
      className: 'w-px text-right',
      cell: (key) =>
        key.state !== 'revoked' &&
        key.editable && (
          <span className="inline-flex gap-1">
            <Button size="sm" variant="quiet" onClick={() => setNaming(key)} aria-label={`Rename ${key.name}`}>
              Rename
            </Button>
            <Button size="sm" variant="quiet" onClick={() => setEnding(key)} aria-label={`Revoke ${key.name}`}>
              Revoke
            </Button>
          </span>
        ),
    },
  ]
  const base = `/${workspace}/router/keys`
  return (
    <>
      <DataTable
        label="API keys"
        columns={columns}
        columnsKey="keys"
        rows={keys}
        rowId={(key) => key.id}
        toolbar={
          <>
            {newKey}
            <ButtonLink variant="quiet" href={showsRevoked ? base : `${base}?state=all`}>
              {showsRevoked ? 'Hide revoked' : 'Show revoked'}
            </ButtonLink>
          </>
        }
        empty={
          <EmptyState
            title="No API keys yet"
            icon={<KeyRound className="size-6 text-faint" aria-hidden="true" />}
            action={newKey}
          >
            A key lets your code call this workspace’s models with any OpenAI client: change the base URL and the key.
          </EmptyState>
        }
        footer={<Pagination previous={firstHref} next={nextHref} />}
      />
      {creating && (
        <CreateKeyDialog
          open
          onOpenChange={setCreating}
          gatewayUrl={gatewayUrl}
          models={models}
          create={(input) => create(workspace, input)}
        />
      )}
      {naming && (
        <RenameKeyDialog
          renamed={naming}
          onClose={() => setNaming(undefined)}
          rename={(input) => rename(workspace, input)}
        />
      )}
      {ending && (
        <ConfirmDialog
          open
          onOpenChange={(open) => !open && setEnding(undefined)}
          title={`Revoke ${ending.name}`}
          action="Revoke key"
          name={ending.name}
          onConfirm={async () => {
            await orThrow(revoke(workspace, { id: ending.id }))
            router.refresh()
          }}
        >
          <p>
            Calls with this key are refused within 5 seconds, for good.{' '}
            {ending.lastUsedAt ? (
              <>
                It was last used <RelativeTime at={ending.lastUsedAt} />.
              </>
            ) : (
              'It was never used.'
            )}
          </p>
        </ConfirmDialog>
      )}
    </>
  )
}

function BudgetCell({ name, of }: { name: string; of: KeyBudgets | undefined }) {
  if (of && of.budgets.length > 0) {
    return (
      <ul>
        {of.budgets.map((budget) => (
          <li key={budget.id} className="whitespace-nowrap">
            <Link href={budget.href} className="link rounded-sm">
              {budget.text}
            </Link>{' '}
            {budget.full && <Badge tone="bad">used up</Badge>}
          </li>
        ))}
      </ul>
    )
  }
  return of?.newHref ? (
    <Link href={of.newHref} aria-label={`Set a budget for ${name}`} className="link rounded-sm text-muted">
      Set
    </Link>
  ) : (
    <span className="text-faint">none</span>
  )
}

function modelsOf(key: KeyView, names: ReadonlyMap<string, string>): string {
  if (key.modelIds.length === 0) return 'all'
  const [first] = key.modelIds
  return key.modelIds.length === 1 ? (names.get(first!) ?? '1 model') : `${key.modelIds.length} models`
}
