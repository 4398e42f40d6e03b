import { cva, type VariantProps } from 'class-variance-authority'
import type { ComponentProps } from 'react'
import { cn } from './cn.ts'

const badgeStyles = cva(
  'inline-flex h-5 items-center gap-1 rounded-sm px-1.5 font-normal text-xs whitespace-nowrap [&_svg]:size-3',
  {
    variants: {
      tone: {
        plain: 'bg-surface-3 text-muted',
        outline: 'text-faint inset-ring inset-ring-line-strong',
        no: 'text-faint line-through inset-ring inset-ring-line',
        accent: 'bg-accent-soft text-accent',
        ok: 'bg-ok-soft text-ok',
        warn: 'bg-warn-soft text-warn',
        bad: 'bg-bad-soft text-bad',
        info: 'bg-info-soft text-info',
      },
    },
    defaultVariants: { tone: 'plain' },
  },
)

export type BadgeTone = NonNullable<VariantProps<typeof badgeStyles>['tone']>

/** A short word about a thing. Status tones only for status; `no` is something it was shown not to do. */
export function Badge({ tone, className, ...rest }: ComponentProps<'span'> & { tone?: BadgeTone }) {
  return <span {...rest} className={cn(badgeStyles({ tone }), className)} />
}
