'use client'
import { Upload } from 'lucide-react'
import { type DragEvent, useId, useRef, useState } from 'react'
import { Field, FieldRow } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import type { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { cn } from '#components/ui/cn.ts'
import { Input } from '#components/ui/input.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { Textarea } from '#components/ui/textarea.tsx'

/** What is compared, and what it is called. */
export interface Bill {
  name: string
  body: { text: string } | { total: string; from: string; through: string }
}

/** Characters; the server takes no more. */
const textMax = 8_000_000

/** A file, what was pasted, or the total of an invoice. */
export function BillForm({
  working,
  error,
  onCompare,
}: {
  working: boolean
  error: ApiError | null
  onCompare: (bill: Bill) => void
}) {
  const id = useId()
  const picker = useRef<HTMLInputElement>(null)
  const [kind, setKind] = useState<'file' | 'total'>('file')
  const [text, setText] = useState('')
  const [total, setTotal] = useState({ total: '', from: '', through: '' })
  const [over, setOver] = useState(false)
  const [problem, setProblem] = useState<string>()

  async function take(file: File | undefined) {
    setOver(false)
    if (!file) return
    if (file.size > textMax) {
      setProblem('The file is larger than 8 MB. Export fewer days at a time.')
      return
    }
    setProblem(undefined)
    const content = await file.text()
    setText('')
    onCompare({ name: file.name, body: { text: content } })
  }
  function submit() {
    if (working) return
    if (kind === 'total') return onCompare({ name: 'Invoice total', body: total })
    if (text.trim() === '') return setProblem('Choose a file, or paste its lines.')
    setProblem(undefined)
    onCompare({ name: 'Pasted lines', body: { text } })
  }
  const set = (name: keyof typeof total) => (value: string) => setTotal((before) => ({ ...before, [name]: value }))

  return (
    <Card>
      <CardHeader
        title="The bill"
        detail="It is compared and forgotten: nothing of it is kept."
        actions={
          <Segmented
            size="sm"
            label="What you have"
            value={kind}
            onChange={setKind}
            options={[
              { value: 'file', label: 'Usage export' },
              { value: 'total', label: 'Invoice total' },
            ]}
          />
        }
      />
      <Form
        id={id}
        aria-label="The bill"
        className="grid gap-3 px-4 pb-4"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        {kind === 'file' ? (
          <>
            {/* biome-ignore lint/a11y/noStaticElementInteractions: the button inside does the same by keyboard */}
            <div
              onDragOver={(event: DragEvent) => {
                event.preventDefault()
                setOver(true)
              }}
              onDragLeave={() => setOver(false)}
              onDrop={(event: DragEvent) => {
                event.preventDefault()
                void take(event.dataTransfer.files[0])
              }}
              className={cn(
                'flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg border border-line-strong border-dashed px-4 py-3',
                over && 'border-accent bg-accent-soft',
              )}
            >
              <Button onClick={() => picker.current?.click()} loading={working}>
                <Upload aria-hidden="true" /> Choose a CSV
              </Button>
              <p className="min-w-0 flex-1 basis-60 text-muted text-sm">
                or drop it here: OpenAI’s costs or usage export, OpenRouter’s activity, or lines like{' '}
                <code>date,model,cost</code>.
              </p>
              <input
                ref={picker}
                type="file"
                accept=".csv,.tsv,.txt,text/csv"
                aria-label="CSV of a provider"
                className="sr-only"
                tabIndex={-1}
                onChange={(event) => {
                  void take(event.target.files?.[0])
                  event.target.value = ''
                }}
              />
            </div>
            <Field label="Or paste it" name="text" error={problem}>
              <Textarea
                mono
                rows={3}
                rowsMax={8}
                value={text}
                maxLength={textMax}
                spellCheck={false}
                placeholder={
                  'date,model,cost,requests,input_tokens,output_tokens\n2026-11-22,gpt-4o,1.25,310,402113,20988'
                }
                onChange={(event) => setText(event.target.value)}
              />
            </Field>
          </>
        ) : (
          <FieldRow className="sm:grid-cols-3">
            <Field label="Total" name="total" required error={error?.fields.total}>
              <Input
                mono
                prefix="$"
                inputMode="decimal"
                autoComplete="off"
                maxLength={40}
                value={total.total}
                onChange={(event) => set('total')(event.target.value)}
              />
            </Field>
            <Field label="First day" name="from" required error={error?.fields.from}>
              <Input type="date" value={total.from} onChange={(event) => set('from')(event.target.value)} />
            </Field>
            <Field label="Last day" name="through" required error={error?.fields.through}>
              <Input type="date" value={total.through} onChange={(event) => set('through')(event.target.value)} />
            </Field>
          </FieldRow>
        )}
        <div className="flex justify-end">
          <Button
            type="submit"
            variant="main"
            loading={working}
            disabled={kind === 'total' && Object.values(total).some((value) => value.trim() === '')}
          >
            Compare
          </Button>
        </div>
      </Form>
    </Card>
  )
}
