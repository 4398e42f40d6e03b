'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import type { ModelDraftView, ModelView, ValidationView } from '#lib/models/schema.ts'
import { saveModel } from './api.ts'
import { emptyValues, type ModelFormValues, valuesOf } from './form-values.ts'
import { ModelForm } from './model-form.tsx'
import { SavedPanel } from './saved-panel.tsx'

export interface AddModelProps {
  workspace: string
  gatewayUrl: string
  practice: readonly ModelDraftView[]
  /** `practice`, a draft to copy, or nothing for an empty form. */
  start: 'empty' | 'practice' | ModelDraftView
  onClose: () => void
}

/** AI Router -> Add Model -> OpenAI compatible: form left, proof right, then what it can do and how to call it. */
export function AddModelDialog({ workspace, gatewayUrl, practice, start, onClose }: AddModelProps) {
  const queryClient = useQueryClient()
  const [saved, setSaved] = useState<{ model: ModelView; validation: ValidationView | null }>()
  const [round, setRound] = useState(0)
  const [dirty, setDirty] = useState(false)
  const [asking, setAsking] = useState(false)
  const initial: ModelFormValues =
    round > 0 || start === 'empty' ? emptyValues : start === 'practice' ? practiceValues(practice) : valuesOf(start)

  return (
    <>
      <Dialog
        open
        onOpenChange={() => onClose()}
        size="wide"
        padded={false}
        keepOnOutsideClick={!saved}
        title={saved ? saved.model.name : 'Add Model · OpenAI compatible'}
        description={
          saved ? (
            <>
              Saved as <span className="figures">{saved.model.slug}</span>. Ready to call.
            </>
          ) : (
            'Saved only when the server answers, the key is accepted and the model replies.'
          )
        }
      >
        <div className="flex min-h-full flex-col md:h-[min(720px,calc(100dvh-8rem))]">
          {saved ? (
            <SavedPanel
              workspace={workspace}
              gatewayUrl={gatewayUrl}
              model={saved.model}
              validation={saved.validation}
              onDone={onClose}
              onAnother={() => {
                setSaved(undefined)
                setRound(round + 1)
              }}
            />
          ) : (
            <ModelForm
              key={round}
              workspace={workspace}
              initial={initial}
              {...(start === 'empty' || round > 0 ? { draftKey: `add-model.${workspace}` } : {})}
              practice={practice}
              submitLabel="Add Model"
              needsValidation={() => true}
              onDirtyChange={setDirty}
              onCancel={() => (dirty ? setAsking(true) : onClose())}
              onSave={async (raw, validation) => {
                const model = await saveModel(workspace, {
                  ...raw,
                  ...(validation ? { validationId: validation.id } : {}),
                })
                setSaved({ model, validation })
                void queryClient.invalidateQueries({ queryKey: ['models', workspace] })
              }}
            />
          )}
        </div>
      </Dialog>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title="Leave without adding?"
        action="Leave"
        onConfirm={async () => onClose()}
      >
        <p>What you typed stays in this tab, except for the key, until the model is added.</p>
      </ConfirmDialog>
    </>
  )
}

function practiceValues(practice: readonly ModelDraftView[]): ModelFormValues {
  const draft = practice[0]
  return draft ? { ...valuesOf(draft), server: 'practice' } : emptyValues
}
