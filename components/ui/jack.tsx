import type { ReactNode } from 'react'
import { cn } from './cn.ts'

/** `idle` hollow, `ok` dot, `slow` half, `bad` cross, `off` grey, `run` turning, `unknown` dotted. */
export type JackState = 'idle' | 'ok' | 'slow' | 'bad' | 'off' | 'run' | 'unknown'

const tones: Record<JackState, string> = {
  idle: 'text-faint',
  ok: 'text-ok',
  slow: 'text-warn',
  bad: 'text-bad',
  off: 'text-faint',
  run: 'text-accent',
  unknown: 'text-faint',
}

/** Health or a verdict drawn as a jack. Its shape alone tells the states apart; the colour repeats it. */
export function Jack({ state, className, label }: { state: JackState; className?: string; label?: string }) {
  return (
    <svg
      viewBox="0 0 16 16"
      className={cn('size-4 shrink-0', tones[state], className)}
      role={label ? 'img' : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : true}
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
    >
      {glyphs[state]}
    </svg>
  )
}

const ring = <circle cx="8" cy="8" r="6" />

const glyphs: Record<JackState, ReactNode> = {
  idle: ring,
  ok: (
    <>
      {ring}
      <circle cx="8" cy="8" r="2.4" fill="currentColor" stroke="none" />
    </>
  ),
  slow: (
    <>
      {ring}
      <path d="M8 4.2a3.8 3.8 0 0 1 0 7.6Z" fill="currentColor" stroke="none" />
    </>
  ),
  bad: (
    <>
      {ring}
      <path d="m6 6 4 4m0-4-4 4" strokeWidth="1.8" />
    </>
  ),
  off: <circle cx="8" cy="8" r="7" fill="currentColor" stroke="none" opacity="0.45" />,
  run: (
    <>
      <circle cx="8" cy="8" r="6" opacity="0.25" />
      <path d="M14 8a6 6 0 0 0-6-6" className="origin-center animate-spin" />
    </>
  ),
  unknown: <circle cx="8" cy="8" r="6" strokeDasharray="0.1 3.67" />,
}

/** The jack with its word and, below, a quiet line about it. */
export function JackText({
  state,
  children,
  detail,
  className,
}: {
  state: JackState
  children: ReactNode
  detail?: ReactNode
  className?: string
}) {
  return (
    <span className={cn('inline-grid text-sm', className)}>
      <span
        className={cn(
          'inline-flex items-center gap-1.5',
          state === 'run' || state === 'unknown' ? 'text-muted' : tones[state],
        )}
      >
        <Jack state={state} className="size-3.5" />
        {children}
      </span>
      {detail && <span className="text-faint text-xs">{detail}</span>}
    </span>
  )
}
