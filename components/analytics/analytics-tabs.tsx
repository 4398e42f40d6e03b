import { TabLinks } from '#components/ui/tabs.tsx'

export function AnalyticsTabs({ workspace }: { workspace: string }) {
  return (
    <TabLinks
      label="Analytics"
      className="mb-4"
      tabs={[
        { href: `/${workspace}/analytics`, label: 'Overview' },
        { href: `/${workspace}/analytics/budgets`, label: 'Budgets' },
        { href: `/${workspace}/analytics/reconciliation`, label: 'Reconciliation' },
      ]}
    />
  )
}
