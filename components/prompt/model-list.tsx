'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Check, Search } from 'lucide-react'
import { type KeyboardEvent, useDeferredValue, useEffect, useId, useRef, useState } from 'react'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { cn } from '#components/ui/cn.ts'
import { Spinner } from '#components/ui/spinner.tsx'
import type { ModelType, ModelView } from '#lib/models/schema.ts'
import { offeredModelsQuery } from './model-queries.ts'

/** The open list of a model picker: a search box that keeps the keyboard, and what it finds. */
export function ModelList({
  workspace,
  type,
  chosen,
  taken,
  onChoose,
}: {
  workspace: string
  type: ModelType
  chosen: string | undefined
  taken: readonly string[]
  onChoose: (model: ModelView) => void
}) {
  const id = useId()
  const listRef = useRef<HTMLDivElement>(null)
  const inputRef = useRef<HTMLInputElement>(null)
  const [typed, setTyped] = useState('')
  const [active, setActive] = useState(0)
  const search = useDeferredValue(typed.trim())
  const { data, isPending, isError, isFetching, isPlaceholderData, refetch } = useQuery({
    ...offeredModelsQuery(workspace, type, search),
    placeholderData: keepPreviousData,
  })
  const models = data?.items ?? []
  // What was typed is not what stands in the list yet.
  const isBehind = isPlaceholderData || isPending || search !== typed.trim()
  const [wantsFirst, setWantsFirst] = useState(false)
  const first = models[0]
  useEffect(() => {
    if (!wantsFirst || isBehind) return
    setWantsFirst(false)
    if (first) onChoose(first)
  }, [wantsFirst, isBehind, first, onChoose])

  // The list comes a moment after the popover that gives the focus; a finger gets no keyboard thrown over it.
  useEffect(() => {
    if (matchMedia('(pointer: fine)').matches) inputRef.current?.focus({ preventScroll: true })
  }, [])

  function move(to: number) {
    const next = Math.max(0, Math.min(models.length - 1, to))
    setActive(next)
    listRef.current?.children[next]?.scrollIntoView({ block: 'nearest' })
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === 'ArrowDown') move(active + 1)
    else if (event.key === 'ArrowUp') move(active - 1)
    else if (event.key === 'Enter' && isBehind) setWantsFirst(true)
    else if (event.key === 'Enter' && models[active]) onChoose(models[active])
    else return
    event.preventDefault()
  }

  return (
    <>
      <div className="flex h-10 items-center gap-2 border-b px-3">
        {isFetching ? <Spinner className="text-faint" /> : <Search className="size-4 text-faint" aria-hidden="true" />}
        <input
          ref={inputRef}
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={models[active] ? `${id}-${active}` : undefined}
          aria-label="Search models"
          placeholder="Name, ID, host"
          value={typed}
          maxLength={200}
          autoComplete="off"
          spellCheck={false}
          onKeyDown={onKeyDown}
          onChange={(event) => {
            setTyped(event.target.value)
            setActive(0)
            setWantsFirst(false)
          }}
          className="h-full min-w-0 flex-1 bg-transparent text-sm outline-none"
        />
      </div>
      <div
        ref={listRef}
        id={`${id}-list`}
        role="listbox"
        aria-label="Models"
        className="max-h-80 overflow-y-auto p-1 empty:hidden"
      >
        {models.map((model, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the search box holds the keyboard
          // biome-ignore lint/a11y/useFocusableInteractive: the search box holds the focus
          <div
            key={model.id}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === active}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => onChoose(model)}
            onMouseMove={() => index !== active && setActive(index)}
            className={cn(
              'grid min-h-11 cursor-default grid-cols-[minmax(0,1fr)_auto] items-center gap-x-2 rounded-md px-2 py-1 text-sm',
              index === active && 'bg-surface-3',
            )}
          >
            <span className="truncate">{model.name}</span>
            <span className="row-span-2 flex items-center gap-1.5">
              {model.practice && <Badge>practice</Badge>}
              {model.slug === chosen ? (
                <Check className="size-4 text-accent" aria-label="chosen" />
              ) : (
                taken.includes(model.slug) && <Badge tone="outline">in use</Badge>
              )}
            </span>
            <span className="figures truncate text-faint text-xs">{model.slug}</span>
          </div>
        ))}
      </div>
      <div role="status" className="text-muted text-sm *:px-3 *:py-3">
        {isPending && <p>Looking</p>}
        {isError && (
          <p className="flex items-center gap-2">
            The models could not be loaded.
            <Button size="sm" onClick={() => void refetch()}>
              Try again
            </Button>
          </p>
        )}
        {data && models.length === 0 && <p>{search === '' ? 'No active model of this Type.' : 'No model fits.'}</p>}
        {data && data.total > models.length && (
          <p className="text-faint text-xs">
            {(data.total - models.length).toLocaleString('en-US')} more. Type to narrow.
          </p>
        )}
      </div>
    </>
  )
}
