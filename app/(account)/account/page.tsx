import { ArrowLeft } from 'lucide-react'
import type { Metadata } from 'next'
import Link from 'next/link'
import { ProfileForm } from '#components/account/profile-form.tsx'
import { SessionsCard } from '#components/account/sessions-card.tsx'
import { WorkspaceList } from '#components/account/workspace-list.tsx'
import { Card, CardBody, CardHeader } from '#components/ui/card.tsx'
import { Mark } from '#components/ui/mark.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { getRuntime } from '#lib/runtime.ts'
import { toPersonView } from '#lib/tenancy/index.ts'
import { getVisitor, requirePerson } from '#lib/web/index.ts'
import { createWorkspace, endSessions, leaveWorkspace, updateAccount } from './actions.ts'
import { Password } from './password.tsx'

export const metadata: Metadata = { title: 'Account' }

interface Props {
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function AccountPage({ searchParams }: Props) {
  const person = await requirePerson()
  const { loopback } = await getVisitor()
  const query = await searchParams
  const workspaces = await getRuntime().tenancy.listWorkspaces(person)
  const back = workspaces.find(({ slug }) => slug === query.from) ?? workspaces[0]
  return (
    <>
      <header className="flex h-12 items-center gap-3 border-b px-4 sm:px-6">
        <Mark />
        {back ? (
          <Link href={`/${back.slug}/router`} className="link flex items-center gap-1.5 text-sm">
            <ArrowLeft className="size-4" aria-hidden="true" /> {back.name}
          </Link>
        ) : (
          <span className="font-semibold">Patchbay</span>
        )}
      </header>
      <main className="mx-auto grid w-full max-w-2xl gap-5 px-4 py-6">
        <PageHeader title="Account" className="mb-0">
          {person.operator ? 'You run this installation.' : person.email}
        </PageHeader>
        <WorkspaceList
          workspaces={workspaces}
          creating={query.new === 'workspace'}
          keepDays={loopback ? 7 : 0}
          create={createWorkspace}
          leave={leaveWorkspace}
        />
        <Card>
          <CardHeader title="You" />
          <CardBody>
            <ProfileForm person={toPersonView(person)} update={updateAccount} />
          </CardBody>
        </Card>
        <Card>
          <CardHeader title="Password" />
          <CardBody>
            <Password email={person.email} />
          </CardBody>
        </Card>
        <SessionsCard end={endSessions} />
      </main>
    </>
  )
}
