import { NothingHere } from '#components/shell/nothing-here.tsx'

/** Within the frame: whoever followed an old link goes on from here. */
export default function NotFound() {
  return (
    <div className="grid min-h-[60dvh] content-center">
      <NothingHere />
    </div>
  )
}
