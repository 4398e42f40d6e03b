'use client'
import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { announce } from './announce.tsx'
import { cn } from './cn.ts'
import { IconButton } from './icon-button.tsx'

/** Copies `text` and says so, to the eye and to the ear. `what` completes "Copy …". */
export function CopyButton({ text, what, className }: { text: string; what: string; className?: string }) {
  const [done, setDone] = useState<'copied' | 'refused'>()

  useEffect(() => {
    if (!done) return
    const timer = setTimeout(() => setDone(undefined), 2000)
    return () => clearTimeout(timer)
  }, [done])

  async function copy() {
    const ok = await writeClipboard(text)
    setDone(ok ? 'copied' : 'refused')
    announce(ok ? 'Copied' : 'The browser did not allow copying. Select the text and copy it by hand.')
  }

  return (
    <IconButton
      label={done === 'copied' ? 'Copied' : done === 'refused' ? 'Copying was not allowed' : `Copy ${what}`}
      size="sm"
      className={cn('size-6', className)}
      onClick={(event) => {
        event.stopPropagation()
        void copy()
      }}
    >
      {done === 'copied' ? <Check className="size-3.5! text-ok" /> : <Copy className="size-3.5!" />}
    </IconButton>
  )
}

/** The clipboard API is missing on plain http beyond localhost, where the old command still works. */
async function writeClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const box = document.createElement('textarea')
    box.value = text
    box.style.position = 'fixed'
    box.style.opacity = '0'
    // Inside an open dialog, or its focus trap takes the selection away.
    const home = document.activeElement?.closest('[role="dialog"]') ?? document.body
    const before = document.activeElement
    home.append(box)
    box.select()
    const ok = document.execCommand('copy')
    box.remove()
    if (before instanceof HTMLElement) before.focus()
    return ok
  }
}

/** An id or address with its copy button. */
export function CopyText({ text, what, className }: { text: string; what: string; className?: string }) {
  return (
    <span className={cn('inline-flex max-w-full items-center gap-0.5', className)}>
      <span className="figures truncate">{text}</span>
      <CopyButton text={text} what={what} />
    </span>
  )
}
