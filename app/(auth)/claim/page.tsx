import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { ClaimForm } from '#components/auth/claim-form.tsx'
import { AuthCard } from '#components/shell/auth-card.tsx'
import { getRuntime } from '#lib/runtime.ts'
import { getVisitor } from '#lib/web/index.ts'
import { claimInstallation } from '../actions.ts'

export const metadata: Metadata = { title: 'Set-up' }

export default async function ClaimPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  const { loopback } = await getVisitor()
  const { tenancy, env } = getRuntime()
  if (await tenancy.isClaimed()) redirect('/')
  const { code } = await searchParams
  const given = typeof code === 'string' && code.length <= 200 ? code : undefined
  return (
    <AuthCard
      title="Set up Patchbay"
      detail="You become the operator of this installation."
      footer="Everything stays on this machine."
    >
      <ClaimForm
        code={given}
        needsCode={!loopback && !given}
        practice={env.practice !== undefined}
        keepDays={loopback ? 7 : 0}
        claim={claimInstallation}
      />
    </AuthCard>
  )
}
