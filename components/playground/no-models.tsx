import { ButtonLink } from '#components/ui/button.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { PageBody } from '#components/ui/page-header.tsx'

/** The playground of a workspace that has nothing to ask yet. */
export function NoModels({ workspace, canManage }: { workspace: string; canManage: boolean }) {
  return (
    <PageBody>
      <EmptyState
        heading="h1"
        title="No model to ask yet"
        action={
          canManage ? (
            <ButtonLink href={`/${workspace}/router?add=openai`} variant="main">
              Add Model
            </ButtonLink>
          ) : undefined
        }
        link={
          canManage ? (
            <a href={`/${workspace}/router?add=practice`} className="link text-sm">
              Try with a practice model
            </a>
          ) : undefined
        }
      >
        {canManage
          ? 'Here you put one prompt to up to four models and see what each says, how fast, and for how much.'
          : 'Here you put one prompt to up to four models. Ask an admin of the workspace to add one.'}
      </EmptyState>
    </PageBody>
  )
}
