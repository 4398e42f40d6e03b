'use client'
import { useState } from 'react'
import { bodyOf } from '#components/prompt/body.ts'
import { callSnippets } from '#components/prompt/snippets.ts'
import { CodeTabs } from '#components/ui/code-block.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import type { ModelView } from '#lib/models/schema.ts'
import type { Column, Setup } from './setup.ts'

/** The call of each column as code that runs when it is pasted. */
export function CodeDialog({
  gatewayUrl,
  setup,
  columns,
  onClose,
}: {
  gatewayUrl: string
  setup: Setup
  columns: readonly { column: Column; model: ModelView }[]
  onClose: () => void
}) {
  const [chosen, setChosen] = useState(columns[0]?.column.key ?? '')
  const current = columns.find(({ column }) => column.key === chosen) ?? columns[0]
  if (!current) return null
  const { column, model } = current
  const { body } = bodyOf(setup, model, setup.variables, { own: column.parameters })
  const text = JSON.stringify(body)
  const short = text.replace(/(data:image\/[a-z+.-]+;base64,)[A-Za-z0-9+/=]+/g, '$1...')
  const beyond = Object.keys({ ...setup.parameters.extra, ...column.parameters?.extra })
  return (
    <Dialog
      open
      onOpenChange={(next) => !next && onClose()}
      title="The call as code"
      description="The key is read from PATCHBAY_API_KEY. Variables are filled in."
    >
      <div className="grid min-w-0 gap-3">
        {columns.length > 1 && (
          <Segmented
            label="Model"
            size="sm"
            fill
            value={current.column.key}
            onChange={setChosen}
            options={columns.map(({ column: each, model: { name } }) => ({ value: each.key, label: name }))}
            className="overflow-x-auto"
          />
        )}
        <CodeTabs
          label="The call"
          samples={callSnippets(setup.type, JSON.parse(short) as typeof body, gatewayUrl, beyond)}
        />
        {short !== text && (
          <p className="text-muted text-sm">Pictures are left out: put their data in place of the dots.</p>
        )}
      </div>
    </Dialog>
  )
}
