'use client'
import { useQuery } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { callApi } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Combobox } from '#components/ui/combobox.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Input } from '#components/ui/input.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { Textarea } from '#components/ui/textarea.tsx'
import { toast } from '#components/ui/toast.ts'
import { Checkbox } from '#components/ui/toggles.tsx'
import type { DatasetView } from '#lib/experiments/schema.ts'
import { datasetChoicesQuery } from './choices.ts'
import { type RowSource, toRow } from './row.ts'

const pathOf = (workspace: string) => `/api/workspaces/${encodeURIComponent(workspace)}/datasets`

/** Makes a row of a dataset out of what was asked and answered; the answer can be corrected first. */
export function RowDialog({
  workspace,
  source,
  onClose,
}: {
  workspace: string
  source: RowSource
  onClose: () => void
}) {
  const router = useRouter()
  const names = Object.keys(source.variables)
  const [into, setInto] = useState<'known' | 'new'>('known')
  const [chosen, setChosen] = useState('')
  const [name, setName] = useState('')
  const [inputs, setInputs] = useState(names.length > 0)
  const [expected, setExpected] = useState(source.answer)
  const [failure, setFailure] = useState<string>()
  const [working, setWorking] = useState(false)
  const datasets = useQuery(datasetChoicesQuery(workspace))
  const known = datasets.data?.items ?? []
  const dataset = known.find(({ id }) => id === chosen)
  const isNew = into === 'new' || (datasets.isSuccess && known.length === 0)
  const columns = inputs ? names.map((each) => ({ name: each, type: 'text' as const })) : []
  const shape = isNew ? { columns, expectedType: 'text' as const } : dataset
  const made = shape && toRow(shape, source, { inputs, expected })

  async function save() {
    if (!made || 'problem' in made) {
      setFailure(made ? made.problem : 'Choose a dataset.')
      return
    }
    setWorking(true)
    setFailure(undefined)
    try {
      const target = isNew
        ? await callApi<DatasetView>(pathOf(workspace), { body: { name, columns, expectedType: 'text' } })
        : dataset!
      await callApi(`${pathOf(workspace)}/${target.id}/rows`, { body: { rows: [made.row] } })
      toast.success(`A row of ${target.name}`, {
        action: { label: 'Open', onClick: () => router.push(`/${workspace}/datasets/${target.id}`) },
      })
      onClose()
    } catch (error) {
      setFailure(error instanceof Error ? error.message : 'The row could not be saved. Try again.')
      setWorking(false)
    }
  }

  return (
    <Dialog
      open
      onOpenChange={(next) => !next && onClose()}
      title="Save as a dataset row"
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button variant="main" type="submit" form="prompt-row" loading={working}>
            Save the row
          </Button>
        </>
      }
    >
      <Form
        id="prompt-row"
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        {failure && <Notice tone="bad">{failure}</Notice>}
        {datasets.isError && <Notice tone="bad">The datasets could not be loaded: {datasets.error.message}</Notice>}
        {known.length > 0 && (
          <Segmented
            label="Where it goes"
            size="sm"
            value={into}
            onChange={setInto}
            options={[
              { value: 'known', label: 'A dataset' },
              { value: 'new', label: 'A new one' },
            ]}
            className="w-fit"
          />
        )}
        {isNew ? (
          <Field label="Name of the new dataset">
            <Input value={name} maxLength={80} autoComplete="off" onChange={({ target }) => setName(target.value)} />
          </Field>
        ) : (
          <Field
            label="Dataset"
            warning={
              made && 'left' in made && made.left.length > 0
                ? `It has no column for ${made.left.join(', ')}: left out.`
                : undefined
            }
          >
            <Combobox
              value={chosen}
              onChange={setChosen}
              freeText={false}
              loading={datasets.isPending}
              suggestions={known.map((each) => ({ value: each.id, label: each.name, hint: `${each.rowCount} rows` }))}
              emptyText="No dataset has this name."
              placeholder="Choose a dataset"
            />
          </Field>
        )}
        {names.length > 0 && (
          <Checkbox
            label={`Variables as inputs: ${names.join(', ')}`}
            help={
              inputs
                ? 'The prompt is left to whoever is compared; only what was said after it is kept.'
                : 'The prompt is kept with its variables filled in.'
            }
            checked={inputs}
            onChange={setInputs}
          />
        )}
        <Field label="Expected" help="The answer; correct it to what you want to see.">
          <Textarea
            rows={4}
            value={expected}
            maxLength={200_000}
            onChange={({ target }) => setExpected(target.value)}
          />
        </Field>
      </Form>
    </Dialog>
  )
}
