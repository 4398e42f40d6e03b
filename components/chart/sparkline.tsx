import { cn } from '#components/ui/cn.ts'

/** The trend of a figure in the room of a word. From zero; gaps where nothing was measured. `label` says what it shows. */
export function Sparkline({
  points,
  label,
  className,
}: {
  points: readonly (number | null)[]
  label: string
  className?: string
}) {
  const top = Math.max(0, ...points.map((point) => point ?? 0))
  const step = points.length > 1 ? 100 / (points.length - 1) : 0
  let isPenDown = false
  const path = points
    .map((point, index) => {
      if (point === null) {
        isPenDown = false
        return ''
      }
      const move = isPenDown ? 'L' : 'M'
      isPenDown = true
      return `${move}${(index * step).toFixed(2)} ${(top > 0 ? 23 - (point / top) * 22 : 23).toFixed(2)}`
    })
    .join('')
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox="0 0 100 24"
      preserveAspectRatio="none"
      className={cn('h-6 w-24 text-muted', className)}
      fill="none"
    >
      <path
        d={path}
        stroke="currentColor"
        strokeWidth="1.5"
        vectorEffect="non-scaling-stroke"
        strokeLinejoin="round"
        strokeLinecap="round"
      />
    </svg>
  )
}
