'use client'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { orThrow } from '#components/form/actions.ts'
import { Button } from '#components/ui/button.tsx'
import { Card, CardBody, CardHeader } from '#components/ui/card.tsx'
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'
import type { ActionResult } from '#lib/core/result.ts'
import type { DeleteWorkspaceInput, WorkspaceView } from '#lib/tenancy/schema.ts'

export function DeleteWorkspace({
  workspace,
  remove,
}: {
  workspace: WorkspaceView
  remove: (workspace: string, input: DeleteWorkspaceInput) => Promise<ActionResult<void>>
}) {
  const router = useRouter()
  const [open, setOpen] = useState(false)
  return (
    <Card>
      <CardHeader
        title="Delete this workspace"
        detail="Everything in it goes: models, keys, deployments, datasets, experiments, records. Callers are refused at once."
      />
      <CardBody>
        <Button variant="danger-quiet" onClick={() => setOpen(true)}>
          Delete workspace
        </Button>
      </CardBody>
      <ConfirmDialog
        open={open}
        onOpenChange={setOpen}
        title={`Delete ${workspace.name}`}
        action="Delete workspace"
        name={workspace.slug}
        onConfirm={async () => {
          await orThrow(remove(workspace.slug, { confirmation: workspace.slug }))
          router.replace('/')
        }}
      >
        <p>
          All members lose access and all API keys stop working at once. Models with their sealed keys, deployments,
          datasets, experiments, prompts, answers and every record of a call are deleted. This cannot be undone.
        </p>
      </ConfirmDialog>
    </Card>
  )
}
