'use client'
import { useId, useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Input } from '#components/ui/input.tsx'

const variantName = /^[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}$/

/** Asks for the name of a variant. */
export function NameDialog({
  title,
  action,
  start,
  taken,
  onClose,
  onName,
}: {
  title: string
  action: string
  start: string
  taken: readonly string[]
  onClose: () => void
  onName: (name: string) => void
}) {
  const id = useId()
  const [typed, setTyped] = useState(start)
  const [tried, setTried] = useState(false)
  const name = typed.trim()
  const problem = !variantName.test(name)
    ? 'Letters, digits, spaces, dots, “-” and “_”; a letter or digit first.'
    : taken.some((each) => each.toLowerCase() === name.toLowerCase())
      ? 'Another variant has this name.'
      : undefined
  return (
    <Dialog
      open
      onOpenChange={(next) => !next && onClose()}
      size="small"
      title={title}
      footer={
        <>
          <Button variant="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button variant="main" type="submit" form={id}>
            {action}
          </Button>
        </>
      }
    >
      <form
        id={id}
        onSubmit={(event) => {
          event.preventDefault()
          setTried(true)
          if (!problem) onName(name)
        }}
      >
        <Field label="Name" error={tried ? problem : undefined} help="Records and figures of its calls show it.">
          <Input
            value={typed}
            maxLength={64}
            autoComplete="off"
            spellCheck={false}
            placeholder="short"
            autoFocus
            onChange={({ target }) => setTyped(target.value)}
          />
        </Field>
      </form>
    </Dialog>
  )
}
