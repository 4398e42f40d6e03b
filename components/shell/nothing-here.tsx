import { ButtonLink } from '#components/ui/button.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'

/** In place of a page that is not there, or not for who asks: which of them is nobody's business. */
export function NothingHere() {
  return (
    <EmptyState heading="h1" title="There is nothing here" action={<ButtonLink href="/">Go to Patchbay</ButtonLink>}>
      The address is wrong, what it named is gone, or it belongs to a workspace you are not in.
    </EmptyState>
  )
}
