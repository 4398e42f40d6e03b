'use client'
import { Eraser, MoreHorizontal, Rocket, Share2 } from 'lucide-react'
import { Button } from '#components/ui/button.tsx'
import { Menu, MenuItem } from '#components/ui/menu.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { RelativeTime } from '#components/ui/time.tsx'
import type { ModelType } from '#lib/models/schema.ts'
import type { PlaygroundLinkView } from '#lib/playground/schema.ts'

const types: readonly { value: ModelType; label: string }[] = [
  { value: 'chat', label: 'Chat' },
  { value: 'completion', label: 'Completion' },
  { value: 'embedding', label: 'Embedding' },
  { value: 'image', label: 'Image' },
]

/** What this is, or which saved prompt; the Type of the models; what else can be done. */
export function PanelHead({
  type,
  link,
  onType,
  onLinks,
  onVariant,
  onStartAnew,
}: {
  type: ModelType
  link: PlaygroundLinkView | undefined
  onType: (type: ModelType) => void
  onLinks: () => void
  onVariant: () => void
  onStartAnew: () => void
}) {
  return (
    <header className="grid shrink-0 gap-3 border-b px-4 py-3">
      <div className="flex items-center">
        <div className="min-w-0 flex-1">
          {/* The screen has its heading where no tab hides it. */}
          <p aria-hidden="true" className="truncate font-semibold text-lg tracking-[-0.01em]">
            {link?.name || 'Playground'}
          </p>
          {link && (
            <p className="truncate text-faint text-xs">
              Saved{link.createdBy && ` by ${link.createdBy}`}, <RelativeTime at={link.createdAt} />
            </p>
          )}
        </div>
        <Menu
          label="Playground"
          trigger={
            <Button variant="quiet" size="sm" aria-label="More actions" className="w-7 px-0">
              <MoreHorizontal />
            </Button>
          }
        >
          <MenuItem icon={<Share2 aria-hidden="true" />} onSelect={onLinks}>
            Saved prompts
          </MenuItem>
          <MenuItem icon={<Rocket aria-hidden="true" />} onSelect={onVariant}>
            Save as a variant
          </MenuItem>
          <MenuItem icon={<Eraser aria-hidden="true" />} onSelect={onStartAnew}>
            {link ? 'Back to what was saved' : 'Start anew'}
          </MenuItem>
        </Menu>
      </div>
      <Segmented label="Type of the models" size="sm" fill value={type} options={types} onChange={onType} />
    </header>
  )
}
