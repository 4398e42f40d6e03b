import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'

/** Before the first budget: what they are, and what they do. */
export function NothingCapped({ canManage, onNew }: { canManage: boolean; onNew: (what: 'budget' | 'limit') => void }) {
  return (
    <Card>
      <EmptyState
        title="Nothing caps what is spent"
        action={
          canManage ? (
            <Button variant="main" onClick={() => onNew('budget')}>
              New budget
            </Button>
          ) : undefined
        }
        link={
          canManage ? (
            <Button variant="quiet" onClick={() => onNew('limit')}>
              New limit
            </Button>
          ) : undefined
        }
      >
        <p>
          A budget caps dollars or tokens by day, week, month or in all; a limit caps requests or tokens a minute, or
          calls at once. Each is for the workspace, a key, a model, a deployment or an identity, and holds over all
          processes at every moment.
        </p>
        <p className="mt-2">
          {canManage
            ? 'Calls that do not fit are refused with the reason and the reset, and admins hear at 50, 80 and 100 %.'
            : 'Admins set them.'}
        </p>
      </EmptyState>
    </Card>
  )
}
