'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { ChevronDown } from 'lucide-react'
import { ModelPicker } from '#components/prompt/model-picker.tsx'
import { promptModelQuery } from '#components/prompt/model-queries.ts'
import { Button } from '#components/ui/button.tsx'
import { cn } from '#components/ui/cn.ts'
import type { ModelType, ModelView } from '#lib/models/schema.ts'

/** A model of the workspace, kept by its id: its name on a button, the list of those that are active below it. */
export function ModelField({
  workspace,
  type,
  value,
  onChange,
  label,
  className,
}: {
  workspace: string
  type: ModelType
  /** An id; empty: none is chosen. */
  value: string
  onChange: (model: ModelView) => void
  label: string
  className?: string
}) {
  const client = useQueryClient()
  const known = useQuery({ ...promptModelQuery(workspace, value), enabled: value !== '' })
  const name =
    value === '' ? 'Choose a model' : (known.data?.name ?? (known.isError ? 'A model that is gone' : 'Looking'))
  return (
    <ModelPicker
      workspace={workspace}
      type={type}
      value={known.data}
      label={label}
      onChoose={(model) => {
        client.setQueryData(promptModelQuery(workspace, model.id).queryKey, model)
        onChange(model)
      }}
      trigger={
        <Button
          aria-label={`${label}: ${name}`}
          className={cn(
            'w-full justify-between border-line-field px-2.5 font-normal text-base',
            value === '' && 'text-faint',
            known.isError && 'text-bad',
            className,
          )}
        >
          <span className="truncate">{name}</span>
          <ChevronDown className="text-faint" aria-hidden="true" />
        </Button>
      }
    />
  )
}
