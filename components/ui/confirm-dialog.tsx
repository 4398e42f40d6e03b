'use client'
import { type ReactNode, useId, useState } from 'react'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { Input } from './input.tsx'
import { Notice } from './notice.tsx'

export interface ConfirmDialogProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  /** "Delete Custom Groq Llama 3.3". */
  title: ReactNode
  /** What is destroyed, what stays, what happens to those who use it. */
  children: ReactNode
  /** The verb on the button: "Delete model". */
  action: string
  /** The name to type before the button works. Leave it out for an act that can be undone. */
  name?: string
  /** Resolves when done; the dialog then closes. What it throws is shown and the dialog stays. */
  onConfirm: () => Promise<void>
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  // Mounted afresh each time it opens, so that nothing typed before is still there.
  return props.open ? <Confirmation {...props} /> : null
}

function Confirmation({ open, onOpenChange, title, children, action, name, onConfirm }: ConfirmDialogProps) {
  const [typed, setTyped] = useState('')
  const [working, setWorking] = useState(false)
  const [failure, setFailure] = useState<string>()
  const id = useId()
  const ready = name === undefined || typed.trim() === name.trim()

  async function confirm() {
    setWorking(true)
    setFailure(undefined)
    try {
      await onConfirm()
      onOpenChange(false)
    } catch (error) {
      setFailure(error instanceof Error ? error.message : 'That did not work. Nothing was changed.')
    } finally {
      setWorking(false)
    }
  }

  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !working && onOpenChange(next)}
      title={title}
      size="small"
      footer={
        <>
          <Button variant="quiet" onClick={() => onOpenChange(false)} disabled={working}>
            Cancel
          </Button>
          <Button type="submit" form={id} variant="danger" disabled={!ready} loading={working}>
            {action}
          </Button>
        </>
      }
    >
      <form
        id={id}
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (ready && !working) void confirm()
        }}
      >
        {failure && <Notice tone="bad">{failure}</Notice>}
        <div className="grid gap-2 text-muted">{children}</div>
        {name !== undefined && (
          <div className="grid gap-1.5 text-sm">
            <label htmlFor={`${id}-name`}>
              Type <b className="select-all break-all font-semibold">{name}</b> to confirm
            </label>
            <Input
              id={`${id}-name`}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
              autoComplete="off"
              spellCheck={false}
              autoFocus
            />
          </div>
        )}
      </form>
    </Dialog>
  )
}
