'use client'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { orThrow } from '#components/form/actions.ts'
import { Field } from '#components/form/field.tsx'
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
import type { ActionResult } from '#lib/core/result.ts'
import type { OperatorView, SetOperatorInput } from '#lib/tenancy/schema.ts'

interface OperatorsProps {
  workspace: string
  operators: OperatorView[]
  /** The person who looks. */
  self: string
  set: (workspace: string, input: SetOperatorInput) => Promise<ActionResult<void>>
}

/** Who runs the installation: names further people, or takes it back. One always stays. */
export function Operators({ workspace, operators, self, set }: OperatorsProps) {
  const router = useRouter()
  const [removing, setRemoving] = useState<OperatorView>()
  const { form, onSubmit, errors, message, attempt, busy } = useActionForm({
    rules: async () => (await import('#lib/tenancy/schema.ts')).SetOperatorInput,
    defaultValues: { email: '', operator: true },
    submit: (input) => set(workspace, input),
    onDone() {
      form.reset({ email: '', operator: true })
      router.refresh()
    },
  })
  const columns: Column<OperatorView>[] = [
    {
      id: 'name',
      label: 'Name',
      primary: true,
      cell: (person) => (
        <>
          {person.name} {person.id === self && <Badge>you</Badge>}
        </>
      ),
    },
    { id: 'email', label: 'E-mail', cell: (person) => person.email },
    {
      id: 'actions',
      label: '',
      className: 'w-px text-right',
      cell: (person) =>
        operators.length > 1 && (
          <Button
            size="sm"
            variant="quiet"
            onClick={() => setRemoving(person)}
            aria-label={`${person.name} is no longer an operator`}
          >
            Remove
          </Button>
        ),
    },
  ]
  return (
    <div className="grid gap-4">
      <p className="max-w-2xl text-muted text-sm">
        Operators allow private addresses for the whole installation. What they may do in a workspace is still up to
        their role there.
      </p>
      <DataTable
        label="Operators"
        columns={columns}
        rows={operators}
        rowId={(person) => person.id}
        empty={<EmptyState title="No operators" />}
      />
      <Form onSubmit={onSubmit} className="grid max-w-md gap-4">
        <FormSummary errors={errors} message={message} attempt={attempt} />
        <Field
          label="E-mail of a further operator"
          name="email"
          error={errors.email}
          help="Somebody who has an account here."
          required
        >
          <Input {...form.register('email')} type="email" inputMode="email" autoComplete="off" />
        </Field>
        <div>
          <Button type="submit" loading={busy}>
            Name as operator
          </Button>
        </div>
      </Form>
      {removing && (
        <ConfirmDialog
          open
          onOpenChange={(open) => !open && setRemoving(undefined)}
          title={`${removing.name} is no longer an operator`}
          action="Remove operator"
          onConfirm={async () => {
            await orThrow(set(workspace, { email: removing.email, operator: false }))
            router.refresh()
          }}
        >
          <p>
            {removing.id === self ? 'You can' : `${removing.email} can`} no longer allow private addresses. Workspaces,
            roles and keys stay as they are.
          </p>
        </ConfirmDialog>
      )}
    </div>
  )
}
