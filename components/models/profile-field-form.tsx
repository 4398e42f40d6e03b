'use client'
import { useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { cn } from '#components/ui/cn.ts'
import { Input } from '#components/ui/input.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import type { ProfileField, ProfileView } from '#lib/models/schema.ts'
import { fromChoice, profileWords, sayField, toChoice } from './profile-words.ts'

/** One field of the wire profile: its allowed values, and the way back to what was learned. */
export function ProfileFieldForm({
  field,
  view,
  onCancel,
  onSave,
  className,
}: {
  field: ProfileField
  view: ProfileView
  onCancel: () => void
  /** Null gives the field back to what was learned. */
  onSave: (value: unknown) => Promise<void>
  className?: string
}) {
  const { label, help, options } = profileWords[field]
  const [choice, setChoice] = useState(toChoice(field, view.profile))
  const [working, setWorking] = useState<'save' | 'reset'>()
  const [problem, setProblem] = useState<string>()

  async function submit(kind: 'save' | 'reset') {
    if (working) return
    setWorking(kind)
    setProblem(undefined)
    try {
      await onSave(kind === 'reset' ? null : fromChoice(field, choice))
    } catch (error) {
      setProblem(
        error instanceof ApiError
          ? (error.fields[field] ?? Object.values(error.fields)[0] ?? error.message)
          : 'Nothing was saved. Try again.',
      )
      setWorking(undefined)
    }
  }

  return (
    <Form
      aria-label={label}
      className={cn('grid gap-3', className)}
      onSubmit={(event) => {
        event.preventDefault()
        void submit('save')
      }}
      onKeyDown={(event) => event.key === 'Escape' && onCancel()}
    >
      <Field label="Set to" help={help} error={problem}>
        {options ? (
          <Segmented
            value={choice}
            onChange={setChoice}
            size="sm"
            options={options}
            className="max-w-full justify-self-start overflow-x-auto"
          />
        ) : (
          <Input
            mono
            autoFocus
            value={choice}
            maxLength={4_000}
            spellCheck={false}
            autoComplete="off"
            placeholder={field === 'add' ? 'name=value' : 'seed, logprobs'}
            className="max-w-xl"
            onChange={(event) => setChoice(event.target.value)}
          />
        )}
      </Field>
      <div className="flex flex-wrap items-center gap-2">
        <Button type="submit" size="sm" variant="main" loading={working === 'save'}>
          Save
        </Button>
        {view.byHand[field] && (
          <Button size="sm" loading={working === 'reset'} onClick={() => void submit('reset')}>
            Reset to as learned
          </Button>
        )}
        <Button size="sm" variant="quiet" onClick={onCancel}>
          Cancel
        </Button>
        {view.byHand[field] && <span className="text-faint text-xs">Learned: {sayField(field, view.learned)}</span>}
      </div>
    </Form>
  )
}
