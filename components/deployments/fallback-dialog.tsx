'use client'
import { useQuery } from '@tanstack/react-query'
import { promptModelQuery } from '#components/prompt/model-queries.ts'
import { ParameterFields } from '#components/prompt/parameter-fields.tsx'
import type { Parameters } from '#components/prompt/types.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Switch } from '#components/ui/toggles.tsx'
import type { ModelType } from '#lib/models/schema.ts'

/** Parameters of one fallback, in place of all of the variant's. */
export function FallbackDialog({
  workspace,
  type,
  model: id,
  own,
  inherited,
  onChange,
  onClose,
}: {
  workspace: string
  type: ModelType
  model: string
  own: Parameters | null
  inherited: Parameters
  onChange: (parameters: Parameters | null) => void
  onClose: () => void
}) {
  const { data: model } = useQuery(promptModelQuery(workspace, id))
  return (
    <Dialog
      open
      onOpenChange={(next) => !next && onClose()}
      title={`Parameters of ${model?.name ?? 'the fallback'}`}
      footer={
        <Button variant="main" onClick={onClose}>
          Done
        </Button>
      }
    >
      <div className="grid gap-4">
        <Switch
          label="Own parameters"
          help="They stand in place of all of the variant’s; they begin as a copy of them."
          checked={own !== null}
          onChange={(on) => onChange(on ? inherited : null)}
        />
        {own !== null && <ParameterFields type={type} value={own} onChange={onChange} models={model ? [model] : []} />}
      </div>
    </Dialog>
  )
}
