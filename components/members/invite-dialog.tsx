'use client'
import { useRouter } from 'next/navigation'
import { useId, useState } from 'react'
import { Controller } from 'react-hook-form'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { FormSummary } from '#components/form/form-summary.tsx'
import { useActionForm } from '#components/form/use-action-form.ts'
import { Button } from '#components/ui/button.tsx'
import { CodeBlock } from '#components/ui/code-block.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Input } from '#components/ui/input.tsx'
import { Select } from '#components/ui/select.tsx'
import type { ActionResult } from '#lib/core/result.ts'
import {
  type InvitationView,
  type InviteInput,
  invitationDays,
  type Role,
  roleReaches,
  roles,
} from '#lib/tenancy/schema.ts'
import { roleWords } from './role-words.ts'

export interface Invited {
  invitation: InvitationView
  token: string
}

interface InviteDialogProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  own: Role
  invite: (input: InviteInput) => Promise<ActionResult<Invited>>
}

export function InviteDialog(props: InviteDialogProps) {
  return props.open ? <OpenInviteDialog {...props} /> : null
}

function OpenInviteDialog({ open, onOpenChange, own, invite }: InviteDialogProps) {
  const id = useId()
  const router = useRouter()
  const [invited, setInvited] = useState<Invited>()
  const { form, onSubmit, errors, message, attempt, busy } = useActionForm({
    rules: async () => (await import('#lib/tenancy/schema.ts')).InviteInput,
    defaultValues: { email: '', role: 'developer' },
    submit: invite,
    onDone(value) {
      setInvited(value)
      router.refresh()
    },
  })
  const link = invited && `${window.location.origin}/invite/${invited.token}`
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={invited ? `Send this link to ${invited.invitation.email}` : 'Invite somebody'}
      size="small"
      keepOnOutsideClick
      footer={
        invited ? (
          <Button variant="main" onClick={() => onOpenChange(false)}>
            Done
          </Button>
        ) : (
          <>
            <Button variant="quiet" onClick={() => onOpenChange(false)}>
              Cancel
            </Button>
            <Button type="submit" form={id} variant="main" loading={busy}>
              Create link
            </Button>
          </>
        )
      }
    >
      {link ? (
        <div className="grid gap-3">
          <CodeBlock code={link} label="Invitation link" wrap />
          <p className="text-muted text-sm">
            It is shown only now, works once, for this e-mail alone, and ends in {invitationDays} days.
          </p>
        </div>
      ) : (
        <Form id={id} onSubmit={onSubmit} className="grid gap-4">
          <FormSummary errors={errors} message={message} attempt={attempt} />
          <Field label="E-mail" name="email" error={errors.email} required>
            <Input {...form.register('email')} type="email" autoComplete="off" inputMode="email" autoFocus />
          </Field>
          <Controller
            control={form.control}
            name="role"
            render={({ field }) => (
              <Field label="Role" name="role" error={errors.role} help={roleWords[field.value as Role].detail} required>
                <Select
                  value={field.value as string}
                  onChange={field.onChange}
                  options={roles
                    .filter((role) => roleReaches(own, role))
                    .map((role) => ({ value: role, label: roleWords[role].label }))}
                />
              </Field>
            )}
          />
        </Form>
      )}
    </Dialog>
  )
}
