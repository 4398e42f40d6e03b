import { TabLinks } from '#components/ui/tabs.tsx'

export function RouterTabs({ workspace }: { workspace: string }) {
  return (
    <TabLinks
      label="AI Router"
      className="mb-4"
      tabs={[
        { href: `/${workspace}/router`, label: 'Private Models' },
        { href: `/${workspace}/router/groups`, label: 'Groups' },
        { href: `/${workspace}/router/keys`, label: 'API Keys' },
      ]}
    />
  )
}
