'use client'
import { ChevronDown, FileDown, FileJson, FileUp, FlaskConical, ListChecks, Plug } from 'lucide-react'
import { Button } from '#components/ui/button.tsx'
import { Menu, MenuItem, MenuSeparator } from '#components/ui/menu.tsx'

/** Ways in that are dialogs, as they stand in the address. */
export const waysIn = ['openai', 'practice', 'several', 'litellm', 'file'] as const
export type WayIn = (typeof waysIn)[number]

/** The button **Add Model** with its menu. */
export function AddMenu({
  workspace,
  hasPractice,
  onPick,
}: {
  workspace: string
  hasPractice: boolean
  onPick: (way: WayIn) => void
}) {
  return (
    <Menu
      label="Add Model"
      trigger={
        <Button variant="main">
          Add Model <ChevronDown aria-hidden="true" />
        </Button>
      }
    >
      <MenuItem icon={<Plug />} detail="Any server that speaks OpenAI’s API" onSelect={() => onPick('openai')}>
        OpenAI compatible
      </MenuItem>
      <MenuItem
        icon={<ListChecks />}
        detail="One key, its whole list to choose from"
        onSelect={() => onPick('several')}
      >
        Several models from one Base URL
      </MenuItem>
      <MenuItem icon={<FileUp />} detail="config.yaml; clients keep their names" onSelect={() => onPick('litellm')}>
        Import from LiteLLM config
      </MenuItem>
      {hasPractice && (
        <MenuItem icon={<FlaskConical />} detail="Runs here, costs nothing" onSelect={() => onPick('practice')}>
          Practice model
        </MenuItem>
      )}
      <MenuSeparator />
      <MenuItem icon={<FileJson />} detail="As another Patchbay exported it" onSelect={() => onPick('file')}>
        Import from a file
      </MenuItem>
      <MenuItem
        icon={<FileDown />}
        detail="All models, without keys"
        onSelect={() => window.location.assign(`/api/workspaces/${encodeURIComponent(workspace)}/models/export`)}
      >
        Export all
      </MenuItem>
    </Menu>
  )
}
