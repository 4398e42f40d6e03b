'use client'
import { useQueryClient } from '@tanstack/react-query'
import { ChevronDown, ChevronUp, Plus, SlidersHorizontal, X } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { ModelPicker } from '#components/prompt/model-picker.tsx'
import { promptModelQuery } from '#components/prompt/model-queries.ts'
import { regionNames } from '#components/prompt/model-words.ts'
import { announce } from '#components/ui/announce.tsx'
import { Button } from '#components/ui/button.tsx'
import { ChoiceMenu } from '#components/ui/choice-menu.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { toast } from '#components/ui/toast.ts'
import type { Variant } from '#lib/deployments/schema.ts'
import { type ModelType, type ModelView, type Region, regions } from '#lib/models/schema.ts'
import { moved } from './edits.ts'
import type { Marks } from './marks.ts'
import { TargetRow } from './target-row.tsx'

const FallbackDialog = dynamic(() => import('./fallback-dialog.tsx').then((module) => module.FallbackDialog), {
  ssr: false,
})

const fallbacksMax = 5

/** Who answers a variant: its model, then its fallbacks in their order, and where they may compute. */
export function ModelsSection({
  workspace,
  type,
  variant,
  at,
  marks,
  onChange,
}: {
  workspace: string
  type: ModelType
  variant: Variant
  at: number
  marks: Marks
  onChange: (change: Partial<Variant>) => void
}) {
  const client = useQueryClient()
  const [setting, setSetting] = useState<number>()
  const { fallbacks } = variant
  const ids = [variant.model, ...fallbacks.map(({ model }) => model)]
  /** A model that was chosen is known already. */
  const know = (model: ModelView) => {
    client.setQueryData(promptModelQuery(workspace, model.id).queryKey, model)
    return model.id
  }
  const setFallback = (index: number, change: Partial<Variant['fallbacks'][number]>) =>
    onChange({ fallbacks: fallbacks.map((each, place) => (place === index ? { ...each, ...change } : each)) })

  function remove(index: number) {
    onChange({ fallbacks: fallbacks.filter((_, place) => place !== index) })
    toast('Fallback removed', { action: { label: 'Undo', onClick: () => onChange({ fallbacks }) } })
  }

  function move(index: number, by: -1 | 1) {
    onChange({ fallbacks: moved(fallbacks, index, by) })
    announce(`Fallback ${index + 1} is now fallback ${index + by + 1}`)
  }

  const opened = setting === undefined ? undefined : fallbacks[setting]
  return (
    <div className="grid min-w-0 gap-3">
      <ol aria-label="Models, in their order" className="divide-y border-y">
        <TargetRow
          workspace={workspace}
          type={type}
          id={variant.model}
          taken={ids}
          marks={marks}
          at={at}
          target={0}
          onChoose={(model) => onChange({ model: know(model) })}
        />
        {fallbacks.map(({ model, parameters }, index) => (
          <TargetRow
            // biome-ignore lint/suspicious/noArrayIndexKey: a fallback is its place
            key={index}
            workspace={workspace}
            type={type}
            id={model}
            taken={ids}
            marks={marks}
            at={at}
            target={index + 1}
            hasOwnParameters={parameters !== null}
            onChoose={(next) => setFallback(index, { model: know(next) })}
            actions={
              <>
                <IconButton size="sm" label={`Parameters of fallback ${index + 1}`} onClick={() => setSetting(index)}>
                  <SlidersHorizontal strokeWidth={1.75} />
                </IconButton>
                <IconButton
                  size="sm"
                  label={`Move fallback ${index + 1} up`}
                  disabled={index === 0}
                  onClick={() => move(index, -1)}
                >
                  <ChevronUp strokeWidth={1.75} />
                </IconButton>
                <IconButton
                  size="sm"
                  label={`Move fallback ${index + 1} down`}
                  disabled={index === fallbacks.length - 1}
                  onClick={() => move(index, 1)}
                >
                  <ChevronDown strokeWidth={1.75} />
                </IconButton>
                <IconButton size="sm" label={`Remove fallback ${index + 1}`} onClick={() => remove(index)}>
                  <X strokeWidth={1.75} />
                </IconButton>
              </>
            }
          />
        ))}
      </ol>
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        {fallbacks.length < fallbacksMax ? (
          <ModelPicker
            workspace={workspace}
            type={type}
            taken={ids}
            label="Add a fallback"
            onChoose={(model) => onChange({ fallbacks: [...fallbacks, { model: know(model), parameters: null }] })}
            trigger={
              <Button size="sm" variant="quiet" className="-ml-2">
                <Plus /> Fallback
              </Button>
            }
          />
        ) : (
          <p className="text-faint text-xs">At most {fallbacksMax} fallbacks.</p>
        )}
        <div className="flex items-center gap-2 text-muted text-sm">
          <span aria-hidden="true">Region demanded</span>
          <ChoiceMenu
            label="Region demanded"
            value={(variant.region ?? 'any') as Region | 'any'}
            onChange={(region) => onChange({ region: region === 'any' ? null : region })}
            options={[
              { value: 'any', label: 'Any' },
              ...regions.map((region) => ({ value: region, label: regionNames[region] })),
            ]}
          />
        </div>
      </div>
      {setting !== undefined && opened && (
        <FallbackDialog
          workspace={workspace}
          type={type}
          model={opened.model}
          own={opened.parameters}
          inherited={variant.parameters}
          onChange={(parameters) => setFallback(setting, { parameters })}
          onClose={() => setSetting(undefined)}
        />
      )}
    </div>
  )
}
