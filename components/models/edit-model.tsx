'use client'
import { useMemo, useState } from 'react'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Notice } from '#components/ui/notice.tsx'
import type { ModelView } from '#lib/models/schema.ts'
import { editModel } from './api.ts'
import { changedFields, changesConnection, fieldLabels, type ModelFormValues, valuesOf } from './form-values.ts'
import { ModelForm } from './model-form.tsx'

/** The same form over a stored model. A stale edit shows both versions and lets the person choose. */
export function EditModelDialog({
  workspace,
  model,
  onClose,
  onSaved,
}: {
  workspace: string
  model: ModelView
  onClose: () => void
  onSaved: (model: ModelView) => void
}) {
  /** The version that was read; replaced when somebody else's edit is taken over. */
  const [read, setRead] = useState(model)
  const [conflict, setConflict] = useState<{ theirs: ModelView; mine: ModelFormValues }>()
  const [start, setStart] = useState<ModelFormValues>()
  const initial = useMemo(() => valuesOf(read), [read])

  return (
    <Dialog
      open
      onOpenChange={() => onClose()}
      size="wide"
      padded={false}
      keepOnOutsideClick
      title={`Edit ${read.name}`}
      description="A change of the connection is checked before it is saved."
    >
      <div className="flex min-h-full flex-col md:h-[min(720px,calc(100dvh-8rem))]">
        {conflict && (
          <Conflict
            read={read}
            theirs={conflict.theirs}
            mine={conflict.mine}
            onTakeTheirs={() => {
              setRead(conflict.theirs)
              setStart(undefined)
              setConflict(undefined)
            }}
            onKeepMine={() => {
              setStart({ ...valuesOf(conflict.theirs), ...mineOnly(valuesOf(read), conflict.mine) })
              setRead(conflict.theirs)
              setConflict(undefined)
            }}
          />
        )}
        <ModelForm
          key={`${read.version} ${start ? 'mine' : ''}`}
          workspace={workspace}
          initial={start ?? initial}
          practice={[]}
          stored={{ model: read, keyLastFour: read.key?.lastFour ?? null }}
          submitLabel="Save"
          needsValidation={(values) => changesConnection(initial, values)}
          onCancel={onClose}
          onSave={async (raw, validation) => {
            const values = { ...(start ?? initial), ...fromRaw(raw) } as ModelFormValues
            const changes = changedFields(initial, values)
            if (Object.keys(changes).length === 0) {
              onClose()
              return
            }
            try {
              const saved = await editModel(workspace, read.id, {
                ...changes,
                version: read.version,
                ...(validation ? { validationId: validation.id } : {}),
              })
              onSaved(saved)
              onClose()
            } catch (error) {
              const current =
                error instanceof ApiError && error.code === 'stale_version'
                  ? (error.body.current as ModelView | undefined)
                  : undefined
              if (current) setConflict({ theirs: current, mine: values })
              throw error
            }
          }}
        />
      </div>
    </Dialog>
  )
}

/** `toRaw` renames and reshapes some fields; this turns them back. */
function fromRaw(raw: object): Partial<ModelFormValues> {
  const { paths, aliases, timeouts, ...rest } = raw as {
    paths?: Record<string, string>
    aliases?: string[]
    timeouts?: ModelFormValues['timeouts']
  } & Record<string, unknown>
  return {
    ...(rest as Partial<ModelFormValues>),
    path: Object.values(paths ?? {})[0] ?? '',
    aliases: aliases?.join('\n') ?? '',
    timeouts: { connectMs: '', firstByteMs: '', idleMs: '', totalMs: '', ...timeouts },
  }
}

function mineOnly(before: ModelFormValues, mine: ModelFormValues): Partial<ModelFormValues> {
  return Object.fromEntries(
    Object.entries(mine).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name as keyof ModelFormValues]),
    ),
  ) as Partial<ModelFormValues>
}

function Conflict({
  read,
  theirs,
  mine,
  onTakeTheirs,
  onKeepMine,
}: {
  read: ModelView
  theirs: ModelView
  mine: ModelFormValues
  onTakeTheirs: () => void
  onKeepMine: () => void
}) {
  const before = valuesOf(read)
  const after = valuesOf(theirs)
  const changed = Object.keys(after).filter(
    (name) =>
      JSON.stringify(before[name as keyof ModelFormValues]) !== JSON.stringify(after[name as keyof ModelFormValues]),
  )
  return (
    <Notice
      tone="warn"
      title="Somebody else changed this model meanwhile"
      className="m-4 mb-0"
      live
      action={
        <span className="flex gap-2">
          <Button size="sm" onClick={onTakeTheirs}>
            Take theirs
          </Button>
          <Button size="sm" onClick={onKeepMine}>
            Keep mine
          </Button>
        </span>
      }
    >
      <ul>
        {changed.map((name) => (
          <li key={name}>
            {fieldLabels[name] ?? name}: <s>{show(before[name as keyof ModelFormValues])}</s> →{' '}
            {show(after[name as keyof ModelFormValues])}
            {isContested(before, mine, after, name as keyof ModelFormValues) && (
              <> · yours: {show(mine[name as keyof ModelFormValues])}</>
            )}
          </li>
        ))}
        {changed.length === 0 && <li>The fields of this form are the same; its capabilities or its key changed.</li>}
      </ul>
    </Notice>
  )
}

/** Both have changed it, each to something else. */
function isContested(
  before: ModelFormValues,
  mine: ModelFormValues,
  theirs: ModelFormValues,
  name: keyof ModelFormValues,
): boolean {
  const [old, own, other] = [before, mine, theirs].map((values) => JSON.stringify(values[name]))
  return own !== old && own !== other
}

const show = (value: unknown) => (value === '' ? 'empty' : typeof value === 'string' ? value : JSON.stringify(value))
