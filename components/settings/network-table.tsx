'use client'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { orThrow } from '#components/form/actions.ts'
import { Field, FieldRow } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { FormSummary } from '#components/form/form-summary.tsx'
import { useActionForm } from '#components/form/use-action-form.ts'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'
import { DataTable } from '#components/ui/data-table.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { Input } from '#components/ui/input.tsx'
import type { Column } from '#components/ui/table-columns.ts'
import { RelativeTime } from '#components/ui/time.tsx'
import type { ActionResult } from '#lib/core/result.ts'
import type { AddAllowedEndpointInput, AllowedEndpointView } from '#lib/tenancy/schema.ts'

export interface NetworkTableProps {
  workspace: string
  entries: AllowedEndpointView[]
  allow: (workspace: string, input: AddAllowedEndpointInput) => Promise<ActionResult<AllowedEndpointView>>
  disallow: (workspace: string, input: { id: string }) => Promise<ActionResult<void>>
}

/** Private addresses that models may lead to: for the operator. */
export function NetworkTable({ workspace, entries, allow, disallow }: NetworkTableProps) {
  const router = useRouter()
  const [removing, setRemoving] = useState<AllowedEndpointView>()
  const { form, onSubmit, errors, message, attempt, busy } = useActionForm({
    rules: async () => (await import('#lib/tenancy/schema.ts')).AddAllowedEndpointInput,
    defaultValues: { entry: '', note: '' },
    submit: (input) => allow(workspace, input),
    onDone() {
      form.reset({ entry: '', note: '' })
      router.refresh()
    },
  })
  const columns: Column<AllowedEndpointView>[] = [
    { id: 'entry', label: 'Address', kind: 'mono', primary: true, cell: (view) => view.entry },
    { id: 'note', label: 'Note', cell: (view) => view.note },
    {
      id: 'by',
      label: 'Allowed by',
      cell: (view) => (view.fixed ? <Badge>fixed</Badge> : view.createdBy),
    },
    { id: 'at', label: 'Since', cell: (view) => view.createdAt && <RelativeTime at={view.createdAt} /> },
    {
      id: 'actions',
      label: '',
      className: 'w-px text-right',
      cell: (view) =>
        !view.fixed && (
          <Button size="sm" variant="quiet" onClick={() => setRemoving(view)} aria-label={`Remove ${view.entry}`}>
            Remove
          </Button>
        ),
    },
  ]
  return (
    <div className="grid gap-5">
      <Form onSubmit={onSubmit} className="grid max-w-2xl gap-4">
        <FormSummary errors={errors} message={message} attempt={attempt} />
        <FieldRow>
          <Field
            label="Address"
            name="entry"
            error={errors.entry}
            help="host:port, or a range such as 10.1.0.0/16:8000"
            required
          >
            <Input
              {...form.register('entry')}
              mono
              placeholder="127.0.0.1:11434"
              autoComplete="off"
              spellCheck={false}
            />
          </Field>
          <Field label="Note" name="note" error={errors.note} help="What runs there.">
            <Input {...form.register('note')} autoComplete="off" />
          </Field>
        </FieldRow>
        <div>
          <Button type="submit" variant="main" loading={busy}>
            Allow
          </Button>
        </div>
      </Form>
      <DataTable
        label="Allowed private addresses"
        columns={columns}
        rows={entries}
        rowId={(view) => view.id}
        empty={
          <EmptyState title="No private address is allowed">
            Models may lead to public https servers. Allow an address here for Ollama, vLLM or a server in your own
            network.
          </EmptyState>
        }
      />
      {removing && (
        <ConfirmDialog
          open
          onOpenChange={(open) => !open && setRemoving(undefined)}
          title={`No longer allow ${removing.entry}`}
          action="Remove address"
          onConfirm={async () => {
            await orThrow(disallow(workspace, { id: removing.id }))
            router.refresh()
          }}
        >
          <p>Models of every workspace that lead there are refused from their next call on.</p>
        </ConfirmDialog>
      )}
    </div>
  )
}
