'use client'
import { useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { NumberInput } from '#components/form/number-input.tsx'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Select } from '#components/ui/select.tsx'
import { toast } from '#components/ui/toast.ts'
import type { DeploymentView, VersionView } from '#lib/deployments/schema.ts'
import { areaWords, countChanges } from './change-text.ts'
import { EnvironmentField } from './environment-field.tsx'
import { diffQuery, promoteVersion, startCanary } from './queries.ts'
import { counted, environmentProblem } from './words.ts'

/** Which version, where; for a canary also how many of the calls. */
export interface ServeStart {
  kind: 'serve' | 'canary'
  version: string
  environment: string
}

/** Lets an environment serve a version, or sends a part of its calls there. */
export function ServeDialog({
  workspace,
  deployment,
  versions,
  start,
  onClose,
  onChanged,
}: {
  workspace: string
  deployment: DeploymentView
  versions: readonly VersionView[]
  start: ServeStart
  onClose: () => void
  onChanged: () => unknown
}) {
  const id = useId()
  const isCanary = start.kind === 'canary'
  const [version, setVersion] = useState(start.version)
  const [environment, setEnvironment] = useState(start.environment)
  const [percent, setPercent] = useState('5')
  const [failure, setFailure] = useState<ApiError>()
  const [tried, setTried] = useState(false)
  const [busy, setBusy] = useState(false)
  const at = deployment.environments.find(({ name }) => name === environment)
  const serves = at?.serves ?? null
  const diff = useQuery({
    ...diffQuery(workspace, deployment.id, serves ?? version, version),
    enabled: serves !== null && serves !== version && version !== '',
  })
  const part = Number(percent.replace(',', '.'))
  const wrongPart =
    isCanary && !(part > 0 && part < 100 && /^\d{1,2}([.,]\d{1,2})?$/.test(percent.trim()))
      ? 'More than 0 and below 100, with at most two decimals.'
      : undefined
  const wrongPlace = environmentProblem(environment)
  const isSame = serves === version

  async function send() {
    setTried(true)
    if (wrongPart || wrongPlace || isSame || version === '') return
    setBusy(true)
    setFailure(undefined)
    try {
      if (isCanary) {
        await startCanary(workspace, deployment.id, environment, { version, percent: part })
        toast.success(`${part} % of ${environment} go to ${version}`)
      } else {
        await promoteVersion(workspace, deployment.id, version, environment)
        toast.success(`${environment} serves ${version}`)
      }
      await onChanged()
      onClose()
    } catch (error) {
      setFailure(error instanceof ApiError ? error : new ApiError(0, {}))
      setBusy(false)
    }
  }

  return (
    <Dialog
      open
      onOpenChange={() => !busy && onClose()}
      title={isCanary ? `A canary in ${environment}` : 'Serve a version'}
      description={
        isCanary
          ? `A part of the calls goes to a second version; the same identities stay in it as it grows.`
          : 'Calls get it within seconds. It can be rolled back.'
      }
      footer={
        <>
          <Button variant="quiet" onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button variant="main" type="submit" form={id} loading={busy} disabled={isSame || version === ''}>
            {isCanary ? 'Start the canary' : `Serve ${version}`}
          </Button>
        </>
      }
    >
      <Form
        id={id}
        className="grid gap-5"
        onSubmit={(event) => {
          event.preventDefault()
          if (!busy) void send()
        }}
      >
        {failure && <Notice tone="bad">{failure.message}</Notice>}
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label="Version">
            <Select
              value={version}
              onChange={setVersion}
              options={versions.map((each) => ({
                value: each.version,
                label: each.version,
                hint: each.description.slice(0, 40),
              }))}
            />
          </Field>
          {isCanary ? (
            <Field label="Of the calls" error={tried ? wrongPart : undefined}>
              <NumberInput
                decimal
                value={percent}
                maxLength={5}
                suffix={<span className="pr-1.5">%</span>}
                onChange={({ target }) => setPercent(target.value)}
              />
            </Field>
          ) : (
            <EnvironmentField
              label="In"
              value={environment}
              environments={deployment.environments}
              problem={wrongPlace}
              onChange={setEnvironment}
            />
          )}
        </div>
        {isSame ? (
          <p className="text-muted text-sm">
            {environment} serves {version} already.
          </p>
        ) : (
          diff.data && (
            <div className="text-sm">
              <p className="font-medium">
                {counted(countChanges(diff.data.sections), 'change')} from {serves}
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
          )
        )}
      </Form>
    </Dialog>
  )
}
