'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { datasetChoicesQuery } from '#components/prompt/choices.ts'
import { callApi } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Combobox } from '#components/ui/combobox.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Textarea } from '#components/ui/textarea.tsx'
import { toast } from '#components/ui/toast.ts'
import type { RequestRowsView } from '#lib/experiments/schema.ts'

/** Makes a row of a dataset out of a recorded request; what it answered can be corrected. */
export function RowDialog({
  workspace,
  requestId,
  answer,
  onClose,
}: {
  workspace: string
  requestId: string
  /** What it answered, as far as it is text. */
  answer: string
  onClose: () => void
}) {
  const router = useRouter()
  const client = useQueryClient()
  const [chosen, setChosen] = useState('')
  const [expected, setExpected] = useState(answer)
  const [failure, setFailure] = useState<string>()
  const [busy, setBusy] = useState(false)
  const path = `/api/workspaces/${encodeURIComponent(workspace)}/datasets`
  const datasets = useQuery(datasetChoicesQuery(workspace))
  const known = datasets.data?.items ?? []
  const dataset = known.find(({ id }) => id === chosen)

  async function save() {
    if (!dataset) {
      setFailure('Choose a dataset.')
      return
    }
    setBusy(true)
    setFailure(undefined)
    try {
      const body = { requestIds: [requestId], ...(expected !== answer && { corrections: { [requestId]: expected } }) }
      const { left } = await callApi<RequestRowsView>(`${path}/${dataset.id}/rows/requests`, { body })
      if (left[0]) {
        setFailure(left[0].why)
        setBusy(false)
        return
      }
      void client.invalidateQueries({ queryKey: ['dataset-rows', workspace, dataset.id] })
      toast.success(`A row of ${dataset.name}`, {
        action: { label: 'Open', onClick: () => router.push(`/${workspace}/datasets/${dataset.id}`) },
      })
      onClose()
    } catch (error) {
      setFailure(error instanceof Error ? error.message : 'The row could not be saved. Try again.')
      setBusy(false)
    }
  }

  return (
    <Dialog
      open
      onOpenChange={() => !busy && onClose()}
      title="Save as a dataset row"
      description="What the model was asked, and what is expected of it."
      keepOnOutsideClick
      footer={
        <>
          <Button variant="quiet" onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button variant="main" type="submit" form="request-row" loading={busy}>
            Save the row
          </Button>
        </>
      }
    >
      <Form
        id="request-row"
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (!busy) void save()
        }}
      >
        {failure && <Notice tone="bad">{failure}</Notice>}
        {datasets.isError && <Notice tone="bad">The datasets could not be loaded: {datasets.error.message}</Notice>}
        <Field
          label="Dataset"
          help={datasets.isSuccess && known.length === 0 ? 'There is none yet: make one under Datasets.' : undefined}
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
        <Field
          label="Expected"
          help={
            answer === ''
              ? 'Left empty, it is what was answered: vectors, or the number of pictures.'
              : 'What it answered; correct it to what you want to see.'
          }
        >
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
