'use client'
import { CornerDownLeft } from 'lucide-react'
import { useState } from 'react'
import { PaintedText } from '#components/prompt/painted-text.tsx'
import { Button } from '#components/ui/button.tsx'

/** The next word of the conversation, to every model that has answered. Enter sends it, Shift+Enter breaks the line. */
export function Composer({ count, of, onSend }: { count: number; of: number; onSend: (text: string) => void }) {
  const [text, setText] = useState('')
  const isOff = count === 0
  const label =
    isOff || of === 1 ? 'Reply' : count === of ? `Reply to ${of === 2 ? 'both' : 'all'}` : `Reply to ${count} of ${of}`

  function send() {
    if (isOff || text.trim() === '') return
    onSend(text.trim())
    setText('')
  }

  return (
    <div data-own-keys className="flex shrink-0 items-end gap-2 border-t bg-surface-0 px-4 py-2.5">
      <PaintedText
        value={text}
        onChange={setText}
        paint={(typed) => typed}
        label={label}
        placeholder={isOff ? 'Reply to the answers' : label}
        readOnly={isOff}
        maxLength={200_000}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
          event.preventDefault()
          event.stopPropagation()
          send()
        }}
        className="max-h-40 flex-1 rounded-lg border border-line-field bg-surface-1 focus-within:border-accent focus-within:shadow-[0_0_0_3px_var(--accent-soft)] hover:border-muted"
        innerClassName="px-2.5 py-[5px] text-base"
      />
      <Button onClick={send} disabled={isOff || text.trim() === ''}>
        Reply
        <CornerDownLeft className="size-3.5! text-faint" aria-hidden="true" />
      </Button>
    </div>
  )
}
