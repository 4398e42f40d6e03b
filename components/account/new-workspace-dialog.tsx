'use client'
import { useRouter } from 'next/navigation'
import { useId } from 'react'
import { Controller } from 'react-hook-form'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { FormSummary } from '#components/form/form-summary.tsx'
import { KeepDays } from '#components/form/keep-days.tsx'
import { useActionForm } from '#components/form/use-action-form.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Input } from '#components/ui/input.tsx'
import type { ActionResult } from '#lib/core/result.ts'
import { type CreateWorkspaceInput, slugOf, type WorkspaceView } from '#lib/tenancy/schema.ts'

export function NewWorkspaceDialog({
  keepDays,
  onClose,
  create,
}: {
  /** What is preset for prompts and answers. */
  keepDays: number
  onClose: () => void
  create: (input: CreateWorkspaceInput) => Promise<ActionResult<WorkspaceView>>
}) {
  const id = useId()
  const router = useRouter()
  const { form, onSubmit, errors, message, attempt, busy } = useActionForm({
    rules: async () => (await import('#lib/tenancy/schema.ts')).CreateWorkspaceInput,
    defaultValues: { name: '', payloadDays: keepDays },
    submit: ({ slug, ...values }) =>
      create({ ...values, ...(slug && { slug }), timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone }),
    onDone: ({ slug }) => router.push(`/${slug}/router`),
  })
  const name = form.watch('name') as string
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title="New workspace"
      description="Models, keys and figures of one workspace are seen in no other."
      size="small"
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" form={id} variant="main" loading={busy}>
            Create workspace
          </Button>
        </>
      }
    >
      <Form id={id} onSubmit={onSubmit} className="grid gap-4">
        <FormSummary errors={errors} message={message} attempt={attempt} />
        <Field label="Name" name="name" error={errors.name} required>
          <Input {...form.register('name')} autoComplete="off" autoFocus />
        </Field>
        <Field
          label="Short name"
          name="slug"
          error={errors.slug}
          help="In addresses and in code. It never changes. Empty: made of the name."
          aside="optional"
        >
          <Input
            {...form.register('slug', { setValueAs: (text: string | undefined) => text?.trim() || undefined })}
            mono
            autoComplete="off"
            placeholder={slugOf(name)}
          />
        </Field>
        <Controller
          control={form.control}
          name="payloadDays"
          render={({ field }) => <KeepDays value={Number(field.value)} onChange={field.onChange} />}
        />
      </Form>
    </Dialog>
  )
}
