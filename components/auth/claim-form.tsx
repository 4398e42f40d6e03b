'use client'
import { useRouter } from 'next/navigation'
import { Controller } from 'react-hook-form'
import { Field, FieldGroup } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { FormSummary } from '#components/form/form-summary.tsx'
import { KeepDays } from '#components/form/keep-days.tsx'
import { useActionForm } from '#components/form/use-action-form.ts'
import { Button } from '#components/ui/button.tsx'
import { Input } from '#components/ui/input.tsx'
import type { ActionResult } from '#lib/core/result.ts'
import { type ClaimInput, passwordLengthMin } from '#lib/tenancy/schema.ts'
import { signInWithPassword } from './sign-in.ts'

const labels = { name: 'Your name', email: 'E-mail', password: 'Password', workspaceName: 'Workspace', code: 'Code' }

/** The first person: account, first workspace, what is kept. Then straight to a first model. */
export function ClaimForm({
  code,
  needsCode,
  practice,
  keepDays,
  claim,
}: {
  code: string | undefined
  needsCode: boolean
  /** Whether a practice provider runs, to be offered as the first model. */
  practice: boolean
  /** What is preset for prompts and answers. */
  keepDays: number
  claim: (input: ClaimInput) => Promise<ActionResult<{ workspace: string }>>
}) {
  const router = useRouter()
  const { form, onSubmit, errors, message, attempt, busy } = useActionForm({
    rules: async () => (await import('#lib/tenancy/schema.ts')).ClaimInput,
    defaultValues: {
      name: '',
      email: '',
      password: '',
      workspaceName: '',
      payloadDays: keepDays,
      ...(code && { code }),
    },
    submit: (values) => claim({ ...values, timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone }),
    async onDone({ workspace }, { email, password }) {
      const signedIn = await signInWithPassword({ email, password })
      router.replace(signedIn.ok ? `/${workspace}/router${practice ? '?add=practice' : ''}` : '/sign-in')
      router.refresh()
    },
  })
  return (
    <Form method="post" onSubmit={onSubmit} className="grid gap-5">
      <FormSummary errors={errors} labels={labels} message={message} attempt={attempt} />
      <FieldGroup title="You">
        <Field label={labels.name} name="name" error={errors.name} required>
          <Input {...form.register('name')} autoComplete="name" autoFocus />
        </Field>
        <Field label={labels.email} name="email" error={errors.email} required>
          <Input {...form.register('email')} type="email" autoComplete="username" inputMode="email" />
        </Field>
        <Field
          label={labels.password}
          name="password"
          error={errors.password}
          help={`At least ${passwordLengthMin} characters.`}
          required
        >
          <Input {...form.register('password')} type="password" autoComplete="new-password" />
        </Field>
        {needsCode && (
          <Field
            label={labels.code}
            name="code"
            error={errors.code}
            help="From the link that Patchbay printed when it started."
            required
          >
            <Input {...form.register('code')} autoComplete="off" mono />
          </Field>
        )}
      </FieldGroup>
      <FieldGroup title="Your first workspace">
        <Field
          label="Name"
          name="workspaceName"
          error={errors.workspaceName}
          help="A team or a product. Models, keys and figures stay inside it."
          required
        >
          <Input {...form.register('workspaceName')} autoComplete="organization" placeholder="Acme" />
        </Field>
        <Controller
          control={form.control}
          name="payloadDays"
          render={({ field }) => <KeepDays value={Number(field.value)} onChange={field.onChange} />}
        />
      </FieldGroup>
      <Button type="submit" variant="main" loading={busy}>
        Set up Patchbay
      </Button>
    </Form>
  )
}
