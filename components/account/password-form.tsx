'use client'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { FormSummary } from '#components/form/form-summary.tsx'
import { useActionForm } from '#components/form/use-action-form.ts'
import { Button } from '#components/ui/button.tsx'
import { Input } from '#components/ui/input.tsx'
import { signOut } from '#components/ui/sign-out.ts'
import { toast } from '#components/ui/toast.ts'
import type { ActionResult } from '#lib/core/result.ts'
import { type ChangePasswordInput, passwordLengthMin } from '#lib/tenancy/schema.ts'

/** A new password ends every session; this one goes on where `renew` signs in with it. */
export function PasswordForm({
  change,
  renew,
}: {
  change: (input: ChangePasswordInput) => Promise<ActionResult<void>>
  /** Signs in again with the new password. */
  renew: (password: string) => Promise<ActionResult<null>>
}) {
  const { form, onSubmit, errors, message, attempt, busy } = useActionForm({
    rules: async () => (await import('#lib/tenancy/schema.ts')).ChangePasswordInput,
    defaultValues: { current: '', password: '' },
    submit: change,
    async onDone(_, { password }) {
      const signedIn = await renew(password)
      if (!signedIn.ok) {
        await signOut('/sign-in')
        return
      }
      form.reset({ current: '', password: '' })
      toast.success('Password changed', { description: 'You are signed out everywhere else.' })
    },
  })
  return (
    <Form method="post" onSubmit={onSubmit} className="grid gap-4">
      <FormSummary errors={errors} message={message} attempt={attempt} />
      <Field label="Current password" name="current" error={errors.current} required>
        <Input {...form.register('current')} type="password" autoComplete="current-password" />
      </Field>
      <Field
        label="New password"
        name="password"
        error={errors.password}
        help={`At least ${passwordLengthMin} characters.`}
        required
      >
        <Input {...form.register('password')} type="password" autoComplete="new-password" />
      </Field>
      <div>
        <Button type="submit" loading={busy}>
          Change password
        </Button>
      </div>
    </Form>
  )
}
