'use client'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { FormSummary } from '#components/form/form-summary.tsx'
import { useActionForm } from '#components/form/use-action-form.ts'
import { Button, ButtonLink } from '#components/ui/button.tsx'
import { Input } from '#components/ui/input.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { signOut } from '#components/ui/sign-out.ts'
import type { ActionResult } from '#lib/core/result.ts'
import { type AcceptInvitationInput, type InvitationOffer, passwordLengthMin } from '#lib/tenancy/schema.ts'
import { signInWithPassword } from './sign-in.ts'

export interface InvitationProps {
  token: string
  offer: InvitationOffer
  /** E-mail of the one signed in; null for nobody. */
  signedInAs: string | null
  accept: (input: AcceptInvitationInput) => Promise<ActionResult<{ workspace: string }>>
}

/** Three ways in: as oneself, after signing in, or as somebody new. */
export function Invitation(props: InvitationProps) {
  const { offer, signedInAs, token } = props
  if (signedInAs === offer.email) return <JoinButton {...props} />
  if (signedInAs !== null) {
    return (
      <div className="grid gap-4">
        <Notice tone="warn" title={`You are signed in as ${signedInAs}`}>
          This invitation is for {offer.email}.
        </Notice>
        <Button onClick={() => void signOut(`/invite/${token}`)}>Sign out and go on</Button>
      </div>
    )
  }
  if (offer.hasAccount) {
    const next = encodeURIComponent(`/invite/${token}`)
    return (
      <ButtonLink
        variant="main"
        href={`/sign-in?next=${next}&email=${encodeURIComponent(offer.email)}`}
        className="w-full"
      >
        Sign in as {offer.email}
      </ButtonLink>
    )
  }
  return <NewcomerForm {...props} />
}

function JoinButton({ token, offer, accept }: InvitationProps) {
  const router = useRouter()
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<string>()
  async function join() {
    setBusy(true)
    const result = await accept({ token }).catch(() => null)
    if (result?.ok) router.replace(`/${result.value.workspace}/router`)
    else {
      setFailure(result?.error.message ?? 'Patchbay cannot be reached. Try again.')
      setBusy(false)
    }
  }
  return (
    <div className="grid gap-4">
      {failure && <Notice tone="bad">{failure}</Notice>}
      <Button variant="main" loading={busy} onClick={() => void join()}>
        Join {offer.workspaceName}
      </Button>
    </div>
  )
}

function NewcomerForm({ token, offer, accept }: InvitationProps) {
  const router = useRouter()
  const { form, onSubmit, errors, message, attempt, busy } = useActionForm({
    rules: async () =>
      (await import('#lib/tenancy/schema.ts')).AcceptInvitationInput.required({ name: true, password: true }),
    defaultValues: { token, name: '', password: '' },
    submit: accept,
    async onDone({ workspace }, { password }) {
      const signedIn = await signInWithPassword({ email: offer.email, password: password ?? '' })
      router.replace(signedIn.ok ? `/${workspace}/router` : '/sign-in')
      router.refresh()
    },
  })
  return (
    <Form method="post" onSubmit={onSubmit} className="grid gap-4">
      <FormSummary errors={errors} message={message} attempt={attempt} />
      <Field label="E-mail" help="The invitation is for this address.">
        <Input value={offer.email} readOnly autoComplete="username" />
      </Field>
      <Field label="Your name" name="name" error={errors.name} required>
        <Input {...form.register('name')} autoComplete="name" autoFocus />
      </Field>
      <Field
        label="Password"
        name="password"
        error={errors.password}
        help={`At least ${passwordLengthMin} characters.`}
        required
      >
        <Input {...form.register('password')} type="password" autoComplete="new-password" />
      </Field>
      <Button type="submit" variant="main" loading={busy}>
        Join {offer.workspaceName}
      </Button>
    </Form>
  )
}
