'use client'
import { Trash2 } from 'lucide-react'
import { useId, useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { FormSummary } from '#components/form/form-summary.tsx'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Input } from '#components/ui/input.tsx'
import { Select } from '#components/ui/select.tsx'
import { Tabs } from '#components/ui/tabs.tsx'
import { Textarea } from '#components/ui/textarea.tsx'
import { toast } from '#components/ui/toast.ts'
import type { EvaluatorKind, EvaluatorView } from '#lib/experiments/schema.ts'
import { EvaluatorBench } from './evaluator-bench.tsx'
import { type EvaluatorDraft, fieldLabels, newDraft, readDraft, toDraft } from './evaluator-draft.ts'
import { EvaluatorFields } from './evaluator-fields.tsx'
import { EvaluatorVersions } from './evaluator-versions.tsx'
import { evaluatorKinds, kindWords } from './evaluator-words.ts'
import { addEvaluator, editEvaluator } from './queries.ts'

/** An evaluator: its form, with a bench to try it on beside it. Every saving is a new version. */
export function EvaluatorDialog({
  workspace,
  evaluator,
  canWrite,
  onClose,
  onSaved,
  onDelete,
}: {
  workspace: string
  /** Absent: a new one. */
  evaluator?: EvaluatorView
  canWrite: boolean
  onClose: () => void
  onSaved: (evaluator: EvaluatorView) => void
  onDelete?: () => void
}) {
  const id = useId()
  const [name, setName] = useState(evaluator?.name ?? '')
  const [description, setDescription] = useState(evaluator?.description ?? '')
  const [draft, setDraft] = useState<EvaluatorDraft>(() =>
    evaluator ? toDraft(evaluator.config) : newDraft('contains'),
  )
  const [tab, setTab] = useState('bench')
  const [version, setVersion] = useState(evaluator?.version)
  const [theirs, setTheirs] = useState<EvaluatorView>()
  const [failure, setFailure] = useState<ApiError>()
  const [attempt, setAttempt] = useState(0)
  const [busy, setBusy] = useState(false)
  // Each kind keeps what was typed for it, for somebody who looks around.
  const [others, setOthers] = useState<Partial<Record<EvaluatorKind, EvaluatorDraft>>>({})

  const read = readDraft(draft)
  const wrong: Record<string, string> =
    attempt > 0 ? { ...(!name.trim() && { name: 'Enter a name.' }), ...(!read.ok && read.errors) } : {}

  async function save() {
    setAttempt(attempt + 1)
    setFailure(undefined)
    if (!name.trim() || !read.ok) return
    setBusy(true)
    const body = { name: name.trim(), description: description.trim(), config: read.config }
    try {
      onSaved(
        evaluator
          ? await editEvaluator(workspace, { id: evaluator.id, version: version!, ...body })
          : await addEvaluator(workspace, body),
      )
    } catch (error) {
      const refused = error instanceof ApiError ? error : new ApiError(0, {})
      setFailure(refused)
      const current = refused.code === 'stale_version' ? (refused.body.current as EvaluatorView | undefined) : undefined
      // What somebody else saved meanwhile is told, and replaced only by pressing once more.
      if (current) {
        setVersion(current.version)
        setTheirs(current)
      }
    } finally {
      setBusy(false)
    }
  }

  const errors: Record<string, string> = { ...wrong, ...failure?.fields }
  const bench = (
    <EvaluatorBench workspace={workspace} draft={draft} onWrong={() => setAttempt((before) => before + 1)} />
  )
  return (
    <Dialog
      open
      onOpenChange={() => !busy && onClose()}
      size="wide"
      padded={false}
      title={evaluator ? evaluator.name : 'New evaluator'}
      description={evaluator ? `Version ${evaluator.version}. Saving makes the next one.` : undefined}
      keepOnOutsideClick
      footer={
        <>
          {evaluator && canWrite && onDelete && (
            <Button variant="danger-quiet" className="mr-auto" onClick={onDelete} disabled={busy}>
              <Trash2 aria-hidden="true" /> Delete
            </Button>
          )}
          <Button variant="quiet" onClick={onClose} disabled={busy}>
            {canWrite ? 'Cancel' : 'Close'}
          </Button>
          {canWrite && (
            <Button variant="main" type="submit" form={id} loading={busy}>
              {evaluator ? 'Save as a new version' : 'Make evaluator'}
            </Button>
          )}
        </>
      }
    >
      <div className="grid md:grid-cols-[minmax(0,1fr)_380px]">
        <Form
          id={id}
          className="min-w-0 px-5 py-4"
          onSubmit={(event) => {
            event.preventDefault()
            if (!busy) void save()
          }}
        >
          <fieldset disabled={!canWrite} className="grid min-w-0 gap-4">
            <legend className="sr-only">Evaluator</legend>
            <FormSummary
              errors={errors}
              labels={fieldLabels(draft.kind)}
              message={failure && Object.keys(failure.fields).length === 0 ? failure.message : undefined}
              attempt={attempt}
            />
            {theirs && (
              <p className="text-muted text-sm">
                It is version {theirs.version} now: {kindWords[theirs.config.kind].label}. Save once more to put what
                stands below on top of that.
              </p>
            )}
            <Field label="Name" name="name" error={errors.name} required>
              <Input
                value={name}
                onChange={(event) => setName(event.target.value)}
                maxLength={80}
                autoComplete="off"
                placeholder="Says what is expected"
                autoFocus={!evaluator}
              />
            </Field>
            <Field label="Description" name="description" error={errors.description} aside="optional">
              <Textarea
                rows={1}
                maxLength={2_000}
                value={description}
                onChange={(event) => setDescription(event.target.value)}
              />
            </Field>
            <Field label="How it judges" name="config.kind" help={kindWords[draft.kind].about}>
              <Select
                value={draft.kind}
                onChange={(next) => {
                  const kind = next as EvaluatorKind
                  setOthers({ ...others, [draft.kind]: draft })
                  setDraft(others[kind] ?? newDraft(kind))
                }}
                options={evaluatorKinds.map((kind) => ({ value: kind, label: kindWords[kind].label }))}
              />
            </Field>
            <EvaluatorFields workspace={workspace} draft={draft} onChange={setDraft} errors={errors} />
          </fieldset>
        </Form>
        <div className="min-w-0 border-t bg-surface-0 px-5 py-4 md:border-t-0 md:border-l">
          {evaluator ? (
            <Tabs
              label="Beside the form"
              value={tab}
              onChange={setTab}
              tabs={[
                ...(canWrite ? [{ id: 'bench', label: 'Test bench', content: bench }] : []),
                {
                  id: 'versions',
                  label: 'Versions',
                  count: evaluator.version,
                  content: (
                    <EvaluatorVersions
                      workspace={workspace}
                      evaluator={evaluator}
                      {...(canWrite && {
                        onTake: (earlier) => {
                          setDraft(toDraft(earlier.config))
                          toast(`Version ${earlier.version} stands in the form. Save it to make it the newest.`)
                        },
                      })}
                    />
                  ),
                },
              ]}
            />
          ) : (
            <>
              <h3 className="mb-3 font-semibold">Test bench</h3>
              {bench}
            </>
          )}
        </div>
      </div>
    </Dialog>
  )
}
