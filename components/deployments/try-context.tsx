'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { JsonEditor } from '#components/prompt/json-editor.tsx'
import { readJson } from '#components/prompt/json-text.ts'
import { Card, CardBody, CardHeader } from '#components/ui/card.tsx'
import { Input } from '#components/ui/input.tsx'
import { Jack } from '#components/ui/jack.tsx'
import { Select } from '#components/ui/select.tsx'
import type { DeploymentConfig, DeploymentView, TriedContextView } from '#lib/deployments/schema.ts'
import { triedContextQuery } from './queries.ts'

const quietMs = 300

/** Says which variant answers a context, and what every row makes of it. Nothing is called. */
export function TryContext({
  workspace,
  deployment,
  config,
  onTried,
}: {
  workspace: string
  deployment: DeploymentView
  config: DeploymentConfig
  onTried: (tried: TriedContextView | undefined) => void
}) {
  const [source, setSource] = useState('draft')
  const [text, setText] = useState('{\n  "country": "NL"\n}')
  const [identity, setIdentity] = useState('')
  const context = readContext(text)
  const [asked, setAsked] = useState({ source, config, context: context ?? {}, identity })
  useEffect(() => {
    const read = readContext(text)
    if (!read) return
    const timer = setTimeout(() => setAsked({ source, config, context: read, identity: identity.trim() }), quietMs)
    return () => clearTimeout(timer)
  }, [source, config, text, identity])
  const { data, error } = useQuery({
    ...triedContextQuery(workspace, deployment.id, {
      ...asked,
      config: asked.source === 'draft' ? asked.config : undefined,
    }),
    placeholderData: keepPreviousData,
  })
  useEffect(() => onTried(error ? undefined : data), [data, error, onTried])
  const served = deployment.environments.filter(({ serves }) => serves !== null)
  return (
    <Card className="xl:sticky xl:top-16 xl:max-h-[calc(100dvh-5rem)] xl:overflow-y-auto">
      <CardHeader title="Try a context" detail="Which variant answers, and why. Nothing is called." />
      <CardBody className="grid gap-4">
        <Field label="Routing of">
          <Select
            value={source}
            onChange={setSource}
            options={[
              { value: 'draft', label: 'The draft' },
              ...served.toReversed().map(({ name, serves }) => ({ value: name, label: name, hint: serves ?? '' })),
            ]}
          />
        </Field>
        <Field label="Context">
          <JsonEditor
            optional
            rows={4}
            text={text}
            onChange={setText}
            check={(value) =>
              typeof value === 'object' && value !== null && !Array.isArray(value) ? [] : ['This is an object: { … }.']
            }
          />
        </Field>
        <Field
          label="Identity or thread"
          aside="optional"
          help="Splits and canaries go by its hash: the same one stays."
        >
          <Input
            mono
            value={identity}
            maxLength={256}
            autoComplete="off"
            spellCheck={false}
            placeholder="customer-7"
            onChange={({ target }) => setIdentity(target.value)}
          />
        </Field>
        <div aria-live="polite" className="border-t pt-4">
          {error ? (
            <p className="text-bad text-sm">{error.message}</p>
          ) : data ? (
            <Tried tried={data} config={source === 'draft' ? config : undefined} />
          ) : (
            <p className="text-faint text-sm">Looking</p>
          )}
        </div>
      </CardBody>
    </Card>
  )
}

function Tried({ tried, config }: { tried: TriedContextView; config: DeploymentConfig | undefined }) {
  const { variant, version, row, place, canary, rows } = tried
  const isSplit = config && row !== null && (config.routing.rows[row]?.split.length ?? 0) > 1
  return (
    <div className="grid gap-3 text-sm">
      <p>
        <span className="font-semibold text-base">{variant}</span>{' '}
        <span className="text-muted">
          answers,{' '}
          {row === null ? (rows.length === 0 ? 'as the default' : 'because no row matches') : `by row ${row + 1}`}
          {version !== 'draft' && (
            <>
              , in version <span className="figures">{version}</span>
            </>
          )}
          .
        </span>
      </p>
      {place !== null && (isSplit || !config) && (
        <p className="text-muted">
          In the split it lies at <span className="figures">{place}</span> %.
        </p>
      )}
      {canary && (
        <p className="text-muted">
          The canary <span className="figures">{canary.version}</span> takes the first{' '}
          <span className="figures">{canary.percent}</span> %; this one lies at{' '}
          <span className="figures">{canary.place}</span> %, so it {canary.taken ? 'is in it' : 'is not in it'}.
        </p>
      )}
      {rows.length > 0 && (
        <ol className="grid gap-1.5">
          {rows.map(({ matches, conditions }, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
            <li key={at} className="flex items-start gap-2">
              <Jack state={matches ? 'ok' : 'idle'} className="mt-0.5 size-4" />
              <span className="min-w-0">
                Row {at + 1}{' '}
                {matches
                  ? row !== null && at > row
                    ? 'would match; an earlier one did'
                    : 'matches'
                  : 'does not match'}
                {!matches && (
                  <span className="block text-faint text-xs">
                    {conditions
                      .map(({ why }) => why)
                      .filter(Boolean)
                      .join(' ')}
                  </span>
                )}
              </span>
            </li>
          ))}
        </ol>
      )}
    </div>
  )
}

/** Null where it is no object. */
function readContext(text: string): Record<string, unknown> | null {
  if (text.trim() === '') return {}
  const read = readJson(text)
  if (!read.ok || typeof read.value !== 'object' || read.value === null || Array.isArray(read.value)) return null
  return read.value as Record<string, unknown>
}
