'use client'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { X } from 'lucide-react'
import Link from 'next/link'
import { ApiError, callApi } from '#components/ui/api.ts'
import { Badge } from '#components/ui/badge.tsx'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { CopyText } from '#components/ui/copy-button.tsx'
import { Share } from '#components/ui/figures.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { RelativeTime } from '#components/ui/time.tsx'
import { toast } from '#components/ui/toast.ts'
import type { AddressUseView, ModelGroupView, ModelView } from '#lib/models/schema.ts'

const kinds: Readonly<Record<AddressUseView['kind'], string>> = { slug: 'slug', alias: 'alias', former: 'former slug' }

/** What callers may put in `model` to reach this one, with the last use of each; and the groups it answers for. */
export function ModelAddresses({
  workspace,
  model,
  canManage,
}: {
  workspace: string
  model: ModelView
  canManage: boolean
}) {
  const queryClient = useQueryClient()
  const base = `/api/workspaces/${encodeURIComponent(workspace)}/models/${model.id}`
  const queryKey = ['model-addresses', workspace, model.id, model.version]
  const addresses = useQuery({
    queryKey,
    queryFn: ({ signal }) => callApi<{ items: AddressUseView[] }>(`${base}/addresses`, { signal }),
  })
  const groups = useQuery({
    queryKey: ['model-groups', workspace, model.id],
    queryFn: ({ signal }) => callApi<{ items: ModelGroupView[] }>(`${base}/groups`, { signal }),
  })
  const release = useMutation({
    mutationFn: (address: string) => callApi<void>(`${base}/addresses`, { method: 'DELETE', body: { address } }),
    onSuccess: (_, address) => toast(`“${address}” is free again.`),
    onError: (error) => toast.error(error instanceof ApiError ? error.message : 'That did not work. Try again.'),
    onSettled: async () => {
      await queryClient.invalidateQueries({ queryKey: ['model', workspace, model.id] })
      await queryClient.invalidateQueries({ queryKey })
    },
  })

  return (
    <Card className="overflow-hidden">
      <CardHeader title="Addresses" detail="What callers put in model." />
      <ul className="divide-y border-t text-sm" aria-busy={addresses.isPending}>
        {addresses.isPending && (
          <li className="px-4 py-2.5">
            <Skeleton className="h-5 w-48" />
          </li>
        )}
        {addresses.data?.items.map(({ address, kind, lastUsedAt }) => (
          <li key={address} className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-1.5">
            <CopyText text={address} what={`the address ${address}`} className="max-w-80" />
            <Badge tone="outline">{kinds[kind]}</Badge>
            <span className="ml-auto text-faint text-xs">
              {lastUsedAt ? (
                <>
                  last called <RelativeTime at={lastUsedAt} />
                </>
              ) : (
                'never called'
              )}
            </span>
            {canManage && kind !== 'slug' && (
              <IconButton
                size="sm"
                label={`Let ${address} go`}
                loading={release.isPending && release.variables === address}
                onClick={() => release.mutate(address)}
              >
                <X />
              </IconButton>
            )}
          </li>
        ))}
        {groups.data?.items.map(({ address, share, weight, members }) => (
          <li key={`group ${address}`} className="flex min-h-10 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-1.5">
            <CopyText text={address} what={`the address ${address}`} className="max-w-80" />
            <Badge tone="info">group</Badge>
            <span className="ml-auto text-faint text-xs">
              <Share value={share} /> of its calls, weight {weight} ·{' '}
              <Link
                href={`/${workspace}/router/groups?${new URLSearchParams({ group: address })}`}
                className="link text-muted"
              >
                {members === 1 ? '1 model' : `${members} models`}
              </Link>
            </span>
          </li>
        ))}
      </ul>
    </Card>
  )
}
