import { cn } from './cn.ts'

/** Grey in the shape of what is coming. Mark the region around it `aria-busy`. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden="true" className={cn('block animate-breathe rounded-sm bg-surface-3', className)} />
}
