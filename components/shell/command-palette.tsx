'use client'
import { Command as Cmdk } from 'cmdk'
import { CornerDownLeft, Search } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { Dialog as Radix } from 'radix-ui'
import { useEffect, useState } from 'react'
import type { Command } from '#components/ui/commands.tsx'
import { Spinner } from '#components/ui/spinner.tsx'
import { matchCommand } from './match.ts'

export interface CommandPaletteProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  commands: readonly Command[]
  /** Finds objects by name on the server, at most a few a kind. */
  search?: ((query: string) => Promise<readonly Command[]>) | undefined
}

export function CommandPalette({ open, onOpenChange, commands, search }: CommandPaletteProps) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-fade bg-scrim" />
        <Radix.Content
          aria-describedby={undefined}
          className="fixed top-[12dvh] left-1/2 z-50 flex max-h-[min(520px,76dvh)] w-[calc(100%-2rem)] max-w-[600px] -translate-x-1/2 animate-rise flex-col overflow-hidden rounded-2xl border bg-surface-1 shadow-dialog outline-none"
        >
          <Radix.Title className="sr-only">Go to or run</Radix.Title>
          <Palette commands={commands} search={search} onClose={() => onOpenChange(false)} />
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

function Palette({
  commands,
  search,
  onClose,
}: Pick<CommandPaletteProps, 'commands' | 'search'> & { onClose: () => void }) {
  const router = useRouter()
  const [query, setQuery] = useState('')
  const { found, searching } = useSearch(query, search)
  const known = new Set(commands.map(({ id }) => id))
  const groups = Map.groupBy([...commands, ...found.filter(({ id }) => !known.has(id))], ({ group }) => group)

  function choose(command: Command) {
    onClose()
    if (command.href) router.push(command.href)
    else command.run?.()
  }

  return (
    <Cmdk
      label="Go to or run"
      loop
      filter={(_, typed, [label = '', ...others] = []) => matchCommand(typed, label, others)}
      className="flex min-h-0 flex-1 flex-col"
    >
      <div className="flex h-12 shrink-0 items-center gap-2.5 border-b px-4">
        {searching ? <Spinner className="text-faint" /> : <Search className="size-4 text-faint" aria-hidden="true" />}
        <Cmdk.Input
          value={query}
          onValueChange={setQuery}
          maxLength={200}
          placeholder="Search or run"
          className="h-full flex-1 bg-transparent outline-none"
        />
      </div>
      <Cmdk.List className="min-h-0 flex-1 scroll-py-2 overflow-y-auto overscroll-contain p-2">
        <Cmdk.Empty className="py-10 text-center text-muted text-sm">
          {searching ? 'Looking' : `Nothing is called “${query}”.`}
        </Cmdk.Empty>
        {[...groups].map(([group, members]) => (
          <Cmdk.Group
            key={group}
            heading={group}
            className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-faint [&_[cmdk-group-heading]]:text-xs"
          >
            {members.map((command) => (
              <Cmdk.Item
                key={command.id}
                value={command.id}
                keywords={[
                  command.label,
                  command.hint ?? '',
                  ...(command.keywords ?? []),
                  ...(found.includes(command) ? [query] : []),
                ]}
                onSelect={() => choose(command)}
                className="group flex min-h-9 cursor-default select-none items-center gap-3 rounded-lg px-2 text-sm data-[selected=true]:bg-surface-3"
              >
                <span className="min-w-0 truncate">{command.label}</span>
                {command.hint && <span className="min-w-0 shrink truncate text-faint text-xs">{command.hint}</span>}
                {command.keys && <span className="figures ml-auto text-faint text-xs">{command.keys}</span>}
                <CornerDownLeft
                  aria-hidden="true"
                  className="invisible ml-auto size-3.5 shrink-0 text-faint group-data-[selected=true]:visible"
                />
              </Cmdk.Item>
            ))}
          </Cmdk.Group>
        ))}
      </Cmdk.List>
    </Cmdk>
  )
}

/** Asks the server 150 ms after the last key; an answer to an older question is dropped. */
function useSearch(query: string, search: CommandPaletteProps['search']) {
  const [answer, setAnswer] = useState<{ query: string; found: readonly Command[] }>({ query: '', found: [] })
  const asked = query.trim()
  const isAsking = Boolean(search) && asked.length >= 2

  useEffect(() => {
    if (!search || !isAsking) return
    let isCurrent = true
    const timer = setTimeout(async () => {
      // A failed search finds nothing; what is listed already can still be chosen.
      const found = await search(asked).catch(() => [])
      if (isCurrent) setAnswer({ query: asked, found })
    }, 150)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [asked, isAsking, search])

  return { found: isAsking ? answer.found : [], searching: isAsking && answer.query !== asked }
}
