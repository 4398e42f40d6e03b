'use client'
import { keepPreviousData, useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import Link from 'next/link'
import { useDeferredValue, useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { announce } from '#components/ui/announce.tsx'
import { callApi, isWorthRetrying, readApi, withQuery } from '#components/ui/api.ts'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'
import { CopyButton, CopyText } from '#components/ui/copy-button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Input } from '#components/ui/input.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { RelativeTime } from '#components/ui/time.tsx'
import type { Page } from '#lib/core/page.ts'
import type { PlaygroundLinkView } from '#lib/playground/schema.ts'
import { type Setup, toLinkPrompt } from './setup.ts'

const apiOf = (workspace: string) => `/api/workspaces/${encodeURIComponent(workspace)}/playground/links`
const addressOf = (workspace: string, id: string) => `${location.origin}/${workspace}/playground/${id}`

/** Saves the prompt under a link for others of the workspace, and lists what was saved. */
export function LinksDialog({
  workspace,
  setup,
  current,
  onClose,
}: {
  workspace: string
  setup: Setup
  /** The one that is open. */
  current: string | undefined
  onClose: () => void
}) {
  const queryClient = useQueryClient()
  const [name, setName] = useState('')
  const [search, setSearch] = useState('')
  const [saved, setSaved] = useState<PlaygroundLinkView>()
  const [failure, setFailure] = useState<string>()
  const [working, setWorking] = useState(false)
  const [removing, setRemoving] = useState<PlaygroundLinkView>()
  const wanted = useDeferredValue(search.trim())
  const links = useInfiniteQuery({
    queryKey: ['playground-links', workspace, wanted],
    queryFn: ({ signal, pageParam }) =>
      readApi<Page<PlaygroundLinkView>>(
        withQuery(apiOf(workspace), { limit: '20', search: wanted, cursor: pageParam }),
        signal,
      ),
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
    placeholderData: keepPreviousData,
    retry: isWorthRetrying,
  })
  const items = links.data?.pages.flatMap((page) => page.items) ?? []
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['playground-links', workspace] })

  async function save() {
    setWorking(true)
    setFailure(undefined)
    try {
      const link = await callApi<PlaygroundLinkView>(apiOf(workspace), {
        body: { name, prompt: toLinkPrompt(setup) },
      })
      setSaved(link)
      setName('')
      announce('The link is there')
      await refresh()
    } catch (error) {
      setFailure(error instanceof Error ? error.message : 'The prompt could not be saved. Try again.')
    } finally {
      setWorking(false)
    }
  }

  return (
    <>
      <Dialog
        open
        onOpenChange={(next) => !next && onClose()}
        title="Saved prompts"
        description="A link opens the prompt, its settings and its models for members of this workspace. Answers are not part of it."
      >
        <div className="grid min-w-0 gap-5">
          <Form
            className="grid min-w-0 gap-2"
            onSubmit={(event) => {
              event.preventDefault()
              void save()
            }}
          >
            <Field label="Name" aside="optional">
              <span className="flex gap-2">
                <Input
                  value={name}
                  maxLength={100}
                  autoComplete="off"
                  onChange={({ target }) => setName(target.value)}
                />
                <Button type="submit" variant="main" loading={working}>
                  Save this prompt
                </Button>
              </span>
            </Field>
            {failure && <Notice tone="bad">{failure}</Notice>}
            {saved && (
              <Notice tone="ok" title="Anybody in the workspace who may call models can open this link.">
                <CopyText text={addressOf(workspace, saved.id)} what="the link" className="text-ink" />
              </Notice>
            )}
          </Form>
          <section aria-label="Saved prompts" aria-busy={links.isPending} className="grid min-w-0 gap-2">
            {(items.length > 0 || search !== '') && (
              <Input
                type="search"
                aria-label="Search saved prompts"
                placeholder="Search by name"
                value={search}
                maxLength={100}
                onChange={({ target }) => setSearch(target.value)}
              />
            )}
            {links.isPending && [0, 1, 2].map((row) => <Skeleton key={row} className="h-12 rounded-lg" />)}
            {links.isError && (
              <ErrorState
                title="The saved prompts could not be loaded"
                onRetry={() => void links.refetch()}
                retrying={links.isFetching}
                className="py-6"
              >
                {links.error.message}
              </ErrorState>
            )}
            {links.isSuccess && items.length === 0 && (
              <p className="text-muted text-sm">
                {wanted === '' ? 'Nothing was saved in this workspace yet.' : 'No saved prompt has this name.'}
              </p>
            )}
            <ul className="min-w-0 divide-y empty:hidden">
              {items.map((link) => (
                <li key={link.id} className="flex min-h-13 min-w-0 items-center gap-2 py-1.5">
                  <div className="min-w-0 flex-1">
                    <p className="flex min-w-0 items-center gap-2">
                      <Link
                        href={`/${workspace}/playground/${link.id}`}
                        onClick={onClose}
                        className="min-w-0 truncate font-medium hover:underline"
                      >
                        {link.name || 'Without a name'}
                      </Link>
                      {link.id === current && <Badge>open</Badge>}
                    </p>
                    <p className="truncate text-faint text-xs">
                      {[link.models.join(', '), link.createdBy].filter(Boolean).join(' · ')}
                      {' · '}
                      <RelativeTime at={link.createdAt} />
                    </p>
                  </div>
                  <CopyButton text={addressOf(workspace, link.id)} what={`the link to ${link.name || link.id}`} />
                  {link.removable && (
                    <IconButton
                      label={`Delete ${link.name || link.id}`}
                      size="sm"
                      className="size-6"
                      onClick={() => setRemoving(link)}
                    >
                      <Trash2 className="size-3.5!" strokeWidth={1.75} />
                    </IconButton>
                  )}
                </li>
              ))}
            </ul>
            {links.hasNextPage && (
              <Button
                size="sm"
                className="w-fit"
                loading={links.isFetchingNextPage}
                onClick={() => void links.fetchNextPage()}
              >
                More
              </Button>
            )}
          </section>
        </div>
      </Dialog>
      <ConfirmDialog
        open={removing !== undefined}
        onOpenChange={(next) => !next && setRemoving(undefined)}
        title={`Delete ${removing?.name || 'this saved prompt'}`}
        action="Delete link"
        onConfirm={async () => {
          await callApi<void>(`${apiOf(workspace)}/${removing!.id}`, { method: 'DELETE' })
          if (saved?.id === removing!.id) setSaved(undefined)
          await refresh()
        }}
      >
        Whoever has the link finds nothing behind it any more.
      </ConfirmDialog>
    </>
  )
}
