'use client'
import { useState } from 'react'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Notice } from '#components/ui/notice.tsx'
import type { PlanView } from '#lib/models/schema.ts'
import { ImportPlan, type RowChange } from './import-plan.tsx'
import { ImportText } from './import-text.tsx'
import { intakeRowsMax, previewIntake, startIntake } from './intake-api.ts'
import { IntakeFooter, IntakeProgress, useIntake } from './intake-progress.tsx'

const words = {
  litellm: {
    title: 'Add Model · Import from LiteLLM config',
    first: 'Clients keep their names: change their base URL and key, nothing else.',
  },
  file: {
    title: 'Add Model · Import from a Patchbay file',
    first: 'A file holds no keys: they are asked for, one for each server.',
  },
} as const

/** Models out of a file: read, ticked, checked, and those that pass saved. */
export function ImportDialog({
  workspace,
  source,
  onClose,
}: {
  workspace: string
  source: 'litellm' | 'file'
  onClose: () => void
}) {
  const [text, setText] = useState('')
  const [textError, setTextError] = useState<string>()
  const [plan, setPlan] = useState<PlanView>()
  const [dropped, setDropped] = useState<ReadonlySet<string>>(new Set())
  const [changes, setChanges] = useState<Readonly<Record<string, RowChange>>>({})
  const [answers, setAnswers] = useState<Readonly<Record<string, string>>>({})
  const [onConflict, setOnConflict] = useState<'skip' | 'rename'>('skip')
  const [imageConsent, setImageConsent] = useState(false)
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({})
  const [failure, setFailure] = useState<string>()
  const [working, setWorking] = useState(false)
  const [intakeId, setIntakeId] = useState<string>()
  const intake = useIntake(workspace, intakeId).data

  const wanted = plan?.rows.filter((row) => !dropped.has(row.key) && row.problem === null) ?? []

  async function attempt(work: () => Promise<void>) {
    setFailure(undefined)
    setTextError(undefined)
    setErrors({})
    setWorking(true)
    try {
      await work()
    } catch (error) {
      const refused = error instanceof ApiError ? error : undefined
      if (refused?.fields.text) setTextError(refused.fields.text)
      else setFailure(refused?.message ?? 'That did not work. Try again.')
      setErrors(refused?.fields ?? {})
    } finally {
      setWorking(false)
    }
  }

  const read = () =>
    attempt(async () => {
      const next = await previewIntake(workspace, { source, text })
      setPlan(next)
      // Only as many as one go takes are ticked.
      const usable = next.rows.filter((row) => row.problem === null)
      setDropped(new Set(usable.slice(intakeRowsMax).map((row) => row.key)))
    })

  const add = () =>
    attempt(async () => {
      const started = await startIntake(workspace, {
        source,
        text,
        rows: wanted.map(({ key }) => ({ key, ...changes[key] })),
        answers: { ...answers },
        onConflict,
        imageConsent,
      })
      setIntakeId(started.id)
    })

  return (
    <Dialog
      open
      onOpenChange={() => onClose()}
      size="wide"
      keepOnOutsideClick={!intake}
      title={words[source].title}
      description={
        intake
          ? 'Each is checked as if it were added alone. One that fails stops no other.'
          : plan
            ? 'Untick what you do not want. Each is checked, and those that pass are saved.'
            : words[source].first
      }
      footer={
        intake ? (
          <IntakeFooter
            workspace={workspace}
            intake={intake}
            onClose={onClose}
            onAgain={() => {
              const left = new Set(intake.rows.filter((row) => row.state !== 'added').map((row) => row.key))
              setDropped(new Set(plan?.rows.filter((row) => !left.has(row.key)).map((row) => row.key)))
              setIntakeId(undefined)
            }}
          />
        ) : plan ? (
          <>
            <span className="mr-auto text-muted text-sm max-sm:basis-full" aria-live="polite">
              {wanted.length > intakeRowsMax
                ? `At most ${intakeRowsMax} at a time: untick ${wanted.length - intakeRowsMax}.`
                : `${wanted.length} chosen · at most 40 small calls each`}
            </span>
            <Button variant="quiet" onClick={() => setPlan(undefined)}>
              Back
            </Button>
            <Button
              variant="main"
              loading={working}
              disabled={wanted.length === 0 || wanted.length > intakeRowsMax}
              onClick={() => void add()}
            >
              Check and add {wanted.length === 1 ? '1 model' : `${wanted.length} models`}
            </Button>
          </>
        ) : (
          <>
            <Button variant="quiet" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="main" loading={working} disabled={text.trim() === ''} onClick={() => void read()}>
              Read it
            </Button>
          </>
        )
      }
    >
      <div className="grid min-w-0 content-start gap-4 md:min-h-96">
        {failure && <Notice tone="bad">{failure}</Notice>}
        {intake ? (
          <IntakeProgress workspace={workspace} intake={intake} />
        ) : plan ? (
          <ImportPlan
            plan={plan}
            dropped={dropped}
            onDrop={setDropped}
            changes={changes}
            onChange={(key, change) => setChanges({ ...changes, [key]: { ...changes[key], ...change } })}
            answers={answers}
            onAnswer={(id, value) => setAnswers({ ...answers, [id]: value })}
            errors={errors}
            onConflict={onConflict}
            onOnConflict={setOnConflict}
            imageConsent={imageConsent}
            onImageConsent={setImageConsent}
          />
        ) : (
          <ImportText source={source} text={text} error={textError} onText={setText} onError={setTextError} />
        )}
      </div>
    </Dialog>
  )
}
