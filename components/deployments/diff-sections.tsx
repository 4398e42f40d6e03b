'use client'
import { useQueries } from '@tanstack/react-query'
import { useMemo } from 'react'
import { promptModelQuery } from '#components/prompt/model-queries.ts'
import { Badge } from '#components/ui/badge.tsx'
import { cn } from '#components/ui/cn.ts'
import type { ChangeView, DiffView } from '#lib/deployments/schema.ts'
import { areaWords, kindWords, type NameModel, textOfSide } from './change-text.ts'
import { type DiffLine, diffLines, type Piece } from './line-diff.ts'

/** What differs, part by part, both sides beside each other. */
export function DiffSections({
  workspace,
  sections,
  before,
  after,
}: {
  workspace: string
  sections: DiffView['sections']
  /** What stands left and right: `1.0`, `draft`, a person. */
  before: string
  after: string
}) {
  const ids = useMemo(() => modelIds(sections), [sections])
  const found = useQueries({ queries: ids.map((id) => promptModelQuery(workspace, id)) })
  const names = new Map(found.flatMap(({ data }) => (data ? [[data.id, data.name] as const] : [])))
  const nameModel: NameModel = (id) => names.get(id) ?? id
  return (
    <div className="divide-y">
      {sections.map(({ area, variant, changes }) => (
        <section
          key={`${area} ${variant ?? ''}`}
          aria-label={`${areaWords[area]}${variant ? ` of ${variant}` : ''}`}
          className="px-4 py-4"
        >
          <h2 className="flex items-center gap-2 font-semibold">
            {areaWords[area]}
            {variant !== null && <Badge>{variant}</Badge>}
          </h2>
          {changes.map((change) => (
            <OneChange
              key={`${change.path} ${change.kind} ${JSON.stringify(change.after)?.length ?? 0}`}
              change={change}
              nameModel={nameModel}
              before={before}
              after={after}
            />
          ))}
        </section>
      ))}
    </div>
  )
}

/** Ids that stand in changes of models and fallbacks. */
function modelIds(sections: DiffView['sections']): string[] {
  const texts = sections
    .filter(({ area }) => area === 'model')
    .flatMap(({ changes }) => changes.flatMap((change) => [change.before, change.after]))
    .flatMap((side) => (typeof side === 'string' ? [side] : [(side as { model?: unknown } | null)?.model]))
  return [...new Set(texts)].filter((id): id is string => typeof id === 'string' && id.startsWith('mdl_'))
}

function OneChange({
  change: { path, label, kind, before: was, after: is },
  nameModel,
  before,
  after,
}: {
  change: ChangeView
  nameModel: NameModel
  before: string
  after: string
}) {
  const [left, right] = [textOfSide(was, path, nameModel), textOfSide(is, path, nameModel)]
  const lines: DiffLine[] =
    kind === 'added'
      ? right.split('\n').map((text) => ({ left: null, right: [{ text, changed: false }], same: false }))
      : kind === 'removed'
        ? left.split('\n').map((text) => ({ left: [{ text, changed: false }], right: null, same: false }))
        : diffLines(left, right)
  return (
    <div className="mt-2.5 min-w-0 overflow-hidden rounded-lg border">
      <p className="flex min-h-8 items-center gap-2 border-b bg-surface-2 px-3 font-medium text-muted text-xs">
        <span className="min-w-0 truncate">{label}</span>
        <span className="ml-auto font-normal">{kindWords[kind]}</span>
      </p>
      <table className="w-full table-fixed text-[12.5px] leading-[19px]">
        <caption className="sr-only">
          {label}: {before} beside {after}
        </caption>
        <thead className="sr-only">
          <tr>
            <th scope="col">{before}</th>
            <th scope="col">{after}</th>
          </tr>
        </thead>
        <tbody className="max-sm:block">
          {lines.map((line, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
            <tr key={at} className="max-sm:block">
              <Side pieces={line.left} same={line.same} sign="−" />
              <Side pieces={line.right} same={line.same} sign="+" />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** One line of one side. On a small screen both stand below each other, and equal ones once. */
function Side({ pieces, same, sign }: { pieces: readonly Piece[] | null; same: boolean; sign: '−' | '+' }) {
  const isLeft = sign === '−'
  return (
    <td
      className={cn(
        'figures w-1/2 px-0 align-top max-sm:block max-sm:w-full',
        !isLeft && 'sm:border-l',
        pieces === null && 'bg-surface-2 max-sm:hidden',
        pieces !== null && !same && (isLeft ? 'bg-bad-soft' : 'bg-ok-soft'),
        same && !isLeft && 'max-sm:hidden',
      )}
    >
      {pieces !== null && (
        <span className="flex min-w-0">
          <span
            aria-hidden="true"
            className={cn(
              'w-6 shrink-0 select-none text-center',
              same ? 'text-faint' : isLeft ? 'text-bad' : 'text-ok',
            )}
          >
            {same ? ' ' : sign}
          </span>
          {!same && <span className="sr-only">{isLeft ? 'before: ' : 'after: '}</span>}
          <span className="min-w-0 whitespace-pre-wrap wrap-anywhere pr-3">
            {pieces.map(({ text, changed }, at) =>
              changed ? (
                <mark
                  // biome-ignore lint/suspicious/noArrayIndexKey: a piece is its place
                  key={at}
                  className={cn(
                    'rounded-sm bg-transparent font-medium underline underline-offset-2',
                    isLeft ? 'text-bad' : 'text-ok',
                  )}
                >
                  {text}
                </mark>
              ) : (
                text
              ),
            )}
          </span>
        </span>
      )}
    </td>
  )
}
