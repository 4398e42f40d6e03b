import { TabLinks } from '#components/ui/tabs.tsx'

export function ExperimentsTabs({ workspace }: { workspace: string }) {
  return (
    <TabLinks
      label="Experiments"
      className="mb-4"
      tabs={[
        { href: `/${workspace}/experiments`, label: 'Experiments' },
        { href: `/${workspace}/experiments/evaluators`, label: 'Evaluators' },
      ]}
    />
  )
}
