'use client'
import { useId, useRef } from 'react'
import { Notice } from '#components/ui/notice.tsx'
import { tabIds } from '#components/ui/tab-list.tsx'
import { defaultVariant } from './edits.ts'
import { reasonsOf } from './marks.ts'
import type { DeploymentParts } from './parts.ts'
import { goToPlace } from './places.ts'
import { TryPanel } from './try-panel.tsx'
import { VariantBar } from './variant-bar.tsx'
import { VariantForm } from './variant-form.tsx'

const reasonsShown = 5

/** The draft: a variant at a time, and beside it what it answers. */
export function EditorTab({
  chosen,
  onChoose,
  onShowRouting,
  ...parts
}: DeploymentParts & {
  /** The name of the variant in the address. */
  chosen: string | null
  onChoose: (variant: string | null) => void
  onShowRouting: () => void
}) {
  const { workspace, deployment, draft, marks, canWrite } = parts
  const { config } = draft
  const box = useRef<HTMLDivElement>(null)
  const base = useId()
  const named = config.variants.findIndex(({ name }) => name === chosen)
  const byDefault = config.variants.findIndex(({ name }) => name === defaultVariant(config))
  const at = named >= 0 ? named : Math.max(0, byDefault)
  const variant = config.variants[at]!
  const ids = tabIds(base, String(at))
  const reasons = reasonsOf(marks)

  function mend(place: string) {
    if (place.startsWith('routing')) {
      onShowRouting()
      return
    }
    const of = /^variants\.(\d+)/.exec(place)
    if (of) onChoose(config.variants[Number(of[1])]?.name ?? null)
    // The variant that holds it may have to be drawn first.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => goToPlace(box.current, place.replace(/parameters\.tool_choice.*/, 'tools'))),
    )
  }

  return (
    <div ref={box} className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_400px]">
      <div className="grid min-w-0 gap-2">
        {reasons.length > 0 && (
          <Notice
            tone="warn"
            title={
              reasons.length === 1
                ? 'One thing to mend before it can be published'
                : `${reasons.length} things to mend before it can be published`
            }
          >
            <ul>
              {reasons.slice(0, reasonsShown).map(({ place, message }, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: one place may have several
                <li key={`${place} ${index}`}>
                  <button type="button" className="link min-h-6 rounded-sm text-left" onClick={() => mend(place)}>
                    {message}
                  </button>
                </li>
              ))}
              {reasons.length > reasonsShown && <li>and {reasons.length - reasonsShown} more</li>}
            </ul>
          </Notice>
        )}
        <VariantBar base={base} draft={draft} marks={marks} at={at} canWrite={canWrite} onChoose={onChoose} />
        <div role="tabpanel" id={ids.panel} data-place={`variants.${at}`} aria-labelledby={ids.tab} className="min-w-0">
          <VariantForm {...parts} key={variantKey(config.variants, at)} at={at} variant={variant} />
        </div>
      </div>
      <TryPanel workspace={workspace} deployment={deployment} draft={draft} variant={variant} canWrite={canWrite} />
    </div>
  )
}

/** A variant is known by its place; its editors begin anew where others came before it. */
const variantKey = (variants: readonly unknown[], at: number) => `${variants.length} ${at}`
