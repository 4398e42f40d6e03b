'use client'
import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react'
import { memo } from 'react'
import { Badge } from '#components/ui/badge.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Menu, MenuItem, MenuLabel } from '#components/ui/menu.tsx'
import type { RunView } from '#lib/experiments/schema.ts'
import { candidateColour } from './candidates.ts'
import { columnsOf, headPx } from './grid-rows.tsx'
import { sortWords } from './grid-toolbar.tsx'

/** The candidates over their columns, each with what its column can be sorted by. */
export const GridHead = memo(function GridHead({
  run,
  sort,
  onSort,
}: {
  run: RunView
  sort: string | null
  onSort: (sort: string | null) => void
}) {
  const { candidates, evaluators, baseline } = run.setup
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the grid holds the focus
    // biome-ignore lint/a11y/useSemanticElements: as the rows below it
    <div
      role="row"
      aria-rowindex={1}
      className="sticky top-0 z-10 grid border-b bg-surface-1"
      style={{ gridTemplateColumns: columnsOf(candidates.length), height: headPx }}
    >
      <Head className="justify-end text-faint text-xs">#</Head>
      <Head className="border-l text-muted text-xs">Row</Head>
      {candidates.map(({ candidate, address }, at) => (
        <Head key={candidate.key} className="border-l">
          <span
            aria-hidden="true"
            className="size-2 shrink-0 rounded-full"
            style={{ background: candidateColour(at) }}
          />
          <span className="min-w-0">
            <span className="flex min-w-0 items-center gap-1.5">
              <span className="truncate font-medium text-sm leading-4">{candidate.name}</span>
              {at === baseline && candidates.length > 1 && <Badge className="h-4">baseline</Badge>}
            </span>
            <span className="figures block truncate text-[11px] text-faint leading-4">{address || 'recorded'}</span>
          </span>
          <span className="ml-auto">
            <Menu
              label={`Sort by ${candidate.name}`}
              trigger={
                <IconButton label={`Sort by ${candidate.name}`} size="sm">
                  {sort?.replace(/^-/, '').split(':')[1] === String(at) ? (
                    sort.startsWith('-') ? (
                      <ArrowDown />
                    ) : (
                      <ArrowUp />
                    )
                  ) : (
                    <ChevronsUpDown />
                  )}
                </IconButton>
              }
            >
              <MenuLabel>Highest first; once more turns it round</MenuLabel>
              {evaluators.map(({ id, name }, evaluator) => (
                <MenuItem key={id} onSelect={() => onSort(turned(sort, `score:${at}:${evaluator}`))}>
                  {name}
                </MenuItem>
              ))}
              {Object.entries(sortWords).map(([by, word]) => (
                <MenuItem key={by} onSelect={() => onSort(turned(sort, `${by}:${at}`))}>
                  {word}
                </MenuItem>
              ))}
            </Menu>
          </span>
        </Head>
      ))}
    </div>
  )
})

function turned(sort: string | null, by: string): string {
  return sort === `-${by}` ? by : `-${by}`
}

function Head({ className, children }: { className?: string; children: React.ReactNode }) {
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: what is in it can be focused
    // biome-ignore lint/a11y/useSemanticElements: as the rows below it
    <div role="columnheader" className={`flex min-w-0 items-center gap-2 px-3 ${className ?? ''}`}>
      {children}
    </div>
  )
}
