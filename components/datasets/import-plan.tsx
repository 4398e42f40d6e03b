'use client'
import { Input } from '#components/ui/input.tsx'
import { Select } from '#components/ui/select.tsx'
import { Checkbox } from '#components/ui/toggles.tsx'
import type { ColumnType, CsvDelimiter, FilePlan, FilePreviewView } from '#lib/experiments/schema.ts'
import { RowErrors } from './row-errors.tsx'
import { toLine } from './values.ts'
import { typeOptions } from './words.ts'

const targets = [
  { value: 'input', label: 'Input column' },
  { value: 'expected', label: 'Expected' },
  { value: 'messages', label: 'Messages' },
  { value: 'skip', label: 'Leave out' },
]
const delimiters = [
  { value: ',', label: 'Comma' },
  { value: ';', label: 'Semicolon' },
  { value: '\t', label: 'Tab' },
  { value: '|', label: 'Bar' },
]
const formats = { csv: 'CSV', jsonl: 'JSON lines', json: 'JSON list' }
const shownMax = 5

/** What each field of the file becomes, and the first rows as they would be saved. */
export function ImportPlan({
  plan,
  preview,
  problems,
  busy,
  onChange,
  onLook,
  onCut,
}: {
  plan: FilePlan
  preview: FilePreviewView
  problems: Readonly<Record<string, string>>
  busy: boolean
  onChange: (plan: FilePlan) => void
  /** The file has to be read again, by this plan. */
  onLook: (plan: FilePlan) => void
  /** The file has to be read again, its lines cut so. */
  onCut: (cut: { delimiter: CsvDelimiter; header: boolean }) => void
}) {
  const change = (index: number, patch: Partial<FilePlan['fields'][number]>): FilePlan => ({
    ...plan,
    fields: plan.fields.map((field, at) => (at === index ? { ...field, ...patch } : field)),
  })
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 text-sm">
        <span>
          {formats[plan.format]} · {preview.rowsSeen} {preview.rowsSeen === 1 ? 'row' : 'rows'} looked at
        </span>
        {plan.format === 'csv' && (
          <>
            <span className="w-36">
              <Select
                size="sm"
                label="Between columns"
                value={plan.delimiter}
                onChange={(delimiter) => onCut({ delimiter: delimiter as CsvDelimiter, header: plan.header })}
                options={delimiters}
              />
            </span>
            <Checkbox
              label="The first line names the columns"
              checked={plan.header}
              disabled={busy}
              onChange={(header) => onCut({ delimiter: plan.delimiter, header })}
            />
          </>
        )}
        {plan.fields.some(({ to }) => to === 'messages') && (
          <Checkbox
            label="The assistant’s last message is what is expected"
            checked={plan.takeLast}
            disabled={busy}
            onChange={(takeLast) => onLook({ ...plan, takeLast })}
          />
        )}
      </div>
      <div className="overflow-x-auto rounded-xl border">
        <table className="w-full border-separate border-spacing-0 text-sm [&_td]:border-b [&_td]:px-3 [&_td]:py-1.5 [&_th]:border-b [&_th]:px-3 [&_th]:py-2 [&_th]:text-left [&_th]:font-medium [&_th]:text-muted [&_th]:text-xs [&_tr:last-child_td]:border-b-0">
          <thead>
            <tr>
              <th scope="col">In the file</th>
              <th scope="col">Becomes</th>
              <th scope="col">Column</th>
              <th scope="col">Type</th>
              <th scope="col">For example</th>
            </tr>
          </thead>
          <tbody>
            {plan.fields.map((field, index) => {
              const source = field.source || `field ${index + 1}`
              return (
                <tr key={field.source || index}>
                  <td className="figures max-w-48 truncate">{source}</td>
                  <td>
                    <span className="block w-36">
                      <Select
                        size="sm"
                        label={`What ${source} becomes`}
                        value={field.to}
                        onChange={(to) =>
                          onLook(
                            change(index, {
                              to: to as typeof field.to,
                              name: to === 'input' ? field.name || suggestName(field.source, index) : field.name,
                            }),
                          )
                        }
                        options={targets}
                      />
                    </span>
                  </td>
                  <td>
                    {field.to === 'input' ? (
                      <span className="grid gap-1">
                        <Input
                          mono
                          className="h-7 min-w-32"
                          aria-label={`Column for ${source}`}
                          aria-invalid={problems[`plan.fields.${index}.name`] !== undefined || undefined}
                          maxLength={64}
                          value={field.name}
                          onChange={(event) => onChange(change(index, { name: event.target.value }))}
                        />
                        {problems[`plan.fields.${index}.name`] && (
                          <span className="text-bad text-xs">{problems[`plan.fields.${index}.name`]}</span>
                        )}
                      </span>
                    ) : (
                      <span className="text-faint">–</span>
                    )}
                  </td>
                  <td>
                    {field.to === 'input' || field.to === 'expected' ? (
                      <span className="block w-28">
                        <Select
                          size="sm"
                          label={`Type of ${source}`}
                          value={field.type}
                          onChange={(type) => onLook(change(index, { type: type as ColumnType }))}
                          options={typeOptions}
                        />
                      </span>
                    ) : (
                      <span className="text-faint">–</span>
                    )}
                  </td>
                  <td className="max-w-72 truncate text-muted">
                    {preview.fields.find((seen) => seen.source === field.source)?.samples.join(' · ')}
                  </td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
      {preview.errors.length > 0 && <RowErrors errors={preview.errors} failed={preview.failed} tense="would be" />}
      {preview.rows.length > 0 && (
        <section aria-label="The first rows" className="min-w-0" aria-busy={busy}>
          <h3 className="mb-1.5 font-medium text-muted text-xs">The first rows, as they would be saved</h3>
          <ul className="divide-y rounded-xl border text-sm">
            {preview.rows.slice(0, shownMax).map((row) => (
              <li key={row.line} className="flex flex-wrap gap-x-4 gap-y-1 px-4 py-2">
                {Object.entries(row.inputs).map(([name, value]) => (
                  <Pair key={name} name={name} value={toLine(value)} />
                ))}
                {row.messages.length > 0 && <Pair name="messages" value={`${row.messages.length}`} />}
                <Pair name="expected" value={toLine(row.expected) || '–'} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
}

function Pair({ name, value }: { name: string; value: string }) {
  return (
    <span className="min-w-0 max-w-full truncate">
      <span className="figures text-faint text-xs">{name} </span>
      {value.slice(0, 200)}
    </span>
  )
}

/** `What is it?` as `what_is_it`. */
function suggestName(source: string, index: number): string {
  const name = source
    .split('.')
    .at(-1)!
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_-]+/gu, '_')
    .replace(/^[^\p{L}_]+|_+$/gu, '')
    .slice(0, 64)
  return name || `column_${index + 1}`
}
