'use client'
import type { ReactNode } from 'react'
import { Card } from '#components/ui/card.tsx'
import { cn } from '#components/ui/cn.ts'
import { Delta, Duration } from '#components/ui/figures.tsx'
import { formatExactTime } from '#components/ui/format.ts'
import { Jack } from '#components/ui/jack.tsx'
import { Select } from '#components/ui/select.tsx'
import { useTimeZone } from '#components/ui/time.tsx'
import type { Capability, ValidationView } from '#lib/models/schema.ts'
import { profileWords, sayField } from './profile-words.ts'
import { diffValidations, isSame, isSlower, type VerdictChange } from './validation-diff.ts'
import { reasonWords, statusWords } from './validation-words.ts'
import { verdictJacks } from './words.ts'

const cell = 'border-b py-1.5 pr-3 text-left align-top'
const figureCell = 'whitespace-nowrap border-b py-1.5 pl-3 text-right align-top'

/** What changed from another run to this one: verdicts, facts, wire profile, times. Usually against the one before. */
export function ValidationDiffView({
  validation,
  others,
  against,
  onAgainst,
  onProof,
}: {
  validation: ValidationView
  others: readonly ValidationView[]
  against: string | null
  onAgainst: (id: string) => void
  onProof: (what: string) => void
}) {
  const timeZone = useTimeZone()
  const previous =
    others.find((each) => each.startedAt < validation.startedAt && each.status === 'passed') ??
    others.find((each) => each.startedAt < validation.startedAt) ??
    others[0]
  const other = others.find(({ id }) => id === against) ?? previous
  if (!other) return null
  const [from, to] = other.startedAt < validation.startedAt ? [other, validation] : [validation, other]
  const diff = diffValidations(from, to)
  return (
    <Card className="overflow-hidden">
      <header className="flex min-h-12 flex-wrap items-center gap-x-3 gap-y-2 border-b px-4 py-2.5">
        <h2 className="min-w-0 flex-1 basis-40 font-semibold">
          {other === previous && other.startedAt < validation.startedAt ? 'Changes since the run before' : 'Changes'}
        </h2>
        <div className="flex items-center gap-2 text-muted text-sm">
          <span>against</span>
          <Select
            size="sm"
            label="Compare with"
            className="w-auto min-w-52"
            value={other.id}
            onChange={onAgainst}
            options={others.map((each) => ({
              value: each.id,
              label: formatExactTime(Date.parse(each.startedAt), timeZone),
              hint: `${statusWords[each.status].toLowerCase()}, ${reasonWords[each.reason]}`,
            }))}
          />
        </div>
      </header>
      <div className="grid gap-5 px-4 py-4 text-sm">
        {isSame(diff) ? (
          <p className="flex items-center gap-2">
            <Jack state="ok" className="size-3.5" />
            Nothing changed: the same verdicts, the same wire profile.
          </p>
        ) : (
          <>
            {diff.verdicts.length > 0 && (
              <Part title="Verdicts">
                <ul className="grid gap-2">
                  {diff.verdicts.map((change) => (
                    <VerdictLine key={change.key} change={change} onProof={onProof} />
                  ))}
                </ul>
              </Part>
            )}
            {diff.profile.length > 0 && (
              <Part title="Wire profile">
                <dl className="grid gap-2">
                  {diff.profile.map(({ field, from: before, to: after }) => (
                    <div key={field}>
                      <dt className="font-medium">{profileWords[field].label}</dt>
                      <dd className="text-muted">
                        <s className="text-faint">{sayField(field, before)}</s> → {sayField(field, after)}
                      </dd>
                    </div>
                  ))}
                </dl>
              </Part>
            )}
            {diff.facts.length > 0 && (
              <Part title="Facts">
                <ul className="grid gap-1">
                  {diff.facts.map((fact) => (
                    <li key={fact.label} className="break-words">
                      {fact.label}: <s className="text-faint">{fact.from}</s> → {fact.to}
                    </li>
                  ))}
                </ul>
              </Part>
            )}
          </>
        )}
        {diff.notCompared > 0 && (
          <p className="text-faint text-xs">
            {diff.notCompared} {diff.notCompared === 1 ? 'capability was' : 'capabilities were'} not asked for in one of
            the two, and not compared.
          </p>
        )}
        {diff.timings.length > 0 && (
          <details open={diff.timings.some(isSlower)}>
            <summary className="mb-1.5 w-fit cursor-pointer rounded-sm font-medium text-muted text-xs">
              Times, check by check
            </summary>
            <table className="w-full max-w-xl border-separate border-spacing-0 text-sm">
              <thead>
                <tr className="text-muted text-xs">
                  <th scope="col" className={cn(cell, 'font-medium')}>
                    Check
                  </th>
                  <th scope="col" className={cn(figureCell, 'font-medium')}>
                    Before
                  </th>
                  <th scope="col" className={cn(figureCell, 'font-medium')}>
                    After
                  </th>
                  <th scope="col" className={cn(figureCell, 'font-medium')}>
                    Change
                  </th>
                </tr>
              </thead>
              <tbody>
                {diff.timings.map((timing) => (
                  <tr key={timing.key}>
                    <th scope="row" className={cn(cell, 'font-normal')}>
                      {timing.label}
                    </th>
                    <td className={figureCell}>
                      <Duration ms={timing.fromMs} />
                    </td>
                    <td className={figureCell}>
                      <Duration ms={timing.toMs} />
                    </td>
                    <td className={figureCell}>
                      {timing.fromMs > 0 && (
                        <Delta
                          share={(timing.toMs - timing.fromMs) / timing.fromMs}
                          lowerIsBetter={isSlower(timing)}
                          className="figures"
                        />
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </details>
        )}
      </div>
    </Card>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="min-w-0">
      <h3 className="mb-1.5 font-medium text-muted text-xs">{title}</h3>
      {children}
    </section>
  )
}

function VerdictLine({ change, onProof }: { change: VerdictChange; onProof: (what: string) => void }) {
  return (
    <li className="flex items-start gap-2.5">
      <Jack state={change.kind === 'lost' ? 'bad' : verdictJacks[change.to]} className="mt-[3px] size-3.5" />
      <span className="min-w-0 flex-1">
        <button type="button" onClick={() => onProof(change.key)} className="link min-h-6 rounded-sm font-medium">
          {change.label}
        </button>{' '}
        <Word verdict={change.from} old /> → <Word verdict={change.to} lost={change.kind === 'lost'} />
        {change.detail && <span className="block break-words text-muted">{change.detail}</span>}
      </span>
    </li>
  )
}

function Word({
  verdict,
  old = false,
  lost = false,
}: {
  verdict: Capability['verdict']
  old?: boolean
  lost?: boolean
}) {
  return <span className={cn(old ? 'text-faint line-through' : 'font-medium', lost && 'text-bad')}>{verdict}</span>
}
