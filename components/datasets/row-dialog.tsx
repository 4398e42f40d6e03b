'use client'
import { useId, useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { FormSummary } from '#components/form/form-summary.tsx'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Input } from '#components/ui/input.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Select } from '#components/ui/select.tsx'
import { Textarea } from '#components/ui/textarea.tsx'
import { toast } from '#components/ui/toast.ts'
import type { ColumnType, DatasetRowInput, DatasetRowView, DatasetView } from '#lib/experiments/schema.ts'
import { MessageFields, readMessages, toMessageText } from './message-fields.tsx'
import { addRow, editRow } from './queries.ts'
import { readValue, toText } from './values.ts'
import { typeWords } from './words.ts'

interface Typed {
  /** By column, as typed. */
  inputs: Readonly<Record<string, string>>
  messages: string
  expected: string
}

function toTyped(dataset: DatasetView, row: DatasetRowView | undefined): Typed {
  return {
    inputs: Object.fromEntries(
      dataset.columns.map(({ name, type }) => [name, row ? toText(row.inputs[name], type) : '']),
    ),
    messages: row ? toMessageText(row.messages) : '',
    expected: row ? toText(row.expected, dataset.expectedType) : '',
  }
}

/** One row: a new one, one that is edited, or one of a snapshot, which is only read. */
export function RowDialog({
  workspace,
  dataset,
  row,
  readOnly,
  onClose,
  onSaved,
}: {
  workspace: string
  dataset: DatasetView
  row: DatasetRowView | undefined
  readOnly: boolean
  onClose: () => void
  onSaved: () => void
}) {
  const id = useId()
  const [typed, setTyped] = useState(() => toTyped(dataset, row))
  const [version, setVersion] = useState(row?.version ?? 1)
  const [theirs, setTheirs] = useState<DatasetRowView>()
  const [failure, setFailure] = useState<ApiError>()
  const [attempt, setAttempt] = useState(0)
  const [busy, setBusy] = useState(false)
  // A new form for the next row; what was saved is in the table behind.
  const [count, setCount] = useState(0)
  const read = readRow(dataset, typed, row)
  const errors = attempt > 0 ? { ...read.problems, ...failure?.fields } : {}
  const isDirty = JSON.stringify(typed) !== JSON.stringify(toTyped(dataset, row))

  async function save(another: boolean) {
    setAttempt(attempt + 1)
    if (Object.keys(read.problems).length > 0) return
    setBusy(true)
    setFailure(undefined)
    try {
      if (row) await editRow(workspace, dataset.id, row.id, { ...read.row, version })
      else await addRow(workspace, dataset.id, read.row)
      onSaved()
      if (another) {
        toast.success('The row is saved.')
        setTyped(toTyped(dataset, undefined))
        setAttempt(0)
        setCount(count + 1)
      } else onClose()
    } catch (error) {
      const refused = error instanceof ApiError ? error : new ApiError(0, {})
      setFailure(refused)
      const current =
        refused.code === 'stale_version' ? (refused.body.current as DatasetRowView | undefined) : undefined
      // What somebody else saved meanwhile is shown, and replaced only by pressing once more.
      if (current) {
        setVersion(current.version)
        setTheirs(current)
      }
    } finally {
      setBusy(false)
    }
  }

  return (
    <Dialog
      open
      onOpenChange={() => !busy && onClose()}
      size="medium"
      title={row ? `Row ${row.position}` : `New row of ${dataset.name}`}
      keepOnOutsideClick={isDirty}
      footer={
        readOnly ? (
          <Button onClick={onClose}>Close</Button>
        ) : (
          <>
            <Button variant="quiet" onClick={onClose} disabled={busy}>
              Cancel
            </Button>
            {!row && (
              <Button onClick={() => !busy && void save(true)} disabled={busy}>
                Save and add another
              </Button>
            )}
            <Button variant="main" type="submit" form={id} loading={busy}>
              Save
            </Button>
          </>
        )
      }
    >
      <Form
        key={count}
        id={id}
        className="grid gap-5"
        onSubmit={(event) => {
          event.preventDefault()
          if (!busy && !readOnly) void save(false)
        }}
      >
        <FormSummary
          errors={errors}
          message={failure && Object.keys(failure.fields).length === 0 ? failure.message : undefined}
          attempt={attempt}
        />
        {theirs && (
          <Notice
            tone="warn"
            title="Somebody else changed this row meanwhile"
            action={
              <Button
                size="sm"
                onClick={() => {
                  setTyped(toTyped(dataset, theirs))
                  setTheirs(undefined)
                  setFailure(undefined)
                }}
              >
                Take theirs
              </Button>
            }
          >
            Save once more to replace what they saved with what stands below.
          </Notice>
        )}
        {dataset.columns.map(({ name, type }, index) => (
          <Field
            key={name}
            label={<span className="figures">{name}</span>}
            name={`inputs.${name}`}
            error={errors[`inputs.${name}`]}
            aside={typeWords[type].toLowerCase()}
          >
            <ValueField
              type={type}
              value={typed.inputs[name] ?? ''}
              readOnly={readOnly}
              autoFocus={index === 0 && !row}
              onChange={(value) => setTyped({ ...typed, inputs: { ...typed.inputs, [name]: value } })}
            />
          </Field>
        ))}
        <MessageFields
          value={typed.messages}
          onChange={(messages) => setTyped({ ...typed, messages })}
          readOnly={readOnly}
          error={errors.messages}
        />
        <Field
          label="Expected"
          name="expected"
          error={errors.expected}
          aside={typeWords[dataset.expectedType].toLowerCase()}
          help="What a good answer is, for evaluators that compare with it."
        >
          <ValueField
            type={dataset.expectedType}
            value={typed.expected}
            readOnly={readOnly}
            onChange={(expected) => setTyped({ ...typed, expected })}
          />
        </Field>
      </Form>
    </Dialog>
  )
}

function readRow(dataset: DatasetView, typed: Typed, row: DatasetRowView | undefined) {
  const problems: Record<string, string> = {}
  // Values of columns that were taken out stay with the row.
  const shown = new Set(dataset.columns.map(({ name }) => name))
  const inputs: Record<string, unknown> = Object.fromEntries(
    Object.entries(row?.inputs ?? {}).filter(([name]) => !shown.has(name)),
  )
  for (const { name, type } of dataset.columns) {
    const value = readValue(typed.inputs[name] ?? '', type)
    if (!value.ok) problems[`inputs.${name}`] = value.message
    else if (value.value !== undefined) inputs[name] = value.value
  }
  const expected = readValue(typed.expected, dataset.expectedType)
  if (!expected.ok) problems.expected = expected.message
  const messages = readMessages(typed.messages)
  if (!messages.ok) problems.messages = messages.message
  const read: DatasetRowInput = {
    inputs,
    messages: messages.ok ? messages.messages : [],
    expected: expected.ok ? (expected.value ?? null) : null,
  }
  return { problems, row: read }
}

function ValueField({
  type,
  value,
  readOnly,
  autoFocus = false,
  onChange,
}: {
  type: ColumnType
  value: string
  readOnly: boolean
  autoFocus?: boolean
  onChange: (value: string) => void
}) {
  if (type === 'boolean')
    return (
      <Select
        value={value === '' ? 'none' : value}
        disabled={readOnly}
        onChange={(next) => onChange(next === 'none' ? '' : next)}
        options={[
          { value: 'none', label: 'No value' },
          { value: 'true', label: 'Yes' },
          { value: 'false', label: 'No' },
        ]}
      />
    )
  if (type === 'number')
    return (
      <Input
        mono
        inputMode="decimal"
        maxLength={64}
        autoComplete="off"
        readOnly={readOnly}
        autoFocus={autoFocus}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    )
  return (
    <Textarea
      mono={type === 'json'}
      rows={type === 'json' ? 3 : 2}
      spellCheck={type === 'text'}
      readOnly={readOnly}
      autoFocus={autoFocus}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}
