import type { ComponentProps, ReactNode } from 'react'
import { cn } from './cn.ts'

/** A surface for one subject. Inside, hairlines separate; no card in a card. */
export function Card({ className, ...rest }: ComponentProps<'section'>) {
  return <section {...rest} className={cn('min-w-0 rounded-xl border bg-surface-1', className)} />
}

export function CardHeader({
  title,
  detail,
  actions,
  className,
}: {
  title: ReactNode
  /** A quiet line below the title. */
  detail?: ReactNode
  actions?: ReactNode
  className?: string
}) {
  return (
    <header className={cn('flex min-h-12 flex-wrap items-center gap-x-3 gap-y-2 px-4 py-2.5', className)}>
      <div className="min-w-0 flex-1 basis-40">
        <h2 className="font-semibold">{title}</h2>
        {detail && <p className="text-muted text-sm">{detail}</p>}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  )
}

export function CardBody({ className, ...rest }: ComponentProps<'div'>) {
  return <div {...rest} className={cn('px-4 pb-4', className)} />
}

export interface Fact {
  label: string
  value: ReactNode
}

/** Names and values, a hairline between. */
export function Facts({ facts, className }: { facts: readonly Fact[]; className?: string }) {
  return (
    <dl className={cn('divide-y text-sm', className)}>
      {facts.map((fact) => (
        <div
          key={fact.label}
          className="grid items-baseline gap-x-4 gap-y-0.5 py-2 sm:grid-cols-[minmax(120px,30%)_1fr]"
        >
          <dt className="text-muted">{fact.label}</dt>
          <dd className="min-w-0 break-words">{fact.value}</dd>
        </div>
      ))}
    </dl>
  )
}
