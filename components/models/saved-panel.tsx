'use client'
import dynamic from 'next/dynamic'
import Link from 'next/link'
import { useState } from 'react'
import { snippetsFor } from '#components/prompt/snippets.ts'
import { ApiError, callApi } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { CodeTabs } from '#components/ui/code-block.tsx'
import { CopyText } from '#components/ui/copy-button.tsx'
import { Count, Duration, Money } from '#components/ui/figures.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import type { ModelView, ValidationView } from '#lib/models/schema.ts'
import { CapabilityGrid } from './capability-card.tsx'
import { checksDone } from './words.ts'

const TryIt = dynamic(() => import('./try-it.tsx').then((module) => module.TryIt), {
  ssr: false,
  loading: () => <Skeleton className="min-h-0 flex-1" />,
})

/** What the dialog turns into: the card, the address, a call that works, and a first try. */
export function SavedPanel({
  workspace,
  gatewayUrl,
  model,
  validation,
  onAnother,
  onDone,
}: {
  workspace: string
  gatewayUrl: string
  model: ModelView
  validation: ValidationView | null
  onAnother: () => void
  onDone: () => void
}) {
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="grid min-h-0 flex-1 md:grid-cols-2 md:overflow-hidden">
        <div className="grid min-w-0 grid-cols-1 content-start gap-5 px-5 py-4 md:overflow-y-auto">
          <section aria-label="What it can do" className="grid gap-2">
            <h3 className="font-medium text-muted text-xs">What it can do</h3>
            <CapabilityGrid
              card={model.capabilities}
              type={model.type}
              profile={model.profile}
              columns={2}
              className="overflow-hidden rounded-xl border"
            />
            {validation && <ProofLine validation={validation} />}
          </section>
          <CallIt workspace={workspace} gatewayUrl={gatewayUrl} model={model} />
        </div>
        <section
          aria-label="Try it"
          className="flex min-h-72 flex-col gap-3 border-t bg-surface-0 px-5 py-4 md:min-h-0 md:border-t-0 md:border-l"
        >
          <h3 className="font-medium text-muted text-xs">Try it</h3>
          <TryIt workspace={workspace} address={model.slug} type={model.type} height="min-h-0 flex-1" />
        </section>
      </div>
      <div className="flex flex-wrap items-center justify-end gap-2 border-t bg-surface-0 px-5 py-3">
        <Link className="link mr-auto text-sm" href={`/${workspace}/requests?model=${model.id}`}>
          See its requests
        </Link>
        <Button onClick={onAnother}>Add another</Button>
        <Button variant="main" onClick={onDone}>
          Done
        </Button>
      </div>
    </div>
  )
}

export function ProofLine({ validation }: { validation: ValidationView }) {
  const ms = validation.finishedAt ? Date.parse(validation.finishedAt) - Date.parse(validation.startedAt) : null
  if (validation.status === 'running')
    return (
      <p className="text-muted text-xs">
        {checksDone(validation)} of {validation.checks.length} checks so far. The rest goes on by itself and fills this
        card on the model’s page.
      </p>
    )
  return (
    <p className="text-faint text-xs">
      {checksDone(validation)} checks · <Count value={validation.calls} /> calls
      {ms !== null && (
        <>
          {' '}
          · <Duration ms={ms} />
        </>
      )}{' '}
      · <Money amount={validation.limits.cost ? validation.cost : null} />
    </p>
  )
}

interface NewKey {
  key: string
}

/** The address, and the call in several languages; a new key is put into it. */
export function CallIt({
  workspace,
  gatewayUrl,
  model,
  canCreateKey = true,
}: {
  workspace: string
  gatewayUrl: string
  model: ModelView
  canCreateKey?: boolean
}) {
  const [apiKey, setApiKey] = useState<string>()
  const [working, setWorking] = useState(false)
  const [error, setError] = useState<string>()

  async function createKey() {
    setWorking(true)
    setError(undefined)
    try {
      const made = await callApi<NewKey>(`/api/workspaces/${encodeURIComponent(workspace)}/keys`, {
        body: { name: `Key for ${model.name}`.slice(0, 64), scopes: ['inference'], modelIds: [] },
      })
      setApiKey(made.key)
    } catch (failure) {
      setError(failure instanceof ApiError ? failure.message : 'The key could not be made. Try again.')
    } finally {
      setWorking(false)
    }
  }

  return (
    <section aria-label="Call it" className="grid min-w-0 grid-cols-1 gap-2">
      <h3 className="font-medium text-muted text-xs">Call it</h3>
      <div className="flex flex-wrap items-center gap-2">
        <span className="flex min-w-0 flex-1 basis-48 items-center rounded-lg border border-line-field bg-surface-1 py-0.5 pr-1 pl-2.5">
          <CopyText text={model.slug} what="the address" className="w-full justify-between" />
        </span>
        {canCreateKey && !apiKey && (
          <Button onClick={() => void createKey()} loading={working}>
            Create an API key
          </Button>
        )}
      </div>
      {apiKey && (
        <Notice tone="ok" title="This key is shown once. Copy it now." live>
          <CopyText text={apiKey} what="the API key" className="mt-1 text-ink" />
        </Notice>
      )}
      {error && <Notice tone="bad">{error}</Notice>}
      <CodeTabs
        samples={snippetsFor(model.type, model.slug, gatewayUrl, {
          apiKey,
          base64: model.capabilities.checks.image_b64?.verdict === 'yes',
        })}
        label="Call it"
      />
    </section>
  )
}
