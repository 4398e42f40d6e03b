'use client'
import { useRouter } from 'next/navigation'
import { useEffect } from 'react'
import { type Area, areaKeys } from './areas.ts'

/** ⌘K or Ctrl+K, `?`, `/` for the page's search box, and `g` with an area's letter within a second. */
export function useShellKeys({
  areas,
  onPalette,
  onKeyList,
}: {
  areas: readonly Area[]
  onPalette: () => void
  onKeyList: () => void
}): void {
  const router = useRouter()
  useEffect(() => {
    let wentAt = Number.NEGATIVE_INFINITY

    function onKeyDown(event: KeyboardEvent) {
      if (event.defaultPrevented || event.isComposing) return
      if ((event.metaKey || event.ctrlKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        onPalette()
        return
      }
      if (
        event.metaKey ||
        event.ctrlKey ||
        event.altKey ||
        isTyping(event.target) ||
        document.querySelector('[role=dialog]')
      )
        return
      if (event.timeStamp - wentAt < 1000) {
        wentAt = Number.NEGATIVE_INFINITY
        const area = areas.find(({ id }) => areaKeys[id] === event.key)
        if (area) {
          event.preventDefault()
          router.push(area.href)
        }
        return
      }
      if (event.key === 'g') wentAt = event.timeStamp
      else if (event.key === '?') {
        event.preventDefault()
        onKeyList()
      } else if (event.key === '/') {
        const box = document.querySelector<HTMLInputElement>('main input[type=search]')
        if (!box) return
        event.preventDefault()
        box.focus()
      }
    }

    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [areas, onPalette, onKeyList, router])
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest(
      'input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], [role=menu], [role=listbox]',
    ) !== null
  )
}
