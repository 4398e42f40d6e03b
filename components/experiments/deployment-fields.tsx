'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Field, FieldRow } from '#components/form/field.tsx'
import { deploymentChoicesQuery } from '#components/prompt/choices.ts'
import { isWorthRetrying, readApi, withQuery } from '#components/ui/api.ts'
import { Combobox } from '#components/ui/combobox.tsx'
import { Select } from '#components/ui/select.tsx'
import type { Page } from '#lib/core/page.ts'
import type { DeploymentView, VersionView } from '#lib/deployments/schema.ts'

const apiOf = (workspace: string) => `/api/workspaces/${encodeURIComponent(workspace)}/deployments`

export const deploymentPath = (workspace: string, id: string) => `${apiOf(workspace)}/${encodeURIComponent(id)}`

export const deploymentQuery = (workspace: string, id: string) => ({
  queryKey: ['deployment', workspace, id, 'chosen'],
  queryFn: ({ signal }: { signal: AbortSignal }) => readApi<DeploymentView>(deploymentPath(workspace, id), signal),
  retry: isWorthRetrying,
})

const versionChoicesQuery = (workspace: string, id: string) => ({
  queryKey: ['deployment-versions', workspace, id, 'to-choose'],
  queryFn: ({ signal }: { signal: AbortSignal }) =>
    readApi<Page<VersionView>>(withQuery(`${deploymentPath(workspace, id)}/versions`, { limit: '100' }), signal),
  retry: isWorthRetrying,
})

/** A version of a deployment; the row's inputs are its variables. */
export function DeploymentFields({
  workspace,
  value,
  onChange,
}: {
  workspace: string
  value: { deployment: string; version: string }
  onChange: (change: { deployment?: string; version?: string }) => void
}) {
  const [typed, setTyped] = useState('')
  const found = useQuery({
    ...deploymentChoicesQuery(workspace, { search: typed.trim(), limit: '50' }),
    placeholderData: keepPreviousData,
  })
  const chosen = useQuery(deploymentQuery(workspace, value.deployment))
  const versions = useQuery(versionChoicesQuery(workspace, value.deployment))
  const listed = (found.data?.items ?? []).filter(({ latest }) => latest !== null)
  const known = chosen.data && !listed.some(({ id }) => id === chosen.data.id) ? [...listed, chosen.data] : listed
  const names = versions.data?.items.map(({ version }) => version) ?? []
  return (
    <FieldRow>
      <Field label="Deployment" help="The row’s inputs are its variables.">
        <Combobox
          value={value.deployment}
          onType={setTyped}
          onChange={(id) => {
            const latest = known.find((each) => each.id === id)?.latest
            if (latest) onChange({ deployment: id, version: latest })
          }}
          freeText={false}
          loading={found.isFetching}
          suggestions={known.map(({ id, key, type }) => ({ value: id, label: key, hint: type }))}
          emptyText="No published deployment has this key."
          placeholder="Choose a deployment"
        />
      </Field>
      <Field label="Version" error={versions.isError ? versions.error.message : undefined}>
        <Select
          value={value.version}
          onChange={(version) => onChange({ version })}
          options={(names.includes(value.version) ? names : [value.version, ...names]).map((name) => ({
            value: name,
            label: name,
          }))}
        />
      </Field>
    </FieldRow>
  )
}
