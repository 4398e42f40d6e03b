'use client'
import type { ComponentProps, KeyboardEvent } from 'react'

/** A form that ⌘↵ or Ctrl+↵ submits from anywhere inside it, and that shows our own messages in place of the browser's. */
export function Form({ onKeyDown, ...rest }: ComponentProps<'form'>) {
  function submitOnKeys(event: KeyboardEvent<HTMLFormElement>) {
    onKeyDown?.(event)
    if (event.defaultPrevented || event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return
    // Portals bubble through React: a dialog opened from this form has a form of its own.
    if (!event.currentTarget.contains(event.target as Node)) return
    event.preventDefault()
    event.currentTarget.requestSubmit()
  }

  return <form noValidate {...rest} onKeyDown={submitOnKeys} />
}
