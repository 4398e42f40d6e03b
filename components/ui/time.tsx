'use client'
import { createContext, type ReactNode, useContext, useMemo, useSyncExternalStore } from 'react'
import { cn } from './cn.ts'
import { formatDate, formatExactTime, formatMinute, formatRelative } from './format.ts'

interface TimeSetting {
  /** The server's time when it rendered: what the first paint in the browser repeats. */
  renderedAtMs: number
  /** The person's or the workspace's zone; without one the browser's. */
  timeZone: string | undefined
}

const TimeContext = createContext<TimeSetting>({ renderedAtMs: 0, timeZone: undefined })

/** Set `renderedAtMs` once at the root; a layout below may set the zone alone. */
export function TimeProvider({
  renderedAtMs,
  timeZone,
  children,
}: {
  renderedAtMs?: number
  timeZone?: string | undefined
  children: ReactNode
}) {
  const outer = useContext(TimeContext)
  const value = useMemo(
    () => ({ renderedAtMs: renderedAtMs ?? outer.renderedAtMs, timeZone: timeZone ?? outer.timeZone }),
    [outer, renderedAtMs, timeZone],
  )
  return <TimeContext value={value}>{children}</TimeContext>
}

/** Milliseconds since the epoch, moving on every 10 s. Equal on the server and while hydrating. */
export function useNow(): number {
  const { renderedAtMs } = useContext(TimeContext)
  return useSyncExternalStore(subscribe, readNow, () => renderedAtMs)
}

/** The zone to show times in. Without a setting it is UTC while hydrating, then the browser's. */
export function useTimeZone(): string {
  const { timeZone } = useContext(TimeContext)
  const local = useSyncExternalStore(never, browserZone, () => 'UTC')
  return timeZone ?? local
}

export interface TimeProps {
  /** ISO 8601 text or milliseconds since the epoch. */
  at: string | number
  className?: string
}

/** `12 min ago`, kept fresh, with the exact time on hover. */
export function RelativeTime({ at, className }: TimeProps) {
  const nowMs = useNow()
  const timeZone = useTimeZone()
  const atMs = new Date(at).getTime()
  return (
    <time
      dateTime={new Date(atMs).toISOString()}
      title={formatExactTime(atMs, timeZone)}
      className={cn('whitespace-nowrap', className)}
    >
      {formatRelative(atMs, nowMs, timeZone)}
    </time>
  )
}

/** `22 Nov 2026, 14:03:12 UTC`; with `minute` without the seconds, with `day` only the date. */
export function ExactTime({
  at,
  minute = false,
  day = false,
  className,
}: TimeProps & { minute?: boolean; day?: boolean }) {
  const timeZone = useTimeZone()
  const atMs = new Date(at).getTime()
  const exact = formatExactTime(atMs, timeZone)
  return (
    <time
      dateTime={new Date(atMs).toISOString()}
      title={day ? exact : undefined}
      className={cn('whitespace-nowrap', className)}
    >
      {day ? formatDate(atMs, timeZone) : minute ? formatMinute(atMs, timeZone) : exact}
    </time>
  )
}

// One ticking clock for every time on the page, stopped when none is shown.
const listeners = new Set<() => void>()
let nowMs = 0
let timer: ReturnType<typeof setInterval> | undefined

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    timer = setInterval(() => {
      nowMs = Date.now()
      for (const each of listeners) each()
    }, 10_000)
  }
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) clearInterval(timer)
  }
}

/** Must answer the same between two ticks, or React renders for ever; a clock nobody watched is read afresh. */
function readNow(): number {
  const real = Date.now()
  if (real - nowMs > 10_000) nowMs = real
  return nowMs
}

const never = () => () => {}
const browserZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone
