import { cn } from '#components/ui/cn.ts'

const paints: Record<string, string> = {
  GET: 'text-info',
  POST: 'text-ok',
  PATCH: 'text-warn',
  DELETE: 'text-bad',
}

/** The word of an HTTP method, as wide as the widest. */
export function Method({ method, className }: { method: string; className?: string }) {
  return (
    <span className={cn('figures inline-block w-[6ch] shrink-0 font-medium text-xs', paints[method], className)}>
      {method}
    </span>
  )
}
