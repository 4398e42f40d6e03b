'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { FormSummary } from '#components/form/form-summary.tsx'
import { NumberInput } from '#components/form/number-input.tsx'
import { useSaving } from '#components/form/use-saving.ts'
import { deploymentChoicesQuery } from '#components/prompt/choices.ts'
import { Button } from '#components/ui/button.tsx'
import { Combobox } from '#components/ui/combobox.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import type { ReplayView } from '#lib/experiments/schema.ts'
import type { ModelType } from '#lib/models/schema.ts'
import { replayRequests } from './experiment-queries.ts'
import { ModelField } from './model-field.tsx'

/** What the model gets, and how its answers are compared. */
const asked: Readonly<Record<ModelType, string>> = {
  chat: 'It gets each conversation as it was sent.',
  completion: 'It gets each prompt as it was sent.',
  embedding:
    'It gets each text as it was sent. Vectors have an angle only where both servers run one and the same model.',
  image:
    'It gets each prompt as it was sent. Cost and latency are compared; pictures are for you to look at, the old ones in their requests.',
}

/** What another model would have answered to a deployment's newest requests: an experiment, set up and not run yet. */
export function ReplayDialog({
  workspace,
  onClose,
  onMade,
}: {
  workspace: string
  onClose: () => void
  onMade: (made: ReplayView) => void
}) {
  const id = useId()
  const [typed, setTyped] = useState('')
  const [deployment, setDeployment] = useState('')
  const [type, setType] = useState<ModelType>('chat')
  const [last, setLast] = useState('50')
  const [model, setModel] = useState('')
  const [similarityModel, setSimilarityModel] = useState('')
  const found = useQuery({
    ...deploymentChoicesQuery(workspace, { search: typed.trim(), limit: '50' }),
    placeholderData: keepPreviousData,
  })
  const offered = found.data?.items ?? []
  const isText = type === 'chat' || type === 'completion'
  const count = Number(last)
  const { errors, message, attempt, working, save } = useSaving({
    ...(!deployment && { deployment: 'Choose a deployment.' }),
    ...(!(Number.isInteger(count) && count >= 1 && count <= 200) && { last: 'A whole number from 1 to 200.' }),
    ...(!model && { model: 'Choose a model.' }),
  })
  const make = () =>
    save(async () =>
      onMade(
        await replayRequests(workspace, {
          deployment,
          last: count,
          model,
          ...(isText && similarityModel && { similarityModel }),
        }),
      ),
    )

  return (
    <Dialog
      open
      onOpenChange={() => !working && onClose()}
      title="Replay requests"
      description="Another model answers what a deployment was asked; what was answered is the baseline."
      keepOnOutsideClick
      footer={
        <>
          <Button variant="quiet" onClick={onClose} disabled={working}>
            Cancel
          </Button>
          <Button variant="main" type="submit" form={id} loading={working}>
            Set it up
          </Button>
        </>
      }
    >
      <Form
        id={id}
        className="grid gap-5"
        onSubmit={(event) => {
          event.preventDefault()
          if (!working) void make()
        }}
      >
        <FormSummary
          errors={errors}
          labels={{ deployment: 'Deployment', last: 'Newest requests', model: 'Model' }}
          message={message}
          attempt={attempt}
        />
        <Field
          label="Deployment"
          name="deployment"
          error={errors.deployment}
          help="Requests that were answered and whose prompts are kept."
        >
          <Combobox
            value={deployment}
            onType={setTyped}
            onChange={(chosen) => {
              const next = offered.find(({ id: value }) => value === chosen)?.type
              // A model of another Type cannot answer what this one was asked.
              if (next && next !== type) {
                setType(next)
                setModel('')
              }
              setDeployment(chosen)
            }}
            freeText={false}
            loading={found.isFetching}
            suggestions={offered.map(({ id: value, key, type: hint }) => ({ value, label: key, hint }))}
            emptyText="No deployment has this key."
            placeholder="Choose a deployment"
          />
        </Field>
        <Field label="Newest requests" name="last" error={errors.last} help="At most 200.">
          <NumberInput
            value={last}
            maxLength={4}
            onChange={({ target }) => setLast(target.value)}
            className="max-w-32"
          />
        </Field>
        <Field label="Model" name="model" error={errors.model} help={asked[type]}>
          <ModelField
            workspace={workspace}
            type={type}
            value={model}
            onChange={(chosen) => setModel(chosen.id)}
            label="Model"
          />
        </Field>
        {isText && (
          <Field
            label="Embedding model"
            aside="optional"
            help="Says how near answers are in meaning. Without it they are compared by their words alone."
          >
            <ModelField
              workspace={workspace}
              type="embedding"
              value={similarityModel}
              onChange={(chosen) => setSimilarityModel(chosen.id)}
              label="Embedding model"
            />
          </Field>
        )}
      </Form>
    </Dialog>
  )
}
