'use client'
import { Copy, KeyRound, Pencil, Power, RotateCw, Trash2 } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { type ReactElement, useState } from 'react'
import { ApiError } from '#components/ui/api.ts'
import { Menu, MenuItem, MenuSeparator } from '#components/ui/menu.tsx'
import { toast } from '#components/ui/toast.ts'
import type { ModelView } from '#lib/models/schema.ts'
import { editModel } from './api.ts'

// Fetched when it is first opened.
const DeleteModelDialog = dynamic(() => import('./delete-model.tsx').then((module) => module.DeleteModelDialog), {
  ssr: false,
})

/** What can be done with one model, in the list and on its page. */
export function ModelMenu({
  workspace,
  model,
  onChanged,
  trigger,
}: {
  workspace: string
  model: ModelView
  onChanged: () => void
  trigger: ReactElement
}) {
  const router = useRouter()
  const [deleting, setDeleting] = useState(false)
  const page = `/${workspace}/router/models/${encodeURIComponent(model.slug)}`
  const disabled = model.state === 'disabled'

  async function setState(state: 'active' | 'disabled') {
    try {
      const changed = await editModel(workspace, model.id, { state, version: model.version })
      onChanged()
      toast(
        state === 'disabled' ? `${model.name} is disabled. Calls to it are refused.` : `${model.name} answers again.`,
        {
          action: {
            label: 'Undo',
            onClick: () => {
              void editModel(workspace, model.id, {
                state: state === 'disabled' ? 'active' : 'disabled',
                version: changed.version,
              }).then(onChanged, () => toast.error('That could not be undone.'))
            },
          },
        },
      )
    } catch (error) {
      toast.error(error instanceof ApiError ? error.message : 'That did not work.')
      onChanged()
    }
  }

  return (
    <>
      <Menu label={`Actions for ${model.name}`} trigger={trigger}>
        <MenuItem icon={<Pencil />} onSelect={() => router.push(`${page}?edit=model`)}>
          Edit
        </MenuItem>
        {model.key && (
          <MenuItem icon={<KeyRound />} onSelect={() => router.push(`${page}?edit=key`)}>
            Rotate key
          </MenuItem>
        )}
        <MenuItem icon={<RotateCw />} onSelect={() => router.push(`${page}?run=validation`)}>
          Validate again
        </MenuItem>
        <MenuItem icon={<Copy />} onSelect={() => router.push(`/${workspace}/router?copy=${model.id}`)}>
          Duplicate
        </MenuItem>
        <MenuItem icon={<Power />} onSelect={() => void setState(disabled ? 'active' : 'disabled')}>
          {disabled ? 'Enable' : 'Disable'}
        </MenuItem>
        <MenuSeparator />
        <MenuItem danger icon={<Trash2 />} onSelect={() => setDeleting(true)}>
          Delete
        </MenuItem>
      </Menu>
      {deleting && (
        <DeleteModelDialog
          workspace={workspace}
          model={model}
          onClose={() => setDeleting(false)}
          onDeleted={onChanged}
        />
      )}
    </>
  )
}
