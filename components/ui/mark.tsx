import { cn } from './cn.ts'

/** The product's mark: four jacks and a cable. Decorative; put the name beside it or give a `title`. */
export function Mark({ className, title }: { className?: string; title?: string }) {
  return (
    <svg
      viewBox="0 0 24 24"
      className={cn('size-6 text-accent', className)}
      role={title ? 'img' : undefined}
      aria-label={title}
      aria-hidden={title ? undefined : true}
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
    >
      <g opacity="0.45">
        <circle cx="18" cy="6" r="2.75" />
        <circle cx="6" cy="18" r="2.75" />
      </g>
      <path d="M6 6c0 7.5 12 4.5 12 12" />
      <circle cx="6" cy="6" r="3" fill="currentColor" />
      <circle cx="18" cy="18" r="3" fill="currentColor" />
    </svg>
  )
}
