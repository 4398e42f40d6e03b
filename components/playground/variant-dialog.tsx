'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { deploymentChoicesQuery } from '#components/prompt/choices.ts'
import { callApi } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Combobox } from '#components/ui/combobox.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Input } from '#components/ui/input.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { Select } from '#components/ui/select.tsx'
import { toast } from '#components/ui/toast.ts'
import type { DeploymentView, DraftView } from '#lib/deployments/schema.ts'
import type { ModelView } from '#lib/models/schema.ts'
import type { Column, Setup } from './setup.ts'
import { newVariables, toVariant, withVariant } from './variant.ts'

const pathOf = (workspace: string) => `/api/workspaces/${encodeURIComponent(workspace)}/deployments`

/** Makes the prompt, with one of its models, a variant: of a deployment's draft, or of a new deployment. */
export function VariantDialog({
  workspace,
  setup,
  columns,
  onClose,
}: {
  workspace: string
  setup: Setup
  columns: readonly { column: Column; model: ModelView }[]
  onClose: () => void
}) {
  const router = useRouter()
  const client = useQueryClient()
  const [into, setInto] = useState<'known' | 'new'>('known')
  const [of, setOf] = useState(columns[0]?.column.key ?? '')
  const [chosen, setChosen] = useState('')
  const [key, setKey] = useState('')
  const [name, setName] = useState('')
  const [failure, setFailure] = useState<string>()
  const [working, setWorking] = useState(false)
  const deployments = useQuery(deploymentChoicesQuery(workspace, { type: setup.type, sort: 'key', limit: '200' }))
  const known = deployments.data?.items ?? []
  const isNew = into === 'new' || (deployments.isSuccess && known.length === 0)
  const column = columns.find((each) => each.column.key === of)?.column ?? columns[0]?.column
  const variant = name.trim() || (isNew ? 'main' : '')

  /** The deployment's key, once the variant is in it. Throws what is wrong. */
  async function send(): Promise<string> {
    if (!column) throw new Error('Choose a model first.')
    if (isNew) {
      const config = { variables: newVariables(setup, []), variants: [toVariant(setup, column, variant)] }
      return (await callApi<DeploymentView>(pathOf(workspace), { body: { key: key.trim(), config } })).key
    }
    const deployment = known.find(({ id }) => id === chosen)
    if (!deployment) throw new Error('Choose a deployment.')
    if (variant === '') throw new Error('Name the variant.')
    const path = `${pathOf(workspace)}/${deployment.id}/draft`
    const draft = await callApi<DraftView>(path)
    const config = withVariant(draft.config, setup, column, variant)
    if (!config) throw new Error(`${deployment.key} has a variant “${variant}” already. Choose another name.`)
    await callApi(path, { method: 'PUT', body: { version: draft.version, config } })
    return deployment.key
  }

  async function save() {
    setWorking(true)
    setFailure(undefined)
    try {
      const saved = await send()
      const path = `/${workspace}/deployments/${encodeURIComponent(saved)}`
      // Pages that were open show it too.
      void client.invalidateQueries({ queryKey: ['deployments', workspace] })
      void client.invalidateQueries({ queryKey: ['deployment-draft', workspace, saved] })
      toast.success(`${variant} is a variant of ${saved}`, {
        action: { label: 'Open', onClick: () => router.push(`${path}?variant=${encodeURIComponent(variant)}`) },
      })
      onClose()
    } catch (error) {
      setFailure(error instanceof Error ? error.message : 'The variant could not be saved. Try again.')
      setWorking(false)
    }
  }

  return (
    <Dialog
      open
      onOpenChange={(next) => !working && !next && onClose()}
      title="Save as a variant"
      description="The prompt with one model, for code to call by the key of a deployment. Nothing is published yet."
      keepOnOutsideClick
      footer={
        <>
          <Button variant="quiet" onClick={onClose} disabled={working}>
            Cancel
          </Button>
          <Button variant="main" type="submit" form="playground-variant" loading={working}>
            Save the variant
          </Button>
        </>
      }
    >
      <Form
        id="playground-variant"
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (!working) void save()
        }}
      >
        {failure && <Notice tone="bad">{failure}</Notice>}
        {deployments.isError && (
          <Notice tone="bad">The deployments could not be loaded: {deployments.error.message}</Notice>
        )}
        {known.length > 0 && (
          <Segmented
            label="Where it goes"
            size="sm"
            value={into}
            onChange={setInto}
            options={[
              { value: 'known', label: 'A deployment' },
              { value: 'new', label: 'A new one' },
            ]}
            className="w-fit"
          />
        )}
        {isNew ? (
          <Field label="Key of the new deployment" help="Code calls it by this: letters, digits, “-” and “_”.">
            <Input
              mono
              value={key}
              maxLength={64}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              placeholder="support-answer"
              onChange={({ target }) => setKey(target.value)}
            />
          </Field>
        ) : (
          <Field label="Deployment" help="Its draft gets one variant more.">
            <Combobox
              value={chosen}
              onChange={setChosen}
              freeText={false}
              loading={deployments.isPending}
              suggestions={known.map((each) => ({ value: each.id, label: each.key, hint: each.description }))}
              emptyText="No deployment of this Type has this key."
              placeholder="Choose a deployment"
            />
          </Field>
        )}
        {columns.length > 1 && (
          <Field label="Model">
            <Select
              value={of}
              onChange={setOf}
              options={columns.map(({ column: each, model }) => ({ value: each.key, label: model.name }))}
            />
          </Field>
        )}
        <Field label="Name of the variant" aside={isNew ? 'optional' : undefined}>
          <Input
            value={name}
            maxLength={64}
            autoComplete="off"
            placeholder={isNew ? 'main' : 'short'}
            onChange={({ target }) => setName(target.value)}
          />
        </Field>
      </Form>
    </Dialog>
  )
}
