'use client'
import { type KeyboardEvent, useEffect, useMemo, useRef } from 'react'
import { useCommands } from '#components/ui/commands.tsx'

interface Does {
  isRunning: boolean
  run: () => void
  stop: () => void
  startAnew: () => void
  showCode: () => void
  showLinks: () => void
}

/** ⌘↵ runs from anywhere in the screen, Esc stops, ⌘K offers the rest. Returns the listener of the screen. */
export function useScreenKeys(does: Does): (event: KeyboardEvent<HTMLElement>) => void {
  const latest = useRef(does)
  latest.current = does
  useEffect(() => {
    function onEscape(event: globalThis.KeyboardEvent) {
      if (event.key !== 'Escape' || event.defaultPrevented || !latest.current.isRunning) return
      // Closes what is open first.
      if (document.querySelector('[role=dialog], [role=menu], [role=listbox]')) return
      latest.current.stop()
    }
    document.addEventListener('keydown', onEscape)
    return () => document.removeEventListener('keydown', onEscape)
  }, [])

  useCommands(
    useMemo(
      () =>
        [
          { id: 'run', label: 'Run the prompt', run: () => latest.current.run() },
          { id: 'code', label: 'Copy the call as code', run: () => latest.current.showCode() },
          { id: 'links', label: 'Saved prompts', hint: 'share by a link', run: () => latest.current.showLinks() },
          { id: 'new', label: 'Start anew', hint: 'in the playground', run: () => latest.current.startAnew() },
        ].map((command) => ({ ...command, id: `playground.${command.id}`, group: 'Do' })),
      [],
    ),
  )

  return (event) => {
    if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return
    const target = event.target as HTMLElement
    // Portals bubble through React: a dialog has keys of its own, and so have the reply and the results.
    if (!event.currentTarget.contains(target) || target.closest('[data-own-keys]')) return
    event.preventDefault()
    event.stopPropagation()
    latest.current.run()
  }
}
