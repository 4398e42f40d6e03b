'use client'
import { type KeyboardEvent, useContext, useId, useMemo, useRef, useState } from 'react'
import { FieldContext } from './field-context.ts'
import { Input } from './input.tsx'
import { onDemand, useOnDemand } from './on-demand.ts'
import { Spinner } from './spinner.tsx'

export interface Suggestion {
  value: string
  /** Shown in place of the value. */
  label?: string
  hint?: string
}

export interface ComboboxProps {
  value: string
  onChange: (value: string) => void
  suggestions: readonly Suggestion[]
  /** `true`: what is typed counts. `false`: only a suggestion does; anything else falls back on leaving. */
  freeText?: boolean
  loading?: boolean
  /** Said in the list when nothing fits: "The server lists no such model. You can still use it." */
  emptyText?: string
  placeholder?: string
  mono?: boolean
  name?: string
  disabled?: boolean
  onBlur?: () => void
  /** What is typed, also where only a suggestion counts: for lists that are searched elsewhere. */
  onType?: (text: string) => void
  /** Somebody came to choose: the moment to ask for suggestions. */
  onFocus?: () => void
  /** Needed where no field labels it. */
  label?: string
  className?: string
}

const demand = onDemand(() => import('./combobox-list.tsx'))

const shownMax = 50

/** A text box with a list below it that narrows while typing. Holds ten thousand suggestions and draws fifty. */
export function Combobox({
  value,
  onChange,
  suggestions,
  freeText = true,
  loading = false,
  emptyText,
  placeholder,
  mono,
  name,
  disabled,
  onBlur,
  onType,
  onFocus,
  label,
  className,
}: ComboboxProps) {
  const field = useContext(FieldContext)
  const listId = useId()
  const listRef = useRef<HTMLDivElement>(null)
  const boxRef = useRef<HTMLDivElement>(null)
  const [open, setOpen] = useState(false)
  const [active, setActive] = useState(-1)
  /** What is typed since the list opened; `null` while nothing was, so that the whole list shows. */
  const [typed, setTyped] = useState<string | null>(null)

  const { shown, more } = useMemo(() => narrow(suggestions, typed ?? ''), [suggestions, typed])
  const text = typed ?? (freeText ? value : (suggestions.find((each) => each.value === value)?.label ?? value))
  const hasList = shown.length > 0 || loading || Boolean(emptyText && typed)

  const list = useOnDemand(demand, open && hasList)

  function choose(suggestion: Suggestion) {
    onChange(suggestion.value)
    close()
  }

  function close() {
    setOpen(false)
    setTyped(null)
    setActive(-1)
  }

  function move(to: number) {
    setOpen(true)
    const next = Math.max(0, Math.min(shown.length - 1, to))
    setActive(next)
    listRef.current?.children[next]?.scrollIntoView({ block: 'nearest' })
  }

  function onKeyDown(event: KeyboardEvent) {
    if (event.key === 'ArrowDown') move(active + 1)
    else if (event.key === 'ArrowUp') move(active - 1)
    else if (event.key === 'Enter' && open && shown[active] && !event.metaKey && !event.ctrlKey) choose(shown[active])
    else if (event.key === 'Escape' && open) close()
    else return
    event.preventDefault()
    // Escape closes the list, not the dialog around it.
    event.stopPropagation()
  }

  return (
    <>
      <div ref={boxRef} className={className}>
        <Input
          role="combobox"
          aria-expanded={open && hasList}
          aria-controls={open && hasList ? listId : undefined}
          aria-autocomplete="list"
          aria-activedescendant={active >= 0 ? `${listId}-${active}` : undefined}
          aria-label={field ? undefined : label}
          value={text}
          name={name}
          mono={mono}
          disabled={disabled}
          placeholder={placeholder}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          // Always something: a box that came and went around the text box would take the focus and what is typed.
          suffix={<span>{loading && <Spinner className="mr-1.5" />}</span>}
          onPointerEnter={demand.warm}
          onFocus={() => {
            demand.warm()
            onFocus?.()
          }}
          onClick={() => setOpen(true)}
          onKeyDown={onKeyDown}
          onChange={(event) => {
            setTyped(event.target.value)
            setActive(freeText ? -1 : 0)
            setOpen(true)
            onType?.(event.target.value)
            if (freeText) onChange(event.target.value)
          }}
          onBlur={() => {
            close()
            onBlur?.()
          }}
        />
      </div>
      {list && open && hasList && (
        <list.ComboboxList
          id={listId}
          anchorRef={boxRef}
          listRef={listRef}
          label={label ?? 'Suggestions'}
          shown={shown}
          more={more}
          active={active}
          mono={mono}
          loading={loading}
          emptyText={emptyText}
          onActive={setActive}
          onChoose={choose}
          onClose={close}
        />
      )}
    </>
  )
}

/** Those that hold every typed word, ones that begin with the text first. */
function narrow(suggestions: readonly Suggestion[], typed: string): { shown: Suggestion[]; more: number } {
  const query = typed.trim().toLowerCase()
  const words = query.split(/\s+/)
  const first: Suggestion[] = []
  const rest: Suggestion[] = []
  for (const suggestion of suggestions) {
    const text = `${suggestion.value} ${suggestion.label ?? ''}`.toLowerCase()
    if (text.startsWith(query)) first.push(suggestion)
    else if (words.every((word) => text.includes(word))) rest.push(suggestion)
  }
  const all = [...first, ...rest]
  return { shown: all.slice(0, shownMax), more: Math.max(0, all.length - shownMax) }
}
