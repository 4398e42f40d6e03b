import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { SignInForm } from '#components/auth/sign-in-form.tsx'
import { AuthCard } from '#components/shell/auth-card.tsx'
import { getRuntime } from '#lib/runtime.ts'
import { getVisitor, isOwnPath } from '#lib/web/index.ts'

export const metadata: Metadata = { title: 'Sign in' }

export default async function SignInPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}) {
  const { person } = await getVisitor()
  const query = await searchParams
  const next = typeof query.next === 'string' && isOwnPath(query.next) ? query.next : '/'
  if (person) redirect(next)
  if (!(await getRuntime().tenancy.isClaimed())) redirect('/claim')
  const email = typeof query.email === 'string' ? query.email.slice(0, 254) : undefined
  return (
    <AuthCard title="Sign in" footer="No account? Ask an admin of your workspace for an invitation.">
      <SignInForm next={next} email={email} />
    </AuthCard>
  )
}
