'use client'
import type { ComponentProps, KeyboardEvent } from 'react'

/** A form that ⌘↵ or Ctrl+↵ submits from anywhere inside it, and that shows our own messages in place of the browser's. */
export function Form(props: ComponentProps<'form'>) {
  function submitOnKeys(event: KeyboardEvent<HTMLFormElement>) {
    if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return
    // Portals bubble through React: a dialog opened from this form has a form of its own.
    if (!event.currentTarget.contains(event.target as Node)) return
    event.preventDefault()
    event.stopPropagation()
    event.currentTarget.requestSubmit()
  }

  // On the way down: a select or a button would take the Enter for itself.
  return <form noValidate {...props} onKeyDownCapture={submitOnKeys} />
}
