'use client'
import { X } from 'lucide-react'
import type { OverviewView } from '#lib/analytics/schema.ts'
import { rowLabel } from './figures.ts'
import type { OverviewState, Part } from './state.ts'
import { toParts } from './state.ts'

const words: Record<Part, string> = {
  ...{ model: 'Model', key: 'Key or person', deployment: 'Deployment' },
  ...{ source: 'Source', identity: 'Identity' },
}

/** What of the workspace the page shows, each to be taken away. Nothing where it shows all of it. */
export function PartChips({
  state,
  view,
  onRemove,
}: {
  state: OverviewState
  view: OverviewView | undefined
  onRemove: (part: Part) => void
}) {
  const chosen = Object.entries(toParts(state)) as [Part, readonly string[]][]
  if (chosen.length === 0) return null
  return (
    <ul className="flex flex-wrap gap-2" aria-label="Only these are shown">
      {chosen.map(([part, values]) => (
        <li
          key={part}
          className="inline-flex h-8 max-w-full items-center gap-1.5 rounded-lg border border-line-strong bg-surface-1 pl-2.5 text-sm"
        >
          <span className="text-muted">{words[part]}</span>
          <span className="truncate font-medium">{values.map((value) => nameOf(part, value, view)).join(', ')}</span>
          <button
            type="button"
            aria-label={`Show all again, not only this ${words[part].toLowerCase()}`}
            onClick={() => onRemove(part)}
            className="grid h-full w-7 place-items-center rounded-lg text-faint hover:text-ink"
          >
            <X className="size-3.5" />
          </button>
        </li>
      ))}
    </ul>
  )
}

function nameOf(part: Part, value: string, view: OverviewView | undefined): string {
  if (part === 'identity') return value
  const rows = { model: view?.byModel, key: view?.byKey, deployment: view?.byDeployment, source: view?.bySource }[part]
  const row = rows?.find(({ key }) => key === value)
  return rowLabel(row ?? { key: value, label: value }, part)
}
