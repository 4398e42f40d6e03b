'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { FormSummary } from '#components/form/form-summary.tsx'
import { ModelPicker } from '#components/prompt/model-picker.tsx'
import { promptModelQuery } from '#components/prompt/model-queries.ts'
import { typeShort } from '#components/prompt/model-words.ts'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Input } from '#components/ui/input.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { Textarea } from '#components/ui/textarea.tsx'
import type { DeploymentView } from '#lib/deployments/schema.ts'
import { type ModelType, type ModelView, modelTypes } from '#lib/models/schema.ts'
import { addDeployment, copyDeployment, editDeployment } from './queries.ts'
import { keyProblem } from './words.ts'

type Purpose = { kind: 'new' } | { kind: 'copy'; of: DeploymentView } | { kind: 'edit'; of: DeploymentView }

/** A new deployment with its first model, a copy of a draft, or another key and description. */
export function DeploymentDialog({
  workspace,
  purpose,
  onClose,
  onSaved,
}: {
  workspace: string
  purpose: Purpose
  onClose: () => void
  onSaved: (deployment: DeploymentView) => void
}) {
  const id = useId()
  const client = useQueryClient()
  const of = purpose.kind === 'new' ? undefined : purpose.of
  const [key, setKey] = useState(purpose.kind === 'copy' ? `${purpose.of.key}-copy`.slice(0, 64) : (of?.key ?? ''))
  const [description, setDescription] = useState(purpose.kind === 'edit' ? purpose.of.description : '')
  const [model, setModel] = useState<ModelView>()
  const [version, setVersion] = useState(of?.version ?? 1)
  const [failure, setFailure] = useState<ApiError>()
  const [attempt, setAttempt] = useState(0)
  const [busy, setBusy] = useState(false)

  const missing: Record<string, string> = {}
  const wrongKey = keyProblem(key.trim())
  if (wrongKey) missing.key = wrongKey
  if (purpose.kind === 'new' && !model) missing.model = 'Choose a model.'

  async function save() {
    setAttempt(attempt + 1)
    if (Object.keys(missing).length > 0) return
    setBusy(true)
    setFailure(undefined)
    try {
      const saved = await send()
      await client.invalidateQueries({ queryKey: ['deployments', workspace] })
      onSaved(saved)
    } catch (error) {
      const refused = error instanceof ApiError ? error : new ApiError(0, {})
      setFailure(refused)
      const current = refused.code === 'stale_version' ? (refused.body.current as DeploymentView) : undefined
      if (current) setVersion(current.version)
      setBusy(false)
    }
  }

  function send(): Promise<DeploymentView> {
    const next = { key: key.trim(), description: description.trim() }
    if (purpose.kind === 'new') return addDeployment(workspace, { ...next, model: model!.id })
    if (purpose.kind === 'copy') return copyDeployment(workspace, purpose.of.id, next.key)
    return editDeployment(workspace, purpose.of.id, { version, ...next })
  }

  const errors: Record<string, string> = { ...(attempt > 0 ? missing : {}), ...failure?.fields }
  const isRenamed = purpose.kind === 'edit' && key.trim() !== purpose.of.key
  return (
    <Dialog
      open
      onOpenChange={() => !busy && onClose()}
      size="medium"
      title={
        purpose.kind === 'new'
          ? 'New deployment'
          : `${purpose.kind === 'copy' ? 'Duplicate' : 'Edit'} ${purpose.of.key}`
      }
      description={purpose.kind === 'copy' ? 'The draft is copied; nothing of the copy is published.' : undefined}
      keepOnOutsideClick
      footer={
        <>
          <Button variant="quiet" onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button variant="main" type="submit" form={id} loading={busy}>
            {purpose.kind === 'new' ? 'Create' : purpose.kind === 'copy' ? 'Duplicate' : 'Save'}
          </Button>
        </>
      }
    >
      <Form
        id={id}
        className="grid gap-5"
        onSubmit={(event) => {
          event.preventDefault()
          if (!busy) void save()
        }}
      >
        <FormSummary
          errors={errors}
          labels={{ key: 'Key', model: 'First model', description: 'Description' }}
          message={
            failure && Object.keys(failure.fields).length === 0
              ? failure.code === 'stale_version'
                ? 'Somebody else changed it meanwhile. Save once more to replace what they wrote with this.'
                : failure.message
              : undefined
          }
          attempt={attempt}
        />
        <Field
          label="Key"
          name="key"
          error={errors.key}
          help={
            key.trim() === '' ? (
              'Code calls it by this: letters, digits, “-” and “_”.'
            ) : (
              <>
                Code calls <span className="figures break-all">deployment/{key.trim()}</span>.
                {isRenamed && ` “${purpose.of.key}” goes on working until another deployment takes it.`}
              </>
            )
          }
          required
        >
          <Input
            mono
            value={key}
            onChange={({ target }) => setKey(target.value)}
            maxLength={64}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            placeholder="support-answer"
            autoFocus
          />
        </Field>
        {purpose.kind === 'new' && (
          <FirstModel
            workspace={workspace}
            model={model}
            error={errors.model}
            onChoose={(chosen) => {
              client.setQueryData(promptModelQuery(workspace, chosen.id).queryKey, chosen)
              setModel(chosen)
            }}
          />
        )}
        {purpose.kind !== 'copy' && (
          <Field label="Description" name="description" error={errors.description} aside="optional">
            <Textarea
              rows={2}
              maxLength={500}
              value={description}
              onChange={({ target }) => setDescription(target.value)}
            />
          </Field>
        )}
      </Form>
    </Dialog>
  )
}

/** The Type of the first model is the one of the deployment, for good. */
function FirstModel({
  workspace,
  model,
  error,
  onChoose,
}: {
  workspace: string
  model: ModelView | undefined
  error: string | undefined
  onChoose: (model: ModelView) => void
}) {
  const [type, setType] = useState<ModelType>('chat')
  return (
    <div data-field="model" className="grid gap-1.5">
      <p className="font-medium text-sm">First model</p>
      <div className="flex flex-wrap items-center gap-2">
        <TypeChoice value={type} onChange={setType} />
        <ModelPicker
          workspace={workspace}
          type={type}
          value={model?.type === type ? model : undefined}
          onChoose={onChoose}
          label="Choose the first model"
          className="h-8 min-w-52 border-line-field bg-surface-1 px-2.5 [&>svg]:ml-auto"
        />
      </div>
      <p aria-live="polite" className={error ? 'text-bad text-xs' : 'text-faint text-xs'}>
        {error ?? 'All of its models have this Type. More models, fallbacks and variants come in the editor.'}
      </p>
    </div>
  )
}

function TypeChoice({ value, onChange }: { value: ModelType; onChange: (type: ModelType) => void }) {
  return (
    <Segmented
      label="Type"
      size="sm"
      value={value}
      onChange={onChange}
      options={modelTypes.map((type) => ({ value: type, label: typeShort[type] }))}
      className="max-sm:w-full"
    />
  )
}
