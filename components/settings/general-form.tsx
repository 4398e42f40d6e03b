'use client'
import { useRouter } from 'next/navigation'
import { Controller } from 'react-hook-form'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { FormSummary } from '#components/form/form-summary.tsx'
import { timeZoneSuggestions } from '#components/form/time-zones.ts'
import { useActionForm } from '#components/form/use-action-form.ts'
import { Button } from '#components/ui/button.tsx'
import { Combobox } from '#components/ui/combobox.tsx'
import { CopyText } from '#components/ui/copy-button.tsx'
import { Input } from '#components/ui/input.tsx'
import { toast } from '#components/ui/toast.ts'
import type { ActionResult } from '#lib/core/result.ts'
import type { UpdateWorkspaceInput, WorkspaceView } from '#lib/tenancy/schema.ts'

export type UpdateWorkspace = (workspace: string, input: UpdateWorkspaceInput) => Promise<ActionResult<WorkspaceView>>

const labels = { name: 'Name', timeZone: 'Time zone' }

export function GeneralForm({
  workspace,
  editable,
  update,
}: {
  workspace: WorkspaceView
  editable: boolean
  update: UpdateWorkspace
}) {
  const router = useRouter()
  const { form, onSubmit, errors, message, attempt, busy } = useActionForm({
    rules: async () =>
      (await import('#lib/tenancy/schema.ts')).UpdateWorkspaceInput.required({ name: true, timeZone: true }),
    defaultValues: { version: workspace.version, name: workspace.name, timeZone: workspace.timeZone },
    submit: (values) => update(workspace.slug, values),
    onDone({ version, name, timeZone }) {
      form.reset({ version, name, timeZone })
      toast.success('Saved')
      router.refresh()
    },
  })
  return (
    <Form onSubmit={onSubmit} className="grid max-w-xl gap-4">
      <FormSummary errors={errors} labels={labels} message={message} attempt={attempt} />
      <Field label={labels.name} name="name" error={errors.name} required>
        <Input {...form.register('name')} defaultValue={workspace.name} disabled={!editable} autoComplete="off" />
      </Field>
      <Field label="Short name" help="In addresses and in code. It never changes.">
        <CopyText text={workspace.slug} what="Short name" />
      </Field>
      <Controller
        control={form.control}
        name="timeZone"
        render={({ field }) => (
          <Field
            label={labels.timeZone}
            name="timeZone"
            error={errors.timeZone}
            help="Where a day begins in the figures, from the next record on."
            required
          >
            <Combobox
              value={field.value}
              onChange={field.onChange}
              onBlur={field.onBlur}
              suggestions={timeZoneSuggestions()}
              disabled={!editable}
            />
          </Field>
        )}
      />
      {editable ? (
        <div>
          <Button type="submit" variant="main" loading={busy} disabled={!form.formState.isDirty}>
            Save
          </Button>
        </div>
      ) : (
        <p className="text-muted text-sm">Admins and owners change these.</p>
      )}
    </Form>
  )
}
