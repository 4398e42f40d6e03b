import { CircleCheck, CircleX, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { cn } from './cn.ts'

export type NoticeTone = 'info' | 'ok' | 'warn' | 'bad'

const looks = {
  info: { icon: Info, box: 'bg-info-soft', sign: 'text-info' },
  ok: { icon: CircleCheck, box: 'bg-ok-soft', sign: 'text-ok' },
  warn: { icon: TriangleAlert, box: 'bg-warn-soft', sign: 'text-warn' },
  bad: { icon: CircleX, box: 'bg-bad-soft', sign: 'text-bad' },
}

/** Something to know on this screen, with at most one action. `live` reads it out when it appears. */
export function Notice({
  tone = 'info',
  title,
  children,
  action,
  live = tone === 'bad',
  className,
}: {
  tone?: NoticeTone
  title?: ReactNode
  children?: ReactNode
  action?: ReactNode
  live?: boolean
  className?: string
}) {
  const { icon: Icon, box, sign } = looks[tone]
  return (
    <div
      role={live ? (tone === 'bad' ? 'alert' : 'status') : undefined}
      className={cn('flex flex-wrap items-start gap-x-2.5 gap-y-2 rounded-lg px-3 py-2.5 text-sm', box, className)}
    >
      <Icon className={cn('mt-px size-4 shrink-0', sign)} aria-hidden="true" />
      <div className="min-w-0 flex-1 basis-52">
        {title && <p className="font-medium">{title}</p>}
        {children && <div className={title ? 'mt-0.5 text-muted' : undefined}>{children}</div>}
      </div>
      {action}
    </div>
  )
}
