'use client'
import { Bell, X } from 'lucide-react'
import Link from 'next/link'
import { useState } from 'react'
import { cn } from '#components/ui/cn.ts'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Jack, type JackState } from '#components/ui/jack.tsx'
import { Popover } from '#components/ui/popover.tsx'
import { RelativeTime } from '#components/ui/time.tsx'

/** Something that happened to an object, and the one thing to do about it. */
export interface NoticeItem {
  id: string
  tone: 'bad' | 'warn' | 'info'
  /** Names the object: "DeepSeek refused its key". */
  title: string
  detail?: string
  /** ISO 8601. */
  at: string
  action?: { label: string; href: string }
}

const jacks: Record<NoticeItem['tone'], JackState> = { bad: 'bad', warn: 'slow', info: 'idle' }

export function Notices({
  notices,
  onDismiss,
}: {
  notices: readonly NoticeItem[]
  onDismiss?: ((id: string) => void) | undefined
}) {
  const [open, setOpen] = useState(false)
  const worst = notices.some(({ tone }) => tone === 'bad') ? 'bg-bad text-bad-ink' : 'bg-ink text-surface-0'
  return (
    <Popover
      label="Notices"
      align="end"
      open={open}
      onOpenChange={setOpen}
      className="w-96 p-0"
      trigger={
        <button
          type="button"
          aria-label={notices.length === 0 ? 'Notices, none' : `Notices, ${notices.length}`}
          className="relative grid size-8 place-items-center rounded-lg text-muted hover:bg-surface-3 hover:text-ink"
        >
          <Bell className="size-4" strokeWidth={1.75} aria-hidden="true" />
          {notices.length > 0 && (
            <span
              className={cn(
                'absolute top-0.5 right-0.5 grid h-3.5 min-w-3.5 place-items-center rounded-full px-[3px] font-semibold text-[9px] leading-none tabular-nums',
                worst,
              )}
            >
              {notices.length > 99 ? '99+' : notices.length}
            </span>
          )}
        </button>
      }
    >
      <h2 className="px-4 pt-3 pb-2 font-semibold">Notices</h2>
      {notices.length === 0 ? (
        <p className="px-4 pb-4 text-muted text-sm">
          Nothing needs you. A refused key, a failing model or a budget nearing its end would stand here.
        </p>
      ) : (
        <ul className="max-h-96 divide-y overflow-y-auto border-t">
          {notices.map((notice) => (
            <li key={notice.id} className="flex items-start gap-2.5 py-2.5 pr-2 pl-4 text-sm">
              <Jack state={jacks[notice.tone]} className="mt-0.5 size-3.5" />
              <div className="min-w-0 flex-1">
                <p className="break-words font-medium">{notice.title}</p>
                {notice.detail && <p className="text-muted">{notice.detail}</p>}
                <p className="mt-0.5 flex flex-wrap gap-x-2 text-faint text-xs">
                  {notice.action && (
                    <Link
                      href={notice.action.href}
                      onClick={() => setOpen(false)}
                      className="link font-medium text-ink"
                    >
                      {notice.action.label}
                    </Link>
                  )}
                  <RelativeTime at={notice.at} />
                </p>
              </div>
              {onDismiss && (
                <IconButton
                  label={`Dismiss: ${notice.title}`}
                  size="sm"
                  className="size-6"
                  onClick={() => onDismiss(notice.id)}
                >
                  <X className="size-3.5!" />
                </IconButton>
              )}
            </li>
          ))}
        </ul>
      )}
    </Popover>
  )
}
