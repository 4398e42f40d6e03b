'use client'
import { useRouter } from 'next/navigation'
import { useId } from 'react'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { FormSummary } from '#components/form/form-summary.tsx'
import { useActionForm } from '#components/form/use-action-form.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Input } from '#components/ui/input.tsx'
import type { ActionResult } from '#lib/core/result.ts'
import type { KeyView, UpdateKeyInput } from '#lib/tenancy/schema.ts'

interface RenameKeyDialogProps {
  renamed: KeyView
  onClose: () => void
  rename: (input: UpdateKeyInput) => Promise<ActionResult<KeyView>>
}

/** Another name for a key: in lists, figures and the audit. The key itself stays as it is. */
export function RenameKeyDialog({ renamed, onClose, rename }: RenameKeyDialogProps) {
  const id = useId()
  const router = useRouter()
  const { form, onSubmit, errors, message, attempt, busy } = useActionForm({
    rules: async () => (await import('#lib/tenancy/schema.ts')).UpdateKeyInput,
    defaultValues: { id: renamed.id, version: renamed.version, name: renamed.name },
    submit: rename,
    onDone() {
      router.refresh()
      onClose()
    },
  })
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Rename ${renamed.name}`}
      size="small"
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" form={id} variant="main" loading={busy}>
            Rename
          </Button>
        </>
      }
    >
      <Form id={id} onSubmit={onSubmit} className="grid gap-4">
        <FormSummary errors={errors} message={message} attempt={attempt} />
        <Field label="Name" name="name" error={errors.name} help="Code that uses the key need not change." required>
          <Input {...form.register('name')} autoComplete="off" autoFocus />
        </Field>
      </Form>
    </Dialog>
  )
}
