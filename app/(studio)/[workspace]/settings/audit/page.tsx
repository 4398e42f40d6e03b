import type { Metadata } from 'next'
import { AuditTable } from '#components/settings/audit-table.tsx'
import { getRuntime } from '#lib/runtime.ts'
import { requireScope } from '#lib/web/index.ts'

export const metadata: Metadata = { title: 'Audit' }

interface Props {
  params: Promise<{ workspace: string }>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}

export default async function AuditPage({ params, searchParams }: Props) {
  const scope = await requireScope((await params).workspace, 'admin')
  const { cursor } = await searchParams
  const from = typeof cursor === 'string' ? cursor : undefined
  const page = await getRuntime().tenancy.listAudit(scope, { cursor: from })
  const { slug } = scope.workspace
  return (
    <AuditTable
      page={page}
      firstHref={from && `/${slug}/settings/audit`}
      nextHref={page.nextCursor && `/${slug}/settings/audit?cursor=${encodeURIComponent(page.nextCursor)}`}
      csvHref={`/api/workspaces/${slug}/audit?format=csv`}
    />
  )
}
