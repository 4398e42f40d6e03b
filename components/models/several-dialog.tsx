'use client'
import { useState } from 'react'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Notice } from '#components/ui/notice.tsx'
import type { CheckProblem, ModelDraftView, OfferedModel } from '#lib/models/schema.ts'
import { allowEndpoint, listOffered } from './api.ts'
import { intakeRowsMax, startIntake } from './intake-api.ts'
import { IntakeFooter, IntakeProgress, useIntake } from './intake-progress.tsx'
import { SeveralChoice } from './several-choice.tsx'
import {
  type ConnectionValues,
  connectionOf,
  emptyConnection,
  readConnection,
  SeveralConnection,
} from './several-connection.tsx'
import { type Chosen, choose, rowOf } from './several-rows.ts'

/** Several models from one Base URL: the server, its list, what is wanted of it, and what became of each. */
export function SeveralDialog({
  workspace,
  practice,
  onClose,
}: {
  workspace: string
  practice: readonly ModelDraftView[]
  onClose: () => void
}) {
  const [values, setValues] = useState<ConnectionValues>(emptyConnection)
  const [errors, setErrors] = useState<Record<string, string>>({})
  const [problem, setProblem] = useState<CheckProblem | null>(null)
  const [failure, setFailure] = useState<string>()
  const [working, setWorking] = useState(false)
  const [offered, setOffered] = useState<readonly OfferedModel[]>()
  const [chosen, setChosen] = useState<ReadonlyMap<string, Chosen>>(new Map())
  const [imageConsent, setImageConsent] = useState(false)
  const [intakeId, setIntakeId] = useState<string>()
  const intake = useIntake(workspace, intakeId).data
  const [allowing, setAllowing] = useState(false)

  async function attempt(work: () => Promise<void>) {
    setFailure(undefined)
    setWorking(true)
    try {
      await work()
    } catch (error) {
      if (error instanceof ApiError) setErrors(error.fields)
      setFailure(error instanceof ApiError ? error.message : 'That did not work. Try again.')
    } finally {
      setWorking(false)
    }
  }

  async function list() {
    const read = readConnection(values)
    setErrors(read.errors)
    setProblem(null)
    if (Object.keys(read.errors).length > 0) return
    await attempt(async () => {
      const { region: _region, ...connection } = connectionOf(values)
      const answer = await listOffered(workspace, connection, new AbortController().signal)
      if (answer.problem && answer.models.length === 0) {
        setProblem(answer.problem)
        // A server without a list has models all the same: they are named by hand.
        if (answer.problem.field === 'baseUrl' || answer.problem.field === 'apiKey') return
      }
      setValues({ ...values, baseUrl: answer.baseUrl })
      setOffered(answer.models)
    })
  }

  async function allow(entry: string) {
    setAllowing(true)
    try {
      await allowEndpoint(workspace, entry)
      await list()
    } catch (error) {
      setFailure(error instanceof ApiError ? error.message : 'That did not work. Try again.')
    } finally {
      setAllowing(false)
    }
  }

  const add = () =>
    attempt(async () => {
      const started = await startIntake(workspace, {
        source: 'several',
        connection: connectionOf(values),
        rows: [...chosen.values()].map(rowOf),
        onConflict: 'rename',
        imageConsent,
      })
      setIntakeId(started.id)
    })

  const unnamed = [...chosen.values()].some((each) => each.name.trim() === '')
  return (
    <Dialog
      open
      onOpenChange={() => onClose()}
      size="wide"
      keepOnOutsideClick={!intake}
      title="Add Model · Several from one Base URL"
      description={
        intake
          ? 'Each is checked as if it were added alone. One that fails stops no other.'
          : offered
            ? 'Tick what you want. Each is checked, and those that pass are saved.'
            : 'One server, one key: see what it serves, and take what you want.'
      }
      footer={
        intake ? (
          <IntakeFooter
            workspace={workspace}
            intake={intake}
            onClose={onClose}
            onAgain={() => {
              const left = intake.rows.filter((row) => row.state !== 'added').map((row) => row.modelId)
              setChosen(new Map([...chosen].filter(([id]) => left.includes(id))))
              setIntakeId(undefined)
            }}
          />
        ) : offered ? (
          <>
            <span className="mr-auto text-muted text-sm max-sm:basis-full" aria-live="polite">
              {chosen.size} chosen · at most 40 small calls each
            </span>
            <Button variant="quiet" onClick={() => setOffered(undefined)}>
              Back
            </Button>
            <Button
              variant="main"
              loading={working}
              disabled={chosen.size === 0 || chosen.size > intakeRowsMax || unnamed}
              onClick={() => void add()}
            >
              Check and add {chosen.size === 1 ? '1 model' : `${chosen.size} models`}
            </Button>
          </>
        ) : (
          <>
            <Button variant="quiet" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="main" type="submit" form="several-connection" loading={working}>
              List models
            </Button>
          </>
        )
      }
    >
      <div className="grid min-w-0 gap-4 md:min-h-96">
        {failure && <Notice tone="bad">{failure}</Notice>}
        {intake ? (
          <IntakeProgress workspace={workspace} intake={intake} />
        ) : offered ? (
          <SeveralChoice
            offered={offered}
            problem={problem}
            chosen={chosen}
            onChoose={(models, on) => setChosen(choose(chosen, models, on))}
            onChange={(next) => setChosen(new Map(chosen).set(next.model.id, next))}
            onNamed={(ids) => setOffered([...offered, ...ids])}
            imageConsent={imageConsent}
            onImageConsent={setImageConsent}
          />
        ) : (
          <SeveralConnection
            values={values}
            onChange={setValues}
            errors={errors}
            problem={problem}
            practice={practice}
            allowing={allowing}
            onAllow={(entry) => void allow(entry)}
            onSubmit={() => !working && void list()}
          />
        )}
      </div>
    </Dialog>
  )
}
