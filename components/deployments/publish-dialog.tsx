'use client'
import { useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { Textarea } from '#components/ui/textarea.tsx'
import { toast } from '#components/ui/toast.ts'
import { areaWords, countChanges } from './change-text.ts'
import { EnvironmentField } from './environment-field.tsx'
import { FindingList } from './finding-list.tsx'
import { reasonsOf, toMarks } from './marks.ts'
import type { DeploymentParts } from './parts.ts'
import { checkQuery, diffQuery, publishDraft } from './queries.ts'
import { nextVersion } from './versions.ts'
import { counted, environmentProblem } from './words.ts'

/** Makes a version of the draft: what is new in it, what models make of it, where it serves. */
export function PublishDialog({
  workspace,
  deployment,
  draft,
  onClose,
  onPublished,
}: DeploymentParts & { onClose: () => void; onPublished: () => unknown }) {
  const id = useId()
  const { latest, environments } = deployment
  const { saved, state } = draft
  // As the server sees it now: models change while an editor is open.
  const check = useQuery({ ...checkQuery(workspace, deployment.id, saved.config), staleTime: 0 })
  const diff = useQuery({
    ...diffQuery(workspace, deployment.id, latest ?? 'draft', 'draft'),
    enabled: latest !== null,
    staleTime: 0,
  })
  const [environment, setEnvironment] = useState('production')
  const [bump, setBump] = useState<'minor' | 'major'>('minor')
  const [description, setDescription] = useState('')
  const [failure, setFailure] = useState<ApiError>()
  const [busy, setBusy] = useState(false)
  const wrong = environmentProblem(environment)
  const marks = check.data && toMarks(check.data.problems, check.data)
  const reasons = marks ? reasonsOf(marks) : []
  const adapted = check.data?.findings.filter(({ severity }) => severity !== 'refused') ?? []
  const isSame = diff.data?.sections.length === 0
  const canPublish = check.data?.publishable === true && !isSame && state === 'saved' && !wrong

  async function publish() {
    if (!canPublish) return
    setBusy(true)
    setFailure(undefined)
    try {
      const made = await publishDraft(workspace, deployment.id, {
        draftVersion: saved.version,
        environment,
        bump,
        description: description.trim(),
      })
      toast.success(`${made.environment} serves ${made.version}`)
      await onPublished()
    } catch (error) {
      setFailure(error instanceof ApiError ? error : new ApiError(0, {}))
      void check.refetch()
      setBusy(false)
    }
  }

  return (
    <Dialog
      open
      onOpenChange={() => !busy && onClose()}
      title={`Publish ${deployment.key}`}
      description="Makes a version that never changes. Calls get it within seconds."
      keepOnOutsideClick
      footer={
        <>
          <Button variant="quiet" onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button variant="main" type="submit" form={id} loading={busy} disabled={!canPublish}>
            Publish {nextVersion(latest, bump)}
          </Button>
        </>
      }
    >
      <Form
        id={id}
        className="grid gap-5"
        onSubmit={(event) => {
          event.preventDefault()
          if (!busy) void publish()
        }}
      >
        {failure && (
          <Notice tone="bad">
            {failure.code === 'stale_version'
              ? 'Somebody else saved this draft since you opened it. Close this, look at it, and publish again.'
              : failure.message}
          </Notice>
        )}
        {state !== 'saved' && (
          <Notice tone="warn" live={false}>
            The draft is not saved yet: {state === 'failed' ? draft.problem?.message : 'wait a moment.'}
          </Notice>
        )}
        {check.isError && <Notice tone="bad">The check failed: {check.error.message}</Notice>}
        {check.isPending && <Skeleton className="h-9 w-full rounded-lg" />}
        {reasons.length > 0 && (
          <Notice
            tone="bad"
            title={
              reasons.length === 1
                ? 'It cannot be published as it stands'
                : `${reasons.length} reasons why it cannot be published`
            }
          >
            <ul className="grid gap-0.5">
              {reasons.map(({ place, message }) => (
                <li key={`${place} ${message}`}>{message}</li>
              ))}
            </ul>
          </Notice>
        )}
        {isSame && (
          <Notice live={false}>
            The draft is the same as {latest}. Serve that one in another environment, on the tab Versions.
          </Notice>
        )}
        {adapted.length > 0 && <FindingList findings={adapted} />}
        {diff.data && !isSame && (
          <div className="text-sm">
            <p className="font-medium">
              {counted(countChanges(diff.data.sections), 'change')} since {latest}
            </p>
            <ul className="text-muted">
              {diff.data.sections.map(({ area, variant, changes }) => (
                <li key={`${area} ${variant ?? ''}`}>
                  {areaWords[area]}
                  {variant !== null && ` of ${variant}`}: {changes.map(({ label }) => label).join(', ')}
                </li>
              ))}
            </ul>
          </div>
        )}
        <div className="grid gap-3 sm:grid-cols-2">
          <EnvironmentField
            label="Serves"
            value={environment}
            environments={environments}
            problem={wrong}
            onChange={setEnvironment}
          />
          {latest !== null && (
            <Field
              label="Version"
              help={bump === 'major' ? 'For a change that callers notice.' : 'For everything else.'}
            >
              <Segmented
                value={bump}
                onChange={setBump}
                fill
                options={[
                  { value: 'minor', label: `Minor, ${nextVersion(latest, 'minor')}` },
                  { value: 'major', label: `Major, ${nextVersion(latest, 'major')}` },
                ]}
              />
            </Field>
          )}
        </div>
        <Field label="What is new" aside="optional" help="Whoever rolls back reads it.">
          <Textarea
            rows={2}
            maxLength={500}
            value={description}
            onChange={({ target }) => setDescription(target.value)}
          />
        </Field>
      </Form>
    </Dialog>
  )
}
