'use client'
import { useId, useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { FormSummary } from '#components/form/form-summary.tsx'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Input } from '#components/ui/input.tsx'
import { Textarea } from '#components/ui/textarea.tsx'
import type { DatasetView } from '#lib/experiments/schema.ts'
import { type ColumnDraft, ColumnFields, columnProblems, newColumn, toColumns } from './column-fields.tsx'
import { addDataset, editDataset } from './queries.ts'

/** A new dataset; or name, description and columns of one. */
export function DatasetDialog({
  workspace,
  dataset,
  onClose,
  onSaved,
}: {
  workspace: string
  dataset?: DatasetView
  onClose: () => void
  onSaved: (dataset: DatasetView) => void
}) {
  const id = useId()
  const [name, setName] = useState(dataset?.name ?? '')
  const [description, setDescription] = useState(dataset?.description ?? '')
  const [columns, setColumns] = useState<readonly ColumnDraft[]>(
    dataset ? dataset.columns.map((column) => newColumn(column)) : [newColumn({ name: 'question', type: 'text' })],
  )
  const [expectedType, setExpectedType] = useState(dataset?.expectedType ?? 'text')
  const [version, setVersion] = useState(dataset?.version)
  const [theirs, setTheirs] = useState<DatasetView>()
  const [failure, setFailure] = useState<ApiError>()
  const [attempt, setAttempt] = useState(0)
  const [busy, setBusy] = useState(false)
  const wrong = attempt > 0 ? { ...(!name.trim() && { name: 'Enter a name.' }), ...columnProblems(columns) } : {}

  async function save() {
    setAttempt(attempt + 1)
    if (!name.trim() || Object.keys(columnProblems(columns)).length > 0) return
    setBusy(true)
    setFailure(undefined)
    const body = { name: name.trim(), description: description.trim(), columns: toColumns(columns), expectedType }
    try {
      onSaved(
        dataset
          ? await editDataset(workspace, { id: dataset.id, version: version!, ...body })
          : await addDataset(workspace, { ...body, columns: body.columns.map(({ was, ...column }) => column) }),
      )
    } catch (error) {
      const refused = error instanceof ApiError ? error : new ApiError(0, {})
      setFailure(refused)
      const current = refused.code === 'stale_version' ? (refused.body.current as DatasetView | undefined) : undefined
      // What somebody else saved meanwhile is shown, and replaced only by pressing once more.
      if (current) {
        setVersion(current.version)
        setTheirs(current)
      }
    } finally {
      setBusy(false)
    }
  }

  const errors: Record<string, string> = { ...wrong, ...failure?.fields }
  return (
    <Dialog
      open
      onOpenChange={() => !busy && onClose()}
      size="medium"
      title={dataset ? `Edit ${dataset.name}` : 'New dataset'}
      keepOnOutsideClick
      footer={
        <>
          <Button variant="quiet" onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button variant="main" type="submit" form={id} loading={busy}>
            {dataset ? 'Save' : 'Make dataset'}
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
          labels={{
            name: 'Name',
            description: 'Description',
            ...Object.fromEntries(columns.map((_, index) => [`columns.${index}`, `Column ${index + 1}`])),
          }}
          message={failure && Object.keys(failure.fields).length === 0 ? failure.message : undefined}
          attempt={attempt}
        />
        {theirs && (
          <p className="text-muted text-sm">
            It is called {theirs.name} now, with the columns{' '}
            {theirs.columns.map((column) => column.name).join(', ') || 'none'}. Save once more to replace that with what
            stands below.
          </p>
        )}
        <Field label="Name" name="name" error={errors.name} required>
          <Input
            value={name}
            onChange={(event) => setName(event.target.value)}
            maxLength={80}
            autoComplete="off"
            placeholder="Support questions"
            autoFocus={!dataset}
          />
        </Field>
        <Field label="Description" name="description" error={errors.description} aside="optional">
          <Textarea
            rows={2}
            maxLength={2_000}
            value={description}
            onChange={(event) => setDescription(event.target.value)}
          />
        </Field>
        <ColumnFields
          columns={columns}
          onChange={setColumns}
          expectedType={expectedType}
          onExpectedType={setExpectedType}
          problems={errors}
        />
      </Form>
    </Dialog>
  )
}
