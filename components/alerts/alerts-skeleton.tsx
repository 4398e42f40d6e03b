import { Card, CardHeader } from '#components/ui/card.tsx'
import { TableSkeleton } from '#components/ui/table-skeleton.tsx'

/** Rules, channels and log before they are there. */
export function AlertsSkeleton() {
  return (
    <div aria-busy className="grid gap-4">
      <Card>
        <CardHeader title="Rules" detail="What is watched." />
        <TableSkeleton bare label="Rules" rows={3} columns={4} />
      </Card>
      <Card>
        <CardHeader title="Channels" detail="Who is told." />
        <TableSkeleton bare label="Channels" rows={2} columns={4} />
      </Card>
    </div>
  )
}
