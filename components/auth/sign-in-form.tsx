'use client'
import { useRouter } from 'next/navigation'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { FormSummary } from '#components/form/form-summary.tsx'
import { useActionForm } from '#components/form/use-action-form.ts'
import { Button } from '#components/ui/button.tsx'
import { Input } from '#components/ui/input.tsx'
import { signInWithPassword } from './sign-in.ts'

export function SignInForm({ next, email }: { next: string; email?: string | undefined }) {
  const router = useRouter()
  const { form, onSubmit, errors, message, attempt, busy } = useActionForm({
    rules: async () => (await import('#lib/tenancy/schema.ts')).SignInInput,
    defaultValues: { email: email ?? '', password: '' },
    submit: signInWithPassword,
    onDone() {
      router.replace(next)
      router.refresh()
    },
  })
  return (
    <Form method="post" onSubmit={onSubmit} className="grid gap-4">
      <FormSummary errors={errors} message={message} attempt={attempt} />
      <Field label="E-mail" name="email" error={errors.email} required>
        <Input
          {...form.register('email')}
          defaultValue={email}
          type="email"
          autoComplete="username"
          inputMode="email"
          autoFocus={!email}
        />
      </Field>
      <Field label="Password" name="password" error={errors.password} required>
        <Input
          {...form.register('password')}
          type="password"
          autoComplete="current-password"
          autoFocus={Boolean(email)}
        />
      </Field>
      <Button type="submit" variant="main" loading={busy}>
        Sign in
      </Button>
    </Form>
  )
}
