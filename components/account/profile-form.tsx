'use client'
import { useRouter } from 'next/navigation'
import { useTheme } from 'next-themes'
import { Controller } from 'react-hook-form'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { FormSummary } from '#components/form/form-summary.tsx'
import { timeZoneSuggestions } from '#components/form/time-zones.ts'
import { useActionForm } from '#components/form/use-action-form.ts'
import { Button } from '#components/ui/button.tsx'
import { Combobox } from '#components/ui/combobox.tsx'
import { Input } from '#components/ui/input.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { toast } from '#components/ui/toast.ts'
import type { ActionResult } from '#lib/core/result.ts'
import { type PersonView, themes, type UpdateAccountInput } from '#lib/tenancy/schema.ts'

const themeWords = { system: 'System', light: 'Light', dark: 'Dark' }

/** Name, time zone and theme. */
export function ProfileForm({
  person,
  update,
}: {
  person: PersonView
  update: (input: UpdateAccountInput) => Promise<ActionResult<PersonView>>
}) {
  const router = useRouter()
  const { setTheme } = useTheme()
  const { form, onSubmit, errors, message, attempt, busy } = useActionForm({
    rules: async () => (await import('#lib/tenancy/schema.ts')).UpdateAccountInput.required(),
    defaultValues: { name: person.name, timeZone: person.timeZone, theme: person.theme },
    submit: update,
    onDone({ name, timeZone, theme }) {
      form.reset({ name, timeZone, theme })
      setTheme(theme)
      toast.success('Saved')
      router.refresh()
    },
  })
  return (
    <Form method="post" onSubmit={onSubmit} className="grid gap-4">
      <FormSummary errors={errors} message={message} attempt={attempt} />
      <Field label="E-mail" help="You sign in with it.">
        <Input value={person.email} readOnly autoComplete="username" />
      </Field>
      <Field label="Name" name="name" error={errors.name} required>
        <Input {...form.register('name')} defaultValue={person.name} autoComplete="name" />
      </Field>
      <Controller
        control={form.control}
        name="timeZone"
        render={({ field }) => (
          <Field label="Time zone" name="timeZone" error={errors.timeZone} help="For the times you see." required>
            <Combobox
              value={field.value}
              onChange={field.onChange}
              onBlur={field.onBlur}
              suggestions={timeZoneSuggestions()}
            />
          </Field>
        )}
      />
      <Controller
        control={form.control}
        name="theme"
        render={({ field }) => (
          <Field label="Theme" name="theme" error={errors.theme}>
            <Segmented
              value={field.value as PersonView['theme']}
              onChange={field.onChange}
              options={themes.map((value) => ({ value, label: themeWords[value] }))}
              className="justify-self-start"
            />
          </Field>
        )}
      />
      <div>
        <Button type="submit" variant="main" loading={busy} disabled={!form.formState.isDirty}>
          Save
        </Button>
      </div>
    </Form>
  )
}
