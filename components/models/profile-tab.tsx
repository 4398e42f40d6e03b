'use client'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { useState } from 'react'
import { ApiError, callApi } from '#components/ui/api.ts'
import { Badge } from '#components/ui/badge.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { CopyButton } from '#components/ui/copy-button.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { RelativeTime } from '#components/ui/time.tsx'
import { toast } from '#components/ui/toast.ts'
import { type ModelView, type ProfileField, type ProfileView, profileFieldsOf } from '#lib/models/schema.ts'
import { profileQuery } from './model-queries.ts'
import { ProfileFieldForm } from './profile-field-form.tsx'
import { profileWords, sayField } from './profile-words.ts'
import { deviates } from './usual-profile.ts'

/** How calls are changed for this server's sake: in words, each field set by hand or given back, the whole as a file. */
export function ProfileTab({
  workspace,
  model,
  canManage,
  onChanged,
}: {
  workspace: string
  model: ModelView
  canManage: boolean
  onChanged: () => void
}) {
  const queryClient = useQueryClient()
  const options = profileQuery(workspace, model.id, model.version)
  // The old values stay while those of a newer version are read, and with them a form that is open.
  const query = useQuery({ ...options, placeholderData: keepPreviousData })
  const [editing, setEditing] = useState<ProfileField>()
  const [stale, setStale] = useState(false)
  const view = query.data
  const path = `/api/workspaces/${encodeURIComponent(workspace)}/models/${model.id}/profile`

  /** What is shown from now on, whichever version the page thinks it is at. */
  function take(read: ProfileView) {
    queryClient.setQueryData(profileQuery(workspace, model.id, read.version).queryKey, read)
    queryClient.setQueryData(options.queryKey, read)
  }

  async function change(read: ProfileView, field: ProfileField, value: unknown): Promise<ProfileView> {
    try {
      const changed = await callApi<ProfileView>(path, {
        method: 'PATCH',
        body: { version: read.version, [field]: value },
      })
      take(changed)
      setStale(false)
      onChanged()
      return changed
    } catch (error) {
      if (error instanceof ApiError && error.code === 'stale_version') {
        // The newest stands before it is said: the next save is made on it.
        take(await callApi<ProfileView>(path))
        setStale(true)
        onChanged()
      }
      throw error
    }
  }

  /** Tells what was done and offers the way back. */
  async function save(field: ProfileField, value: unknown) {
    const read = view!
    const changed = await change(read, field, value)
    setEditing(undefined)
    const before = read.byHand[field] ? read.profile[field] : null
    toast(
      value === null ? `${profileWords[field].label}: as learned.` : `${profileWords[field].label} is set by hand.`,
      {
        action: {
          label: 'Undo',
          onClick: () => void change(changed, field, before).catch(() => toast.error('That could not be undone.')),
        },
      },
    )
  }

  if (query.error && !view) {
    return (
      <Card>
        <ErrorState
          title="The wire profile could not be loaded"
          requestId={query.error instanceof ApiError ? query.error.requestId : undefined}
          onRetry={() => void query.refetch()}
          retrying={query.isFetching}
        >
          {query.error.message}
        </ErrorState>
      </Card>
    )
  }
  const json = view ? exportOf(model, view) : ''
  return (
    <div className="grid gap-4">
      {stale && (
        <Notice tone="warn" title="Somebody else changed this model meanwhile" live>
          The values below are the newest. What you chose is still open; save it again if it still fits.
        </Notice>
      )}
      <Card className="overflow-hidden">
        <CardHeader
          title="Wire profile"
          detail="What calls are changed by for this server’s sake. Each change of a call is told in x-patchbay-adapted."
          actions={
            view && (
              <>
                <CopyButton text={json} what="the wire profile as JSON" />
                <Button size="sm" onClick={() => download(`${model.slug}.wire-profile.json`, json)}>
                  <Download aria-hidden="true" /> Export JSON
                </Button>
              </>
            )
          }
        />
        {view ? (
          <ul className="divide-y border-t">
            {profileFieldsOf[model.type].map((field) => (
              <Row
                key={field}
                field={field}
                view={view}
                canManage={canManage}
                editing={editing === field}
                onEdit={() => setEditing(field)}
                onCancel={() => setEditing(undefined)}
                onSave={(value) => save(field, value)}
              />
            ))}
          </ul>
        ) : (
          <div className="grid gap-3 border-t px-4 py-4">
            {profileFieldsOf[model.type].map((field) => (
              <Skeleton key={field} className="h-9" />
            ))}
          </div>
        )}
      </Card>
    </div>
  )
}

function Row({
  field,
  view,
  canManage,
  editing,
  onEdit,
  onCancel,
  onSave,
}: {
  field: ProfileField
  view: ProfileView
  canManage: boolean
  editing: boolean
  onEdit: () => void
  onCancel: () => void
  onSave: (value: unknown) => Promise<void>
}) {
  const { label } = profileWords[field]
  const hand = view.byHand[field]
  const isOther = deviates(field, view.profile)
  return (
    <li className="px-4 py-2.5 text-sm">
      <div className="grid items-start gap-x-4 gap-y-1 sm:grid-cols-[minmax(150px,22%)_minmax(0,1fr)_auto]">
        <span className="text-muted sm:pt-1">{label}</span>
        <div className="min-w-0 sm:pt-1">
          <p className={isOther ? 'break-words font-medium' : 'break-words'}>{sayField(field, view.profile)}</p>
          {hand ? (
            <p className="mt-0.5 text-faint text-xs">
              <Badge tone="outline" className="mr-1.5">
                set by hand
              </Badge>
              by {hand.by}, <RelativeTime at={hand.at} />. Learned: {sayField(field, view.learned)}.
            </p>
          ) : (
            isOther && <p className="mt-0.5 text-faint text-xs">Learned from this server</p>
          )}
        </div>
        {canManage && !editing && (
          <Button size="sm" variant="quiet" aria-label={`Edit ${label}`} onClick={onEdit}>
            Edit
          </Button>
        )}
      </div>
      {editing && (
        <ProfileFieldForm
          field={field}
          view={view}
          onCancel={onCancel}
          onSave={onSave}
          className="mt-2 sm:ml-[22%] sm:pl-4"
        />
      )}
    </li>
  )
}

function exportOf(model: ModelView, { profile, learned, byHand, validatedAt }: ProfileView): string {
  return JSON.stringify(
    {
      format: 'patchbay.wire-profile.v1',
      model: { slug: model.slug, type: model.type, modelId: model.modelId, host: model.host },
      profile,
      learned,
      byHand,
      validatedAt,
    },
    null,
    2,
  )
}

function download(name: string, text: string) {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
