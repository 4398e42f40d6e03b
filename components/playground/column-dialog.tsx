'use client'
import { ParameterFields } from '#components/prompt/parameter-fields.tsx'
import type { Parameters } from '#components/prompt/types.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Switch } from '#components/ui/toggles.tsx'
import type { ModelView } from '#lib/models/schema.ts'
import { withoutHere } from './prompt-panel.tsx'
import type { Column, Setup } from './setup.ts'

/** Parameters of one column, in place of the shared ones. */
export function ColumnDialog({
  setup,
  column,
  model,
  onChange,
  onClose,
}: {
  setup: Setup
  column: Column
  model: ModelView | undefined
  onChange: (parameters: Parameters | null) => void
  onClose: () => void
}) {
  if (!model) return null
  const own = column.parameters
  return (
    <Dialog
      open
      onOpenChange={(next) => !next && onClose()}
      title={`Parameters of ${model.name}`}
      footer={
        <Button variant="main" onClick={onClose}>
          Done
        </Button>
      }
    >
      <div className="grid gap-4">
        <Switch
          label="Own parameters"
          help="What is left empty is as in the prompt."
          checked={own !== null}
          onChange={(on) => onChange(on ? {} : null)}
        />
        {own !== null && (
          <ParameterFields
            type={setup.type}
            value={own}
            onChange={onChange}
            models={[model]}
            without={withoutHere(setup.type)}
            inherited={setup.parameters}
          />
        )}
      </div>
    </Dialog>
  )
}
