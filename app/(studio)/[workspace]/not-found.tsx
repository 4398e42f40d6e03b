import { ButtonLink } from '#components/ui/button.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'

/** Within the frame: whoever followed an old link goes on from here. */
export default function NotFound() {
  return (
    <div className="grid min-h-[60dvh] content-center">
      <EmptyState heading="h1" title="There is nothing here" action={<ButtonLink href="/">Go to Patchbay</ButtonLink>}>
        The address is wrong, what it named is gone, or it belongs to a workspace you are not in.
      </EmptyState>
    </div>
  )
}
