'use client'
import { MoreHorizontal, Plus, Split, Trash2, Undo2, Upload } from 'lucide-react'
import { useState } from 'react'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Card } from '#components/ui/card.tsx'
import { ConfirmDialog } from '#components/ui/confirm-dialog.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Menu, MenuItem, MenuSeparator } from '#components/ui/menu.tsx'
import { RelativeTime } from '#components/ui/time.tsx'
import { toast } from '#components/ui/toast.ts'
import type { DeploymentView, EnvironmentView } from '#lib/deployments/schema.ts'
import { CanaryCompare } from './canary-compare.tsx'
import { promoteCanary, promoteVersion, removeEnvironment, rollBack, stopCanary } from './queries.ts'
import type { ServeStart } from './serve-dialog.tsx'

// Always there.
const preset = ['production', 'staging']

/** Which version each environment serves, and everything that moves it: roll back, promote, canary. */
export function Environments({
  workspace,
  deployment,
  canWrite,
  onServe,
  onChanged,
}: {
  workspace: string
  deployment: DeploymentView
  canWrite: boolean
  onServe: (start: ServeStart) => void
  onChanged: () => unknown
}) {
  const { id, environments } = deployment
  const [busy, setBusy] = useState<string>()
  const [removing, setRemoving] = useState<string>()

  async function act(what: string, work: () => Promise<unknown>, said: string, undo?: () => Promise<unknown>) {
    setBusy(what)
    try {
      await work()
      await onChanged()
      toast.success(said, {
        ...(undo && { action: { label: 'Undo', onClick: () => void act(what, undo, 'Taken back') } }),
      })
    } catch (error) {
      toast.error(error instanceof ApiError ? error.message : 'That did not work. Nothing was changed.')
    } finally {
      setBusy(undefined)
    }
  }

  // As callers think of them: production first.
  const shown = environments.toReversed()
  const production = environments.find(({ name }) => name === 'production')
  return (
    <section aria-label="Environments">
      <ul className="grid grid-cols-1 gap-3 md:grid-cols-2 xl:grid-cols-3">
        {shown.map((each) => (
          <li key={each.name} className={each.canary ? 'md:col-span-2' : undefined}>
            <Card className="h-full p-4">
              <div className="flex items-start gap-2">
                <div className="min-w-0 flex-1">
                  <h2 className="truncate font-medium text-muted text-sm">{each.name}</h2>
                  <p className="mt-0.5 flex flex-wrap items-baseline gap-x-2">
                    {each.serves === null ? (
                      <span className="text-faint">serves nothing yet</span>
                    ) : (
                      <>
                        <span className="figures font-medium text-2xl">{each.serves}</span>
                        <span className="text-faint text-xs">
                          since <RelativeTime at={each.since ?? each.updatedAt} />
                        </span>
                      </>
                    )}
                  </p>
                </div>
                {canWrite && (
                  <EnvironmentMenu environment={each} onServe={onServe} onRemove={() => setRemoving(each.name)} />
                )}
              </div>
              {each.canary && (
                <CanaryCompare
                  workspace={workspace}
                  deployment={deployment}
                  environment={each}
                  canWrite={canWrite}
                  busy={busy !== undefined}
                  onPromote={() =>
                    void act(
                      `${each.name} canary`,
                      () => promoteCanary(workspace, id, each.name),
                      `${each.name} serves ${each.canary!.version}`,
                      () => rollBack(workspace, id, each.name),
                    )
                  }
                  onStop={() =>
                    void act(
                      `${each.name} canary`,
                      () => stopCanary(workspace, id, each.name),
                      `All calls go to ${each.serves} again`,
                    )
                  }
                />
              )}
              {canWrite && each.serves !== null && (
                <div className="mt-3 flex flex-wrap gap-2">
                  {each.rollsBackTo && (
                    <Button
                      size="sm"
                      loading={busy === each.name}
                      disabled={busy !== undefined && busy !== each.name}
                      onClick={() =>
                        void act(
                          each.name,
                          () => rollBack(workspace, id, each.name),
                          `${each.name} serves ${each.rollsBackTo} again`,
                          () => promoteVersion(workspace, id, each.serves!, each.name),
                        )
                      }
                    >
                      <Undo2 aria-hidden="true" /> Roll back to {each.rollsBackTo}
                    </Button>
                  )}
                  {each.name !== 'production' && each.serves !== production?.serves && (
                    <Button
                      size="sm"
                      onClick={() => onServe({ kind: 'serve', version: each.serves!, environment: 'production' })}
                    >
                      <Upload aria-hidden="true" /> Promote to production
                    </Button>
                  )}
                </div>
              )}
            </Card>
          </li>
        ))}
      </ul>
      {removing && (
        <ConfirmDialog
          open
          onOpenChange={() => setRemoving(undefined)}
          title={`Take ${removing} away`}
          action="Take it away"
          name={removing}
          onConfirm={async () => {
            await removeEnvironment(workspace, id, removing)
            await onChanged()
          }}
        >
          <p>Calls that name this environment are refused from now on. Its version stays.</p>
        </ConfirmDialog>
      )}
    </section>
  )
}

function EnvironmentMenu({
  environment: { name, serves, canary },
  onServe,
  onRemove,
}: {
  environment: EnvironmentView
  onServe: (start: ServeStart) => void
  onRemove: () => void
}) {
  const isOwn = !preset.includes(name)
  return (
    <Menu
      label={`Actions for ${name}`}
      trigger={
        <IconButton label={`Actions for ${name}`} size="sm">
          <MoreHorizontal />
        </IconButton>
      }
    >
      <MenuItem icon={<Plus />} onSelect={() => onServe({ kind: 'serve', version: '', environment: name })}>
        Serve another version
      </MenuItem>
      {serves !== null && !canary && (
        <MenuItem icon={<Split />} onSelect={() => onServe({ kind: 'canary', version: '', environment: name })}>
          Start a canary
        </MenuItem>
      )}
      {isOwn && (
        <>
          <MenuSeparator />
          <MenuItem danger icon={<Trash2 />} onSelect={onRemove}>
            Take it away
          </MenuItem>
        </>
      )}
    </Menu>
  )
}
