'use client'
import { Plus } from 'lucide-react'
import { useRef, useState } from 'react'
import { announce } from '#components/ui/announce.tsx'
import { Button } from '#components/ui/button.tsx'
import { toast } from '#components/ui/toast.ts'
import { MessageEditor } from './message-editor.tsx'
import { nextRole, openCalls, roleWords, withRole } from './messages.ts'
import type { Message } from './types.ts'

export const messagesMax = 100

/** The messages of a prompt: edit, reorder, remove with undo, add. */
export function MessageList({
  messages,
  onChange,
  pictures,
  remarksAt,
  mayBeEmpty = false,
}: {
  messages: readonly Message[]
  onChange: (messages: Message[]) => void
  /** `false`: no model takes pictures. */
  pictures?: boolean
  /** What is wrong with the message at this place, in words. */
  remarksAt?: (index: number) => readonly string[]
  /** The last message can be removed too. */
  mayBeEmpty?: boolean
}) {
  const latest = useRef(messages)
  latest.current = messages
  const listRef = useRef<HTMLDivElement>(null)
  // A message is known by its place in time, not in the list: what is typed in follows it when it moves.
  const [keys, setKeys] = useState<readonly number[]>(() => messages.map((_, index) => index))
  const counter = useRef(messages.length)
  const shown = keys.length === messages.length ? keys : messages.map((_, index) => index)

  function change(next: Message[], nextKeys: readonly number[]) {
    setKeys(nextKeys)
    onChange(next)
  }

  function insert(at: number, message: Message) {
    const now = [...latest.current]
    now.splice(at, 0, message)
    const nextKeys = [...shown].slice(0, latest.current.length)
    nextKeys.splice(at, 0, counter.current++)
    change(now, nextKeys)
  }

  function remove(at: number) {
    const message = messages[at]!
    change(
      messages.filter((_, place) => place !== at),
      shown.filter((_, place) => place !== at),
    )
    const isEmpty = message.content === '' && !message.tool_calls
    if (isEmpty) return
    toast(`${roleWords[message.role]} message removed`, {
      action: { label: 'Undo', onClick: () => insertAgain.current(Math.min(at, latest.current.length), message) },
    })
  }
  // The toast outlives this rendering.
  const insertAgain = useRef(insert)
  insertAgain.current = insert

  function move(at: number, by: -1 | 1) {
    const to = at + by
    const swap = <Item,>(items: readonly Item[]): Item[] => {
      const next = [...items]
      ;[next[at], next[to]] = [next[to]!, next[at]!]
      return next
    }
    change(swap(messages), swap(shown))
    announce(`Message ${at + 1} is now message ${to + 1}`)
  }

  function add() {
    const role = nextRole(messages)
    insert(messages.length, withRole({ role: 'user', content: '' }, role, openCalls(messages, messages.length)))
    requestAnimationFrame(() => {
      const boxes = listRef.current?.querySelectorAll<HTMLElement>('textarea')
      boxes?.[boxes.length - 1]?.focus()
    })
  }

  return (
    <div className="grid min-w-0 gap-2">
      <div ref={listRef} className="grid min-w-0 gap-2 empty:hidden">
        {messages.map((message, index) => (
          <MessageEditor
            key={shown[index]}
            message={message}
            index={index}
            open={openCalls(messages, index)}
            pictures={pictures}
            canMoveUp={index > 0}
            canMoveDown={index < messages.length - 1}
            onChange={(next) => onChange(messages.map((each, place) => (place === index ? next : each)))}
            onMove={(by) => move(index, by)}
            remarks={remarksAt?.(index)}
            onRemove={mayBeEmpty || messages.length > 1 ? () => remove(index) : undefined}
          />
        ))}
      </div>
      {messages.length < messagesMax && (
        <Button variant="quiet" size="sm" className="w-fit" onClick={add}>
          <Plus />
          Message
        </Button>
      )}
    </div>
  )
}
