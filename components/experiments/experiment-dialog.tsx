'use client'
import { useQuery } from '@tanstack/react-query'
import Link from 'next/link'
import { useId, useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { FormSummary } from '#components/form/form-summary.tsx'
import { useSaving } from '#components/form/use-saving.ts'
import { datasetChoicesQuery } from '#components/prompt/choices.ts'
import { Button } from '#components/ui/button.tsx'
import { Combobox } from '#components/ui/combobox.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Input } from '#components/ui/input.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Textarea } from '#components/ui/textarea.tsx'
import type { ExperimentView } from '#lib/experiments/schema.ts'
import { addExperiment, editExperiment } from './experiment-queries.ts'

/** A name and a dataset: all else is set up on the experiment's own page. Or name and description of one. */
export function ExperimentDialog({
  workspace,
  experiment,
  onClose,
  onSaved,
}: {
  workspace: string
  experiment?: ExperimentView
  onClose: () => void
  onSaved: (experiment: ExperimentView) => void
}) {
  const id = useId()
  const [name, setName] = useState(experiment?.name ?? '')
  const [description, setDescription] = useState(experiment?.description ?? '')
  const [datasetId, setDatasetId] = useState(experiment?.datasetId ?? '')
  const datasets = useQuery({ ...datasetChoicesQuery(workspace), enabled: !experiment })
  const { errors, message, attempt, working, save } = useSaving({
    ...(!name.trim() && { name: 'Enter a name.' }),
    ...(!datasetId && { datasetId: 'Choose a dataset.' }),
  })
  const send = () =>
    save(async () => {
      const words = { name: name.trim(), description: description.trim() }
      onSaved(
        experiment
          ? await editExperiment(workspace, { id: experiment.id, version: experiment.version, ...words })
          : await addExperiment(workspace, { ...words, datasetId }),
      )
    })

  return (
    <Dialog
      open
      onOpenChange={() => !working && onClose()}
      title={experiment ? `Edit ${experiment.name}` : 'New experiment'}
      keepOnOutsideClick
      footer={
        <>
          <Button variant="quiet" onClick={onClose} disabled={working}>
            Cancel
          </Button>
          <Button variant="main" type="submit" form={id} loading={working}>
            {experiment ? 'Save' : 'Set it up'}
          </Button>
        </>
      }
    >
      <Form
        id={id}
        className="grid gap-5"
        onSubmit={(event) => {
          event.preventDefault()
          if (!working) void send()
        }}
      >
        <FormSummary
          errors={errors}
          labels={{ name: 'Name', description: 'Description', datasetId: 'Dataset' }}
          message={message}
          attempt={attempt}
        />
        <Field label="Name" name="name" error={errors.name} required>
          <Input
            value={name}
            maxLength={80}
            autoComplete="off"
            placeholder="Which model for support"
            onChange={({ target }) => setName(target.value)}
            autoFocus
          />
        </Field>
        <Field label="Description" name="description" error={errors.description} aside="optional">
          <Textarea
            rows={2}
            maxLength={2_000}
            value={description}
            onChange={({ target }) => setDescription(target.value)}
          />
        </Field>
        {!experiment &&
          (datasets.data?.items.length === 0 ? (
            <Notice tone="info" title="There is no dataset yet">
              An experiment asks the same rows of every candidate.{' '}
              <Link className="link" href={`/${workspace}/datasets`}>
                Make a dataset
              </Link>{' '}
              first.
            </Notice>
          ) : (
            <Field
              label="Dataset"
              name="datasetId"
              error={errors.datasetId ?? (datasets.isError ? datasets.error.message : undefined)}
              help="Each row is asked of every candidate."
              required
            >
              <Combobox
                value={datasetId}
                onChange={setDatasetId}
                freeText={false}
                loading={datasets.isPending}
                suggestions={(datasets.data?.items ?? []).map((each) => ({
                  value: each.id,
                  label: each.name,
                  hint: `${each.rowCount.toLocaleString('en-US')} rows`,
                }))}
                emptyText="No dataset has this name."
                placeholder="Choose a dataset"
              />
            </Field>
          ))}
      </Form>
    </Dialog>
  )
}
