'use client'
import { Slot } from 'radix-ui'
import { type ReactElement, useEffect, useId, useLayoutEffect, useRef, useState } from 'react'
import { createPortal } from 'react-dom'
import { cn } from './cn.ts'

type Side = 'top' | 'right' | 'bottom' | 'left'

const delayMs = 400
/** From one to its neighbour there is no wait. */
const neighbourMs = 300
const gapPx = 6
const edgePx = 8
let closedAtMs = Number.NEGATIVE_INFINITY

/** A word about a control, on hover and focus. Never the only place where something is said. */
export function Tooltip({
  text,
  side = 'top',
  className,
  children,
}: {
  text: string
  side?: Side | undefined
  className?: string
  children: ReactElement
}) {
  const id = useId()
  const [open, setOpen] = useState(false)
  const triggerRef = useRef<HTMLElement>(null)
  const tipRef = useRef<HTMLDivElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)

  function later(next: boolean, ms: number) {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setOpen(next), ms)
  }
  function hide() {
    clearTimeout(timer.current)
    setOpen(false)
  }
  useEffect(() => () => clearTimeout(timer.current), [])

  useLayoutEffect(() => {
    const [trigger, tip] = [triggerRef.current, tipRef.current]
    if (!open || !trigger || !tip) return
    place(tip, trigger, side)
    const close = () => setOpen(false)
    const onKey = (event: KeyboardEvent) => event.key === 'Escape' && close()
    addEventListener('keydown', onKey, true)
    addEventListener('scroll', close, true)
    addEventListener('resize', close)
    return () => {
      closedAtMs = performance.now()
      removeEventListener('keydown', onKey, true)
      removeEventListener('scroll', close, true)
      removeEventListener('resize', close)
    }
  }, [open, side])

  return (
    <>
      <Slot.Root
        ref={triggerRef}
        aria-describedby={open ? id : undefined}
        onPointerEnter={(event) => {
          if (event.pointerType !== 'touch') later(true, performance.now() - closedAtMs < neighbourMs ? 0 : delayMs)
        }}
        onPointerLeave={() => later(false, 80)}
        onPointerDown={hide}
        onFocus={(event) => {
          if (event.currentTarget.matches(':focus-visible')) later(true, 0)
        }}
        onBlur={hide}
      >
        {children}
      </Slot.Root>
      {open &&
        createPortal(
          <div
            ref={tipRef}
            id={id}
            role="tooltip"
            onPointerEnter={() => later(true, 0)}
            onPointerLeave={() => later(false, 80)}
            className={cn(
              'fixed top-0 left-0 z-60 w-max max-w-72 animate-fade rounded-md bg-ink px-2 py-1 text-surface-0 text-xs shadow-float',
              className,
            )}
          >
            {text}
          </div>,
          document.body,
        )}
    </>
  )
}

/** Beside the control, on the other side where there is no room, and inside the window. */
function place(tip: HTMLElement, trigger: HTMLElement, side: Side): void {
  const at = trigger.getBoundingClientRect()
  const { offsetWidth: width, offsetHeight: height } = tip
  const upright = side === 'top' || side === 'bottom'
  const [before, after] = upright
    ? [at.top - height - gapPx, at.bottom + gapPx]
    : [at.left - width - gapPx, at.right + gapPx]
  const room = upright ? innerHeight - height : innerWidth - width
  const wantsBefore = side === 'top' || side === 'left'
  const along = wantsBefore ? (before >= edgePx ? before : after) : after + edgePx <= room ? after : before
  const across = upright ? at.left + (at.width - width) / 2 : at.top + (at.height - height) / 2
  const acrossMax = (upright ? innerWidth - width : innerHeight - height) - edgePx
  const kept = Math.max(edgePx, Math.min(across, acrossMax))
  const [left, top] = upright ? [kept, along] : [along, kept]
  tip.style.translate = `${Math.round(left)}px ${Math.round(top)}px`
}
