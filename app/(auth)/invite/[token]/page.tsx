import type { Metadata } from 'next'
import { Invitation } from '#components/auth/invitation-form.tsx'
import { AuthCard } from '#components/shell/auth-card.tsx'
import { ButtonLink } from '#components/ui/button.tsx'
import { AppError } from '#lib/core/errors.ts'
import { getRuntime } from '#lib/runtime.ts'
import { getVisitor } from '#lib/web/index.ts'
import { acceptInvitation } from '../../actions.ts'

export const metadata: Metadata = { title: 'Invitation' }

export default async function InvitationPage({ params }: { params: Promise<{ token: string }> }) {
  const { token } = await params
  const { person } = await getVisitor()
  const offer = await findOffer(token)
  if (!offer) {
    return (
      <AuthCard
        title="This invitation does not work"
        detail="It was used, revoked, or is older than 7 days. Ask for a new one."
      >
        <ButtonLink href="/">Go to Patchbay</ButtonLink>
      </AuthCard>
    )
  }
  return (
    <AuthCard title={`Join ${offer.workspaceName}`} detail={`You are invited as ${offer.role}.`}>
      <Invitation token={token} offer={offer} signedInAs={person?.email ?? null} accept={acceptInvitation} />
    </AuthCard>
  )
}

async function findOffer(token: string) {
  try {
    return await getRuntime().tenancy.getInvitation({ token })
  } catch (error) {
    if (error instanceof AppError && error.kind === 'not_found') return null
    throw error
  }
}
