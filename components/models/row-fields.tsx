'use client'
import type { ReactNode } from 'react'
import { typeShort } from '#components/prompt/model-words.ts'
import { Input } from '#components/ui/input.tsx'
import { Select } from '#components/ui/select.tsx'
import { ModelType } from '#lib/models/schema.ts'

const typeOptions = ModelType.options.map((value) => ({ value, label: typeShort[value] }))

/** Name, address and Type of one model among several. */
export function RowFields({
  what,
  name,
  slug,
  type,
  derivedSlug,
  onChange,
}: {
  /** How the row is called, for those who do not see it. */
  what: string
  name: string
  slug: string
  type: ModelType
  /** What an empty address becomes. */
  derivedSlug: string
  onChange: (change: { name?: string; slug?: string; type?: ModelType }) => void
}) {
  return (
    <div className="mt-2 grid gap-2 sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)_130px]">
      <Part label="Name">
        <Input
          aria-label={`Name of ${what}`}
          aria-invalid={name.trim() === '' || undefined}
          value={name}
          maxLength={128}
          onChange={(event) => onChange({ name: event.target.value })}
        />
      </Part>
      <Part label="Address">
        <Input
          mono
          aria-label={`Address of ${what}`}
          placeholder={derivedSlug}
          value={slug}
          maxLength={63}
          spellCheck={false}
          onChange={(event) => onChange({ slug: event.target.value })}
        />
      </Part>
      <Part label="Type">
        <Select
          label={`Type of ${what}`}
          value={type}
          options={typeOptions}
          onChange={(next) => onChange({ type: next as ModelType })}
        />
      </Part>
    </div>
  )
}

/** The control names itself in full; what is seen is short. */
function Part({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="grid gap-1">
      <span aria-hidden="true" className="text-faint text-xs">
        {label}
      </span>
      {children}
    </div>
  )
}
