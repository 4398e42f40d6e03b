import { cva, type VariantProps } from 'class-variance-authority'
import Link from 'next/link'
import type { ComponentProps } from 'react'
import { cn } from './cn.ts'
import { Spinner } from './spinner.tsx'

export const buttonStyles = cva(
  'relative inline-flex shrink-0 items-center justify-center gap-1.5 rounded-lg border font-medium text-sm whitespace-nowrap transition-colors select-none disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:cursor-not-allowed [&_svg]:size-4 [&_svg]:shrink-0',
  {
    variants: {
      variant: {
        main: 'border-transparent bg-accent text-accent-ink not-disabled:hover:bg-accent-hover',
        default:
          'border-line-strong bg-surface-1 text-ink not-disabled:hover:border-line-field not-disabled:hover:bg-surface-2',
        quiet: 'border-transparent text-muted not-disabled:hover:bg-surface-3 not-disabled:hover:text-ink',
        danger: 'border-transparent bg-bad text-bad-ink not-disabled:hover:bg-bad-hover',
        'danger-quiet':
          'border-line-strong bg-surface-1 text-bad not-disabled:hover:border-bad not-disabled:hover:bg-bad-soft',
      },
      size: { md: 'h-8 px-3', sm: 'h-7 rounded-md px-2.5' },
    },
    defaultVariants: { variant: 'default', size: 'md' },
  },
)

type Look = VariantProps<typeof buttonStyles>

export interface ButtonProps extends ComponentProps<'button'>, Look {
  /** Shows that the press is being worked on; the button keeps its width and its focus, and takes no second press. */
  loading?: boolean
}

export function Button({
  variant,
  size,
  loading = false,
  className,
  children,
  onClick,
  type = 'button',
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      className={cn(buttonStyles({ variant, size }), className)}
      aria-busy={loading || undefined}
      aria-disabled={loading || undefined}
      onClick={loading ? (event) => event.preventDefault() : onClick}
    >
      {loading ? (
        <>
          <Spinner className="absolute" />
          <span className="inline-flex items-center gap-1.5 opacity-0">{children}</span>
        </>
      ) : (
        children
      )}
    </button>
  )
}

/** A link that looks like a button. Goes somewhere; does nothing else. */
export function ButtonLink({ variant, size, className, ...rest }: ComponentProps<typeof Link> & Look) {
  return <Link {...rest} className={cn(buttonStyles({ variant, size }), className)} />
}
