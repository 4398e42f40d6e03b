'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useCallback } from 'react'
import type { DemoBannerProps } from '#components/shell/demo-banner.tsx'
import { Frame, type FrameProps } from '#components/shell/frame.tsx'
import type { NoticeItem } from '#components/shell/notices.tsx'
import { readApi } from '#components/ui/api.ts'
import { onDemand } from '#components/ui/on-demand.ts'
import { signOut } from '#components/ui/sign-out.ts'
import type { NoticeView } from '#lib/tenancy/schema.ts'

// Few workspaces are made of examples: others do not fetch what says so.
const DemoBanner = dynamic(() => import('#components/shell/demo-banner.tsx').then((module) => module.DemoBanner))
// Most visits find nothing by name.
const finder = onDemand(() => import('./find-by-name.ts'))

interface Props extends Omit<FrameProps, 'onSignOut' | 'searchCommands' | 'notices' | 'onDismissNotice' | 'banner'> {
  /** Null for those who see none. */
  initialNotices: NoticeView[] | null
  /** Set where the workspace is one of examples. */
  demo: Pick<DemoBannerProps, 'remove'> | null
}

/** The frame with what only a browser can do: ending the session, finding things by name for ⌘K, keeping notices fresh. */
export function StudioFrame({ initialNotices, demo, ...props }: Props) {
  const { slug } = props.workspace
  const queryClient = useQueryClient()
  const path = `/api/workspaces/${encodeURIComponent(slug)}/notices`
  const queryKey = ['notices', slug]
  const notices = useQuery({
    queryKey,
    queryFn: ({ signal }) => readApi<{ items: NoticeView[] }>(path, signal),
    initialData: { items: initialNotices ?? [] },
    enabled: initialNotices !== null,
    staleTime: 30_000,
    refetchInterval: 30_000,
  })
  const search = useCallback(async (query: string) => (await finder.load()).findByName(slug, query), [slug])

  async function dismiss(id: string) {
    queryClient.setQueryData(queryKey, { items: notices.data.items.filter((notice) => notice.id !== id) })
    await fetch(`${path}/${id}`, { method: 'DELETE' }).catch(() => undefined)
    void queryClient.invalidateQueries({ queryKey })
  }

  return (
    <Frame
      {...props}
      banner={demo && <DemoBanner workspace={slug} remove={demo.remove} />}
      notices={notices.data.items.map(toItem)}
      onDismissNotice={(id) => void dismiss(id)}
      searchCommands={search}
      onSignOut={() => void signOut('/sign-in')}
    />
  )
}

function toItem({ id, level, title, body, href, actionLabel, createdAt }: NoticeView): NoticeItem {
  return { id, tone: level, title, detail: body, at: createdAt, action: { label: actionLabel, href } }
}
