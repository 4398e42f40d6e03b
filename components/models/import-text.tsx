'use client'
import { Upload } from 'lucide-react'
import { type DragEvent, useRef } from 'react'
import { Field } from '#components/form/field.tsx'
import { Button } from '#components/ui/button.tsx'
import { Textarea } from '#components/ui/textarea.tsx'

const bytesMax = 1_000_000

/** The file's text: chosen, dropped or pasted. */
export function ImportText({
  source,
  text,
  error,
  onText,
  onError,
}: {
  source: 'litellm' | 'file'
  text: string
  error: string | undefined
  onText: (text: string) => void
  onError: (error: string | undefined) => void
}) {
  const picker = useRef<HTMLInputElement>(null)
  const isYaml = source === 'litellm'

  async function take(file: File | undefined) {
    if (!file) return
    if (file.size > bytesMax) return onError('The file is larger than 1 MB.')
    onError(undefined)
    onText(await file.text())
  }

  function drop(event: DragEvent) {
    event.preventDefault()
    void take(event.dataTransfer.files[0])
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way; the button and the field are the first
    <div className="grid gap-3" onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <div className="flex flex-wrap items-center gap-3">
        <Button onClick={() => picker.current?.click()}>
          <Upload aria-hidden="true" /> Choose a file
        </Button>
        <span className="text-muted text-sm">or drop it here, or paste it below</span>
        <input
          ref={picker}
          type="file"
          hidden
          aria-label="File"
          accept={isYaml ? '.yaml,.yml,text/yaml,application/yaml' : '.json,application/json'}
          onChange={(event) => {
            void take(event.target.files?.[0])
            event.target.value = ''
          }}
        />
      </div>
      <Field
        label={isYaml ? 'config.yaml' : 'File'}
        name="text"
        error={error}
        help={
          isYaml
            ? 'Read by this Patchbay alone. Variables (os.environ/…) are asked for, not looked up.'
            : 'As “Export” in AI Router makes it.'
        }
      >
        <Textarea
          mono
          rows={14}
          rowsMax={18}
          spellCheck={false}
          autoComplete="off"
          value={text}
          onChange={(event) => {
            onError(undefined)
            onText(event.target.value)
          }}
          placeholder={
            isYaml
              ? 'model_list:\n  - model_name: gpt-4o\n    litellm_params:\n      model: azure/gpt-4o-eu\n      api_key: os.environ/AZURE_API_KEY'
              : '{ "format": "patchbay.models", "version": 1, … }'
          }
        />
      </Field>
    </div>
  )
}
