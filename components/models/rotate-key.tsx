'use client'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { ApiError, callApi } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { JackText } from '#components/ui/jack.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { SecretInput } from '#components/ui/secret-input.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { Checkbox } from '#components/ui/toggles.tsx'
import { type ModelView, normaliseApiKey, type RotationMember, type RotationResult } from '#lib/models/schema.ts'
import { KeyRefused } from './key-refused.tsx'

/** One new key, proven on each model that shares the old one, replaces it on all. */
export function RotateKeyDialog({
  workspace,
  model,
  onClose,
  onRotated,
}: {
  workspace: string
  model: ModelView
  onClose: () => void
  onRotated: () => void
}) {
  const base = `/api/workspaces/${encodeURIComponent(workspace)}/models/${model.id}/rotate-key`
  const [apiKey, setApiKey] = useState('')
  const [dropped, setDropped] = useState<ReadonlySet<string>>(new Set())
  const [error, setError] = useState<string>()
  const [working, setWorking] = useState(false)
  const [results, setResults] = useState<readonly RotationResult[]>()
  const group = useQuery({
    queryKey: ['rotation', workspace, model.id],
    queryFn: ({ signal }) => callApi<{ items: RotationMember[] }>(base, { signal }),
    gcTime: 0,
  })
  const others = group.data?.items.filter((each) => each.id !== model.id) ?? []
  const failed = results?.filter((result) => !result.replaced).length ?? 0

  async function rotate() {
    const read = normaliseApiKey(apiKey, model.host)
    if (!read.ok) {
      setError(read.message)
      return
    }
    setError(undefined)
    setWorking(true)
    try {
      const { items } = await callApi<{ items: RotationResult[] }>(base, {
        body: { apiKey, also: others.filter((each) => !dropped.has(each.id)).map((each) => each.id) },
      })
      setResults(items)
      setApiKey('')
      onRotated()
    } catch (failure) {
      setError(failure instanceof ApiError ? failure.message : 'The key could not be replaced. Try again.')
    } finally {
      setWorking(false)
    }
  }

  return (
    <Dialog
      open
      onOpenChange={() => !working && onClose()}
      title="Rotate key"
      description={`For ${model.host}. The new key is checked first; calls in flight are not cut.`}
      footer={
        results ? (
          <Button variant="main" onClick={onClose}>
            Done
          </Button>
        ) : (
          <>
            <Button variant="quiet" onClick={onClose} disabled={working}>
              Cancel
            </Button>
            <Button variant="main" type="submit" form="rotate-key" loading={working}>
              Check and replace
            </Button>
          </>
        )
      }
    >
      {results ? (
        <div className="grid gap-3">
          <Notice tone={failed === 0 ? 'ok' : 'warn'} live>
            {failed === 0
              ? `The key of ${results.length === 1 ? '1 model' : `${results.length} models`} is replaced.`
              : `${results.length - failed} of ${results.length} replaced. The others keep their old key.`}
          </Notice>
          <ul className="divide-y">
            {results.map((result) => (
              <li key={result.id} className="py-2">
                <JackText state={result.replaced ? 'ok' : 'bad'} detail={result.problem?.message}>
                  {result.name}
                </JackText>
              </li>
            ))}
          </ul>
        </div>
      ) : (
        <Form
          id="rotate-key"
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault()
            if (!working) void rotate()
          }}
        >
          <KeyRefused
            workspace={workspace}
            model={model}
            canManage
            onChanged={() => {
              onRotated()
              onClose()
            }}
          />
          <Field
            label="New API Key"
            name="apiKey"
            required
            error={error}
            help="Stored encrypted. The old one is forgotten once the new one works."
          >
            <SecretInput autoFocus value={apiKey} onChange={(event) => setApiKey(event.target.value)} />
          </Field>
          {group.isPending && <Skeleton className="h-12 w-full" />}
          {others.length > 0 && (
            <fieldset className="grid gap-2">
              <legend className="mb-1 text-muted text-sm">
                {others.length === 1 ? 'Another model uses' : `${others.length} other models use`} the same key. Replace
                it there too:
              </legend>
              {others.map((each) => (
                <Checkbox
                  key={each.id}
                  checked={!dropped.has(each.id)}
                  label={each.name}
                  help={each.state === 'disabled' ? `${each.slug} · disabled` : each.slug}
                  onChange={(on) =>
                    setDropped(new Set(on ? [...dropped].filter((id) => id !== each.id) : [...dropped, each.id]))
                  }
                />
              ))}
            </fieldset>
          )}
        </Form>
      )}
    </Dialog>
  )
}
