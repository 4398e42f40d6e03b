'use client'
import { FileDown, Power, PowerOff, RotateCw, Trash2, X } from 'lucide-react'
import { useState } from 'react'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { JackText } from '#components/ui/jack.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { toast } from '#components/ui/toast.ts'
import type { BulkResult } from '#lib/models/schema.ts'
import { type BulkAction, changeMany } from './api.ts'

const models = (count: number) => (count === 1 ? '1 model' : `${count} models`)

const done: Readonly<Record<BulkAction, (count: number) => string>> = {
  validate: (count) => `${count === 1 ? '1 validation waits' : `${count} validations wait`} for the worker.`,
  enable: (count) => `${models(count)} ${count === 1 ? 'answers' : 'answer'} again.`,
  disable: (count) =>
    `${models(count)} ${count === 1 ? 'is' : 'are'} disabled. Calls to ${count === 1 ? 'it' : 'them'} are refused.`,
  delete: (count) => `${models(count)} ${count === 1 ? 'is' : 'are'} deleted.`,
}

/** What can be done with the ticked models. What failed for some is told for each. */
export function BulkActions({
  workspace,
  ids,
  clear,
  onChanged,
}: {
  workspace: string
  ids: readonly string[]
  clear: () => void
  onChanged: () => void
}) {
  const [working, setWorking] = useState<BulkAction>()
  const [deleting, setDeleting] = useState(false)
  const [results, setResults] = useState<{ action: BulkAction; items: readonly BulkResult[] }>()

  async function run(action: BulkAction) {
    setWorking(action)
    try {
      const { items } = await changeMany(workspace, ids, action)
      onChanged()
      if (items.every(({ ok }) => ok)) {
        toast(done[action](items.length))
        clear()
      } else setResults({ action, items })
    } catch (error) {
      toast.error(error instanceof ApiError ? error.message : 'That did not work. Try again.')
    } finally {
      setWorking(undefined)
    }
  }
  const button = (action: Exclude<BulkAction, 'delete'>, label: string, icon: React.ReactNode) => (
    <Button size="sm" loading={working === action} disabled={working !== undefined} onClick={() => void run(action)}>
      {icon}
      {label}
    </Button>
  )

  return (
    <>
      {button('validate', 'Validate', <RotateCw aria-hidden="true" />)}
      {button('enable', 'Enable', <Power aria-hidden="true" />)}
      {button('disable', 'Disable', <PowerOff aria-hidden="true" />)}
      <Button
        size="sm"
        onClick={() => {
          const query = new URLSearchParams(ids.map((id) => ['ids', id]))
          window.location.assign(`/api/workspaces/${encodeURIComponent(workspace)}/models/export?${query}`)
        }}
      >
        <FileDown aria-hidden="true" />
        Export
      </Button>
      <Button size="sm" variant="danger" disabled={working !== undefined} onClick={() => setDeleting(true)}>
        <Trash2 aria-hidden="true" />
        Delete
      </Button>
      <IconButton label="Clear the selection" size="sm" onClick={clear}>
        <X />
      </IconButton>
      <ConfirmDialog
        open={deleting}
        onOpenChange={setDeleting}
        title={`Delete ${models(ids.length)}`}
        name="delete"
        action={`Delete ${models(ids.length)}`}
        onConfirm={() => run('delete')}
      >
        <p>
          Calls to {ids.length === 1 ? 'it' : 'them'} are refused from then on, and the keys are destroyed. Addresses
          stay reserved for 90 days; records of past calls keep names and costs. What is still used somewhere stays.
        </p>
      </ConfirmDialog>
      {results && (
        <BulkResults
          {...results}
          onClose={() => {
            setResults(undefined)
            clear()
          }}
        />
      )}
    </>
  )
}

function BulkResults({
  action,
  items,
  onClose,
}: {
  action: BulkAction
  items: readonly BulkResult[]
  onClose: () => void
}) {
  const good = items.filter(({ ok }) => ok).length
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title="How it went"
      footer={
        <Button variant="main" onClick={onClose}>
          Done
        </Button>
      }
    >
      <div className="grid gap-3">
        <Notice tone="warn" live>
          {good > 0 && `${done[action](good)} `}
          {items.length - good} of {items.length} did not work.
        </Notice>
        <ul className="divide-y">
          {[...items]
            .sort((a, b) => Number(a.ok) - Number(b.ok))
            .map((item) => (
              <li key={item.id} className="py-2">
                <JackText state={item.ok ? 'ok' : 'bad'} detail={item.error?.message}>
                  {item.name || 'A model that is gone'}
                </JackText>
                {item.uses.length > 1 && (
                  <p className="pl-5 text-faint text-xs">Used by {item.uses.map(({ label }) => label).join(', ')}</p>
                )}
              </li>
            ))}
        </ul>
      </div>
    </Dialog>
  )
}
