'use client'
import { Dialog } from '#components/ui/dialog.tsx'
import { Kbd } from '#components/ui/kbd.tsx'
import { useKeyNames } from '#components/ui/keys.ts'
import { type Area, areaKeys } from './areas.ts'

interface KeyGroup {
  title: string
  keys: readonly { keys: readonly string[]; does: string }[]
}

const everywhere: KeyGroup = {
  title: 'Everywhere',
  keys: [
    { keys: ['⌘K'], does: 'Go to anything, run anything' },
    { keys: ['/'], does: 'Search this page' },
    { keys: ['?'], does: 'This list' },
    { keys: ['⌘↵'], does: 'Submit a form' },
    { keys: ['Esc'], does: 'Close what is on top' },
  ],
}

const tables: KeyGroup = {
  title: 'Tables',
  keys: [
    { keys: ['j', 'k'], does: 'Next, previous row' },
    { keys: ['↵'], does: 'Open the row' },
    { keys: ['x'], does: 'Select the row' },
  ],
}

const charts: KeyGroup = {
  title: 'Charts',
  keys: [
    { keys: ['←', '→'], does: 'Walk through the buckets' },
    { keys: ['↵'], does: 'Open the requests behind one' },
  ],
}

export function KeyList({
  open,
  onOpenChange,
  areas,
}: {
  open: boolean
  onOpenChange: (open: boolean) => void
  areas: readonly Area[]
}) {
  const keyNames = useKeyNames()
  const going: KeyGroup = {
    title: 'Go to',
    keys: areas.map((area) => ({ keys: ['g', areaKeys[area.id]], does: area.label })),
  }
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Keys" reading>
      <div className="gap-x-10 sm:columns-2">
        {[everywhere, tables, charts, going].map((group) => (
          <section key={group.title} className="mb-5 break-inside-avoid">
            <h3 className="mb-1 font-medium text-muted text-xs">{group.title}</h3>
            <dl className="divide-y">
              {group.keys.map(({ keys, does }) => (
                <div key={does} className="flex min-h-9 items-center gap-3 text-sm">
                  <dt className="order-2 ml-auto flex gap-1">
                    {keys.map((key) => (
                      <Kbd key={key}>{keyNames(key)}</Kbd>
                    ))}
                  </dt>
                  <dd>{does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}
