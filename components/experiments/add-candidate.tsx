'use client'
import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { deploymentChoicesQuery } from '#components/prompt/choices.ts'
import { ModelPicker } from '#components/prompt/model-picker.tsx'
import { Button } from '#components/ui/button.tsx'
import { Menu, MenuItem, MenuLabel } from '#components/ui/menu.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import type { DatasetView } from '#lib/experiments/schema.ts'
import type { ModelType, ModelView } from '#lib/models/schema.ts'

/** A model, a version of a deployment, or answers that are there already. */
export function AddCandidate({
  workspace,
  dataset,
  onModel,
  onDeployment,
  onRecorded,
}: {
  workspace: string
  dataset: DatasetView | undefined
  onModel: (model: ModelView) => void
  onDeployment: (deployment: { id: string; key: string; version: string }) => void
  onRecorded: (column: string | null) => void
}) {
  const [type, setType] = useState<ModelType>('chat')
  const deployments = useQuery(deploymentChoicesQuery(workspace, { search: '', limit: '50' }))
  const published = (deployments.data?.items ?? []).filter((each) => each.latest !== null && each.type !== 'embedding')
  return (
    <div className="flex flex-wrap items-center gap-2">
      <ModelPicker
        workspace={workspace}
        type={type}
        label="Add a model"
        onChoose={onModel}
        trigger={
          <Button>
            <Plus aria-hidden="true" /> Model
          </Button>
        }
      />
      <Segmented
        label="Type of the model"
        size="sm"
        value={type}
        onChange={setType}
        options={[
          { value: 'chat', label: 'Chat' },
          { value: 'completion', label: 'Completion' },
          { value: 'embedding', label: 'Embedding' },
          { value: 'image', label: 'Image' },
        ]}
      />
      {published.length > 0 && (
        <Menu
          label="Add a deployment"
          align="start"
          trigger={
            <Button>
              <Plus aria-hidden="true" /> Deployment
            </Button>
          }
        >
          <MenuLabel>At its newest version</MenuLabel>
          {published.map(({ id, key, latest }) => (
            <MenuItem key={id} detail={latest} onSelect={() => onDeployment({ id, key, version: latest! })}>
              {key}
            </MenuItem>
          ))}
        </Menu>
      )}
      <Menu
        label="Add recorded answers"
        align="start"
        trigger={
          <Button>
            <Plus aria-hidden="true" /> Recorded answers
          </Button>
        }
      >
        <MenuItem onSelect={() => onRecorded(null)}>What the row expects</MenuItem>
        {dataset?.columns.map(({ name }) => (
          <MenuItem key={name} onSelect={() => onRecorded(name)}>
            Column {name}
          </MenuItem>
        ))}
      </Menu>
    </div>
  )
}
