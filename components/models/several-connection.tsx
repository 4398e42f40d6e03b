'use client'
import { Field, FixButton } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { regionNames } from '#components/prompt/model-words.ts'
import { Button } from '#components/ui/button.tsx'
import { Input } from '#components/ui/input.tsx'
import { SecretInput } from '#components/ui/secret-input.tsx'
import { Select } from '#components/ui/select.tsx'
import { Checkbox } from '#components/ui/toggles.tsx'
import {
  type CheckProblem,
  findPreset,
  type ModelDraftView,
  normaliseApiKey,
  normaliseBaseUrl,
  Region,
  serverPresets,
} from '#lib/models/schema.ts'
import type { Connection } from './intake-api.ts'

export interface ConnectionValues {
  server: string
  baseUrl: string
  apiKey: string
  noKey: boolean
  region: Region | ''
}

export const emptyConnection: ConnectionValues = { server: '', baseUrl: '', apiKey: '', noKey: false, region: '' }

/** Read as the server reads it. */
export function readConnection(values: ConnectionValues): {
  errors: Record<string, string>
  notes: Record<string, string>
} {
  const errors: Record<string, string> = {}
  const notes: Record<string, string> = {}
  const url = normaliseBaseUrl(values.baseUrl)
  if (!url.ok) errors.baseUrl = url.message
  else if (url.notes.length > 0) notes.baseUrl = url.notes.join(' · ')
  if (!values.noKey) {
    const key = normaliseApiKey(values.apiKey, url.ok ? url.host : '')
    if (!key.ok) errors.apiKey = key.message
    else if (key.notes.length > 0) notes.apiKey = key.notes.join(' · ')
  }
  if (values.region === '') errors.region = 'Choose a region.'
  return { errors, notes }
}

/** What is sent. The listing asks for no region. */
export function connectionOf({ baseUrl, apiKey, noKey, region }: ConnectionValues): Connection {
  return { baseUrl, noKey, ...(noKey ? {} : { apiKey }), region: region || 'global' }
}

/** Where the models are. */
export function SeveralConnection({
  values,
  onChange,
  errors,
  problem,
  practice,
  allowing,
  onAllow,
  onSubmit,
}: {
  values: ConnectionValues
  onChange: (values: ConnectionValues) => void
  errors: Readonly<Record<string, string>>
  problem: CheckProblem | null
  practice: readonly ModelDraftView[]
  allowing: boolean
  onAllow: (entry: string) => void
  onSubmit: () => void
}) {
  const { notes } = readConnection(values)
  const preset = serverPresets.find((each) => each.id === values.server)

  function chooseServer(id: string) {
    const chosen = serverPresets.find((each) => each.id === id)
    const [draft] = practice
    if (!chosen) return
    const isPractice = id === 'practice' && draft
    onChange({
      server: id,
      baseUrl: isPractice ? draft.baseUrl : chosen.baseUrl || values.baseUrl,
      apiKey: isPractice ? (draft.apiKey ?? '') : '',
      noKey: !chosen.needsKey,
      region: chosen.region ?? values.region,
    })
  }

  const wrong = (field: string) => {
    const own = errors[field]
    if (own) return own
    if (problem?.field !== field) return undefined
    return (
      <>
        {problem.message}
        {problem.fixes.map((fix) => (
          <span key={fix.label}>
            {' '}
            <FixButton onClick={() => onChange({ ...values, [fix.field]: fix.field === 'noKey' ? true : fix.value })}>
              {fix.label}
            </FixButton>
          </span>
        ))}
        {problem.allow && (
          <span className="mt-1.5 block">
            <Button size="sm" loading={allowing} onClick={() => onAllow(problem.allow!)}>
              Allow {problem.allow} and try again
            </Button>
          </span>
        )}
      </>
    )
  }

  return (
    <Form
      id="several-connection"
      className="grid content-start gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        onSubmit()
      }}
    >
      <div className="grid gap-3 sm:grid-cols-[180px_minmax(0,1fr)]">
        <Field label="Server" name="server">
          <Select
            value={values.server}
            onChange={chooseServer}
            options={serverPresets
              .filter((each) => each.id !== 'practice' || practice.length > 0)
              .map(({ id, name }) => ({ value: id, label: name }))}
          />
        </Field>
        <Field label="Base URL" name="baseUrl" required error={wrong('baseUrl')} help={notes.baseUrl}>
          <Input
            mono
            inputMode="url"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            placeholder="https://api.groq.com/openai/v1"
            value={values.baseUrl}
            onChange={(event) => {
              const baseUrl = event.target.value
              const found = findPreset(baseUrl.trim())
              const region = values.region || found?.region || ''
              onChange({ ...values, baseUrl, region, server: found?.id ?? (baseUrl.trim() ? 'other' : '') })
            }}
          />
        </Field>
      </div>
      <div className="grid gap-3 sm:grid-cols-[minmax(0,1fr)_180px]">
        <Field
          label="API Key"
          name="apiKey"
          required={!values.noKey}
          error={wrong('apiKey')}
          help={
            notes.apiKey ??
            (values.noKey ? 'Calls are sent without a key.' : 'One key for all of them. Stored encrypted.')
          }
        >
          <SecretInput
            disabled={values.noKey}
            placeholder={values.noKey ? '' : (preset?.keyHint ?? '')}
            value={values.noKey ? '' : values.apiKey}
            onChange={(event) => onChange({ ...values, apiKey: event.target.value })}
          />
        </Field>
        <Field label="Region" name="region" required error={wrong('region')}>
          <Select
            value={values.region}
            onChange={(region) => onChange({ ...values, region: region as Region })}
            options={Region.options.map((value) => ({ value, label: regionNames[value] }))}
          />
        </Field>
      </div>
      <Checkbox
        checked={values.noKey}
        onChange={(noKey) => onChange({ ...values, noKey })}
        label="This server needs no key"
      />
    </Form>
  )
}
