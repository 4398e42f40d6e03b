'use client'
import { Copy, MoreHorizontal, Pencil, Plus, Star, Trash2 } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Menu, MenuItem, MenuSeparator } from '#components/ui/menu.tsx'
import { TabList } from '#components/ui/tab-list.tsx'
import { toast } from '#components/ui/toast.ts'
import { addVariant, defaultVariant, removeVariant, renameVariant, setDefault } from './edits.ts'
import { type Marks, weightOfVariant } from './marks.ts'
import type { Draft } from './use-draft.ts'
import { WeightJack } from './weight-jack.tsx'

const NameDialog = dynamic(() => import('./name-dialog.tsx').then((module) => module.NameDialog), { ssr: false })

const variantsMax = 20

/** The variants of a draft: choose, add, rename, duplicate, make the default, delete with undo. */
export function VariantBar({
  base,
  draft,
  marks,
  at,
  canWrite,
  onChoose,
}: {
  /** Names its tabs and their panel. */
  base: string
  draft: Draft
  marks: Marks
  at: number
  canWrite: boolean
  onChoose: (variant: string | null) => void
}) {
  const [naming, setNaming] = useState<'new' | 'copy' | 'rename'>()
  const { config, edit } = draft
  const variant = config.variants[at]!
  const byDefault = defaultVariant(config)

  function remove() {
    const before = config
    edit(removeVariant(config, at))
    onChoose(null)
    toast(`${variant.name} deleted`, {
      action: {
        label: 'Undo',
        onClick: () => {
          edit(before)
          onChoose(variant.name)
        },
      },
    })
  }

  function name(typed: string) {
    if (naming === 'rename') edit(renameVariant(config, at, typed))
    else if (naming === 'copy') edit(addVariant(config, variant, typed))
    else edit(addVariant(config, { ...emptyLike(variant), model: variant.model }, typed))
    onChoose(typed)
    setNaming(undefined)
  }

  return (
    <div className="flex min-w-0 items-center gap-1">
      <TabList
        base={base}
        label="Variants"
        value={String(at)}
        onChange={(next) => onChoose(config.variants[Number(next)]?.name ?? null)}
        items={config.variants.map((each, place) => ({
          id: String(place),
          label: (
            <>
              <span className="max-w-40 truncate">{each.name || 'without a name'}</span>
              {each.name === byDefault && config.variants.length > 1 && <Badge>default</Badge>}
              <WeightJack weight={weightOfVariant(marks, place)} />
            </>
          ),
        }))}
        className="flex min-w-0 gap-1 overflow-x-auto p-0.5 [scrollbar-width:none]"
        tabClassName="flex h-8 shrink-0 items-center gap-1.5 rounded-lg border border-transparent px-2.5 font-medium text-muted text-sm hover:text-ink data-[state=active]:border-line-strong data-[state=active]:bg-surface-1 data-[state=active]:text-ink"
      />
      {canWrite && (
        <>
          {config.variants.length < variantsMax && (
            <Button variant="quiet" size="sm" onClick={() => setNaming('new')}>
              <Plus aria-hidden="true" /> Variant
            </Button>
          )}
          <span className="flex-1" />
          <Menu
            label={`Actions for ${variant.name}`}
            trigger={
              <IconButton label={`Actions for ${variant.name}`} size="sm">
                <MoreHorizontal />
              </IconButton>
            }
          >
            <MenuItem icon={<Pencil />} onSelect={() => setNaming('rename')}>
              Rename
            </MenuItem>
            {config.variants.length < variantsMax && (
              <MenuItem icon={<Copy />} onSelect={() => setNaming('copy')}>
                Duplicate
              </MenuItem>
            )}
            {variant.name !== byDefault && (
              <MenuItem icon={<Star />} onSelect={() => edit(setDefault(config, variant.name))}>
                Make it the default
              </MenuItem>
            )}
            {config.variants.length > 1 && (
              <>
                <MenuSeparator />
                <MenuItem danger icon={<Trash2 />} onSelect={remove}>
                  Delete
                </MenuItem>
              </>
            )}
          </Menu>
        </>
      )}
      {naming && (
        <NameDialog
          title={
            naming === 'rename'
              ? `Rename ${variant.name}`
              : naming === 'copy'
                ? `Duplicate ${variant.name}`
                : 'New variant'
          }
          action={naming === 'rename' ? 'Rename' : naming === 'copy' ? 'Duplicate' : 'Add'}
          start={naming === 'rename' ? variant.name : ''}
          taken={config.variants.filter((_, place) => naming !== 'rename' || place !== at).map((each) => each.name)}
          onClose={() => setNaming(undefined)}
          onName={name}
        />
      )}
    </div>
  )
}

/** A variant with nothing set but what every one has. */
const emptyLike = (variant: Draft['config']['variants'][number]): typeof variant => ({
  ...variant,
  messages: [],
  prompt: '',
  parameters: {},
  tools: [],
  retry: null,
  fallbacks: [],
  timeouts: {},
  cacheSeconds: null,
  guardrails: [],
  region: null,
})
