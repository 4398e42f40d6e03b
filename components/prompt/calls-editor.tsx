'use client'
import { Plus, X } from 'lucide-react'
import { Button } from '#components/ui/button.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Input } from '#components/ui/input.tsx'
import { JsonEditor } from './json-editor.tsx'
import type { ToolCall } from './types.ts'

export interface CallsEditorProps {
  calls: readonly ToolCall[]
  onChange: (calls: ToolCall[]) => void
  onAdd: () => void
}

/** Calls of functions that an assistant's message makes. */
export function CallsEditor({ calls, onChange, onAdd }: CallsEditorProps) {
  const set = (at: number, call: ToolCall) => onChange(calls.map((each, place) => (place === at ? call : each)))
  return (
    <div className="grid gap-2 border-t px-2.5 py-2.5">
      {calls.map((call, at) => (
        <div key={call.id} className="grid gap-1.5">
          <div className="flex items-center gap-1.5">
            <Input
              mono
              aria-label={`Function of call ${at + 1}`}
              placeholder="name_of_the_function"
              value={call.function.name}
              maxLength={64}
              className="h-7"
              onChange={({ target }) => set(at, { ...call, function: { ...call.function, name: target.value } })}
            />
            <IconButton
              label={`Remove call ${at + 1}`}
              size="sm"
              onClick={() => onChange(calls.filter((_, place) => place !== at))}
            >
              <X strokeWidth={1.75} />
            </IconButton>
          </div>
          <JsonEditor
            label={`Arguments of call ${at + 1}`}
            rows={2}
            text={call.function.arguments}
            onChange={(text) => set(at, { ...call, function: { ...call.function, arguments: text } })}
          />
        </div>
      ))}
      <Button variant="quiet" size="sm" className="w-fit" onClick={onAdd}>
        <Plus />
        Call
      </Button>
    </div>
  )
}
