'use client'
import { useQueryClient } from '@tanstack/react-query'
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'
import type { DeploymentView } from '#lib/deployments/schema.ts'
import { removeDeployment } from './queries.ts'

/** Asks for the key: calls of it are refused from then on. */
export function DeleteDialog({
  workspace,
  deployment,
  onClose,
  onDeleted,
}: {
  workspace: string
  deployment: DeploymentView
  onClose: () => void
  onDeleted: () => unknown
}) {
  const client = useQueryClient()
  const live = deployment.environments.filter(({ serves }) => serves !== null)
  return (
    <ConfirmDialog
      open
      onOpenChange={(next) => !next && onClose()}
      title={`Delete ${deployment.key}`}
      action="Delete deployment"
      name={deployment.key}
      onConfirm={async () => {
        await removeDeployment(workspace, deployment.id, deployment.key)
        await client.invalidateQueries({ queryKey: ['deployments', workspace] })
        await onDeleted()
      }}
    >
      <p>
        {live.length === 0
          ? 'Nothing of it is published. Its draft goes.'
          : `It serves ${live.map(({ name, serves }) => `${serves} in ${name}`).join(', ')}. Calls of “deployment/${deployment.key}” are refused from now on, and its draft and versions go.`}{' '}
        Records of its calls stay. This cannot be undone.
      </p>
    </ConfirmDialog>
  )
}
