import { cn } from '#components/ui/cn.ts'
import { Jack, type JackState } from '#components/ui/jack.tsx'
import type { FindingView } from '#lib/deployments/schema.ts'
import { severityWords } from './words.ts'

const looks: Readonly<Record<FindingView['severity'], { box: string; jack: JackState }>> = {
  refused: { box: 'bg-bad-soft', jack: 'bad' },
  warned: { box: 'bg-warn-soft', jack: 'slow' },
  adapted: { box: 'bg-info-soft', jack: 'idle' },
}
const order: readonly FindingView['severity'][] = ['refused', 'warned', 'adapted']

/** What models make of what is asked of them, the worst first, and what follows from it. */
export function FindingList({ findings, className }: { findings: readonly FindingView[]; className?: string }) {
  const sorted = findings.toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity))
  return (
    // Stands before there is anything to say, so that what appears in it is read out.
    <ul aria-live="polite" aria-label="What the models make of it" className={cn('grid gap-1 empty:hidden', className)}>
      {sorted.map(({ variant, target, need, severity, message }) => (
        <li
          key={`${variant} ${target} ${need} ${message}`}
          className={cn('flex items-start gap-2 rounded-lg px-2.5 py-1.5 text-sm', looks[severity].box)}
        >
          <Jack state={looks[severity].jack} className="mt-0.5 size-4" />
          <span className="min-w-0 wrap-anywhere">
            {message} <span className="text-muted">{severityWords[severity]}</span>
          </span>
        </li>
      ))}
    </ul>
  )
}
