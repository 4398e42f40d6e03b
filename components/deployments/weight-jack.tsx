import { Jack } from '#components/ui/jack.tsx'
import type { Weight } from './marks.ts'

/** A sign that something wants to be mended, or to be known; nothing where all is well. */
export function WeightJack({ weight }: { weight: Weight }) {
  if (weight === null) return null
  return (
    <>
      <Jack state={weight === 'bad' ? 'bad' : 'slow'} className="size-3.5" />
      <span className="sr-only">{weight === 'bad' ? 'has something to mend' : 'has remarks'}</span>
    </>
  )
}
