import type { ReactNode } from 'react'
import { Mark } from '#components/ui/mark.tsx'

/** The page around signing in, claiming and joining: the mark, one card, a line below it. */
export function AuthCard({
  title,
  detail,
  children,
  footer,
}: {
  title: string
  detail?: ReactNode
  children: ReactNode
  footer?: ReactNode
}) {
  return (
    <main className="relative grid min-h-dvh content-center justify-items-center overflow-hidden px-4 py-10">
      <Cables />
      <div className="relative grid w-full max-w-[400px] gap-5">
        <p className="flex items-center justify-center gap-2 font-semibold text-lg tracking-[-0.01em]">
          <Mark />
          Patchbay
        </p>
        <section className="rounded-2xl border bg-surface-1 px-5 py-6 sm:px-7">
          <h1 className="font-semibold text-xl tracking-[-0.015em]">{title}</h1>
          {detail && <div className="mt-1 text-pretty text-muted">{detail}</div>}
          <div className="mt-5">{children}</div>
        </section>
        {footer && <div className="text-balance text-center text-faint text-sm">{footer}</div>}
      </div>
    </main>
  )
}

/** Two rows of jacks and a few cables between them, left and right of the card; a small screen has no room for them. */
function Cables() {
  const columns = Array.from({ length: 18 }, (_, index) => 40 + index * 80).filter((x) => x < 450 || x > 990)
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 1440 900"
      preserveAspectRatio="xMidYMid slice"
      className="absolute inset-0 size-full text-line max-lg:hidden"
      fill="none"
      stroke="currentColor"
    >
      {columns.map((x) => (
        <g key={x} strokeWidth="2">
          <circle cx={x} cy="120" r="9" />
          <circle cx={x} cy="780" r="9" />
        </g>
      ))}
      <g strokeWidth="3" strokeLinecap="round" className="text-line-strong">
        <path d="M200 120c0 330 240 330 240 660" />
        <path d="M360 120c0 240-160 420-160 660" />
        <path d="M1000 120c0 300 240 360 240 660" />
        <path d="M1240 120c0 330-80 330-80 660" />
      </g>
      <g strokeWidth="3" strokeLinecap="round" className="text-accent" opacity="0.5">
        <path d="M1080 120c0 330 240 330 240 660" />
        <circle cx="1080" cy="120" r="4" fill="currentColor" stroke="none" />
        <circle cx="1320" cy="780" r="4" fill="currentColor" stroke="none" />
      </g>
    </svg>
  )
}
