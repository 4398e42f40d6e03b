'use client'
import { ChevronDown } from 'lucide-react'
import { type ReactElement, useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { cn } from '#components/ui/cn.ts'
import { onDemand, useOnDemand } from '#components/ui/on-demand.ts'
import { Popover } from '#components/ui/popover.tsx'
import { Spinner } from '#components/ui/spinner.tsx'
import type { ModelType, ModelView } from '#lib/models/schema.ts'

const list = onDemand(() => import('./model-list.tsx'))

export interface ModelPickerProps {
  workspace: string
  type: ModelType
  /** What is chosen; its name shows on the button. */
  value?: Pick<ModelView, 'name' | 'slug'>
  onChoose: (model: ModelView) => void
  /** Slugs that stand elsewhere already: marked, and still to be had. */
  taken?: readonly string[]
  /** In place of the button with the name. */
  trigger?: ReactElement
  label?: string
  className?: string
}

/** Chooses a model of one Type by name, ID or host; those of the workspace that are active. */
export function ModelPicker({
  workspace,
  type,
  value,
  onChoose,
  taken = [],
  trigger,
  label = 'Choose a model',
  className,
}: ModelPickerProps) {
  const [open, setOpen] = useState(false)
  const part = useOnDemand(list, open)
  return (
    <Popover
      label={label}
      open={open}
      onOpenChange={setOpen}
      className="w-80 p-0"
      trigger={
        trigger ?? (
          <Button
            variant="quiet"
            aria-label={value ? `${label}: ${value.name}` : label}
            className={cn('min-w-0 shrink justify-start gap-1 px-2', className)}
          >
            <span className="truncate text-ink">{value?.name ?? label}</span>
            <ChevronDown className="text-faint" aria-hidden="true" />
          </Button>
        )
      }
    >
      {part ? (
        <part.ModelList
          workspace={workspace}
          type={type}
          chosen={value?.slug}
          taken={taken}
          onChoose={(model) => {
            setOpen(false)
            onChoose(model)
          }}
        />
      ) : (
        <div className="grid h-24 place-items-center">
          <Spinner />
        </div>
      )}
    </Popover>
  )
}
