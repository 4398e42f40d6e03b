import { cn } from './cn.ts'
import { initialsOf } from './format.ts'

/** A person's initials. Decorative: the name stands beside it or names the control around it. */
export function Avatar({ name, className }: { name: string; className?: string }) {
  return (
    <span
      aria-hidden="true"
      className={cn(
        'inline-grid size-6 shrink-0 place-items-center rounded-full bg-surface-3 font-medium text-[11px] text-ink',
        className,
      )}
    >
      {initialsOf(name)}
    </span>
  )
}

/** A workspace's first letter on a tile. */
export function Tile({ name, className }: { name: string; className?: string }) {
  return (
    <span
      aria-hidden="true"
      className={cn(
        'inline-grid size-6 shrink-0 place-items-center rounded-md bg-accent font-semibold text-[11px] text-accent-ink uppercase',
        className,
      )}
    >
      {[...name][0] ?? '?'}
    </span>
  )
}
