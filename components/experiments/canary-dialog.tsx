'use client'
import { useQuery } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useId, useState } from 'react'
import { Field, FieldRow } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { NumberInput } from '#components/form/number-input.tsx'
import { useSaving } from '#components/form/use-saving.ts'
import { callApi } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Select } from '#components/ui/select.tsx'
import { toast } from '#components/ui/toast.ts'
import type { DeploymentView } from '#lib/deployments/schema.ts'
import { deploymentPath, deploymentQuery } from './deployment-fields.tsx'

/** A model that answered a replay well gets a part of the deployment's real calls. */
export function CanaryDialog({
  workspace,
  deploymentId,
  candidate,
  onClose,
}: {
  workspace: string
  deploymentId: string
  candidate: { name: string; model: string; address: string }
  onClose: () => void
}) {
  const id = useId()
  const router = useRouter()
  const deployment = useQuery(deploymentQuery(workspace, deploymentId))
  const serving = (deployment.data?.environments ?? []).filter(({ serves }) => serves !== null)
  const [chosen, setChosen] = useState('production')
  const environment = serving.find(({ name }) => name === chosen) ?? serving[0]
  // Who is quicker than the list means what is chosen from the start; the server knows whether it serves something.
  const name = environment?.name ?? chosen
  const [percent, setPercent] = useState('5')
  const part = Number(percent.replace(',', '.'))
  const isPart = part > 0 && part < 100 && /^\d{1,2}([.,]\d{1,2})?$/.test(percent.trim())
  const { errors, message, working, save } = useSaving(
    isPart ? {} : { percent: 'More than 0 and below 100, with at most two decimals.' },
  )
  const key = deployment.data?.key ?? 'the deployment'

  const start = () =>
    save(async () => {
      const path = `${deploymentPath(workspace, deploymentId)}/environments/${encodeURIComponent(name)}/canary`
      await callApi<DeploymentView>(path, { method: 'PUT', body: { model: candidate.model, percent: part } })
      toast.success(`${part} % of ${name} go to ${candidate.address}`)
      router.push(`/${workspace}/deployments/${encodeURIComponent(deployment.data?.key ?? deploymentId)}?tab=versions`)
    })
  // A refusal may be about the model, which no field here is.
  const failure = message ?? errors.model ?? errors.version ?? errors.environment

  return (
    <Dialog
      open
      onOpenChange={() => !working && onClose()}
      title={`${candidate.address} as a canary`}
      description={`A part of the calls of ${key} goes to a new version, which differs from the one they go to now by this model alone. The draft stays as it is.`}
      footer={
        <>
          <Button variant="quiet" onClick={onClose} disabled={working}>
            Cancel
          </Button>
          <Button
            variant="main"
            type="submit"
            form={id}
            loading={working}
            disabled={deployment.isSuccess && !environment}
          >
            Start the canary
          </Button>
        </>
      }
    >
      <Form
        id={id}
        className="grid gap-5"
        onSubmit={(event) => {
          event.preventDefault()
          if (!working) void start()
        }}
      >
        {failure && <Notice tone="bad">{failure}</Notice>}
        {deployment.isError && <Notice tone="bad">{deployment.error.message}</Notice>}
        {deployment.data && !environment && (
          <Notice live={false}>Nothing of {key} is published yet: publish a version first.</Notice>
        )}
        <FieldRow>
          <Field label="In">
            <Select
              value={environment?.name ?? ''}
              onChange={setChosen}
              options={serving.map(({ name, serves }) => ({ value: name, label: name, hint: `serves ${serves}` }))}
            />
          </Field>
          <Field label="Of the calls" error={errors.percent}>
            <NumberInput
              decimal
              value={percent}
              maxLength={5}
              suffix={<span className="pr-1.5">%</span>}
              onChange={({ target }) => setPercent(target.value)}
            />
          </Field>
        </FieldRow>
        {environment?.canary && (
          <p className="text-muted text-sm">
            Takes the place of the canary that runs there: {environment.canary.version}, {environment.canary.percent} %.
          </p>
        )}
      </Form>
    </Dialog>
  )
}
