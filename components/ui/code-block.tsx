'use client'
import { useId, useState } from 'react'
import { cn } from './cn.ts'
import { CopyButton } from './copy-button.tsx'
import { paintCode } from './paint-code.tsx'
import { TabList, tabIds } from './tab-list.tsx'

export interface CodeSample {
  label: string
  code: string
}

/** Code to copy. `wrap` breaks long lines; `maxHeight` in pixels scrolls. */
export function CodeBlock({
  code,
  label = 'Code',
  wrap = false,
  maxHeight = 420,
  className,
}: {
  code: string
  label?: string
  wrap?: boolean
  maxHeight?: number
  className?: string
}) {
  return (
    <div className={cn('group relative min-w-0 rounded-lg bg-surface-2', className)}>
      <Pane code={code} label={label} maxHeight={maxHeight} className="pr-10" wrap={wrap} />
      <CopyButton
        text={code}
        what={label === 'Code' ? 'the code' : label}
        className="absolute top-2 right-2 bg-surface-2"
      />
    </div>
  )
}

/** The same call in several languages. */
export function CodeTabs({ samples, label, className }: { samples: CodeSample[]; label: string; className?: string }) {
  const base = useId()
  const [chosen, setChosen] = useState(samples[0]?.label ?? '')
  const current = samples.find((sample) => sample.label === chosen) ?? samples[0]
  if (!current) return null
  return (
    <div className={cn('min-w-0 rounded-lg bg-surface-2', className)}>
      <div className="flex items-center gap-1 border-b pr-2 pl-1.5">
        <TabList
          base={base}
          label={label}
          value={current.label}
          onChange={setChosen}
          items={samples.map((sample) => ({ id: sample.label, label: sample.label }))}
          className="flex min-w-0 flex-1 overflow-x-auto [scrollbar-width:none]"
          tabClassName="relative h-9 px-2 font-medium text-muted text-xs whitespace-nowrap -outline-offset-4 after:absolute after:inset-x-2 after:bottom-0 after:h-0.5 hover:text-ink data-[state=active]:text-ink data-[state=active]:after:bg-ink"
        />
        <CopyButton text={current.code} what={`the ${current.label} code`} />
      </div>
      <div
        role="tabpanel"
        id={tabIds(base, current.label).panel}
        aria-labelledby={tabIds(base, current.label).tab}
        tabIndex={-1}
      >
        <Pane key={current.label} code={current.code} label={`${label}, ${current.label}`} maxHeight={420} />
      </div>
    </div>
  )
}

/** The text alone. It may scroll, so the keyboard can reach it. */
function Pane({
  code,
  label,
  maxHeight,
  wrap = false,
  className,
}: {
  code: string
  label: string
  maxHeight: number
  wrap?: boolean
  className?: string
}) {
  return (
    <section
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label={label}
      style={{ maxHeight }}
      className="overflow-auto rounded-lg -outline-offset-2"
    >
      <pre
        className={cn(
          'figures w-fit min-w-full px-3.5 py-3 text-[12.5px] leading-[19px]',
          wrap && 'w-full whitespace-pre-wrap break-words',
          className,
        )}
      >
        {paintCode(code)}
      </pre>
    </section>
  )
}
