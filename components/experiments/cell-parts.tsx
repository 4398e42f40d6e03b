'use client'
import { Badge } from '#components/ui/badge.tsx'
import { CopyText } from '#components/ui/copy-button.tsx'
import { Notice } from '#components/ui/notice.tsx'
import type { CellView, GridRowView } from '#lib/experiments/schema.ts'
import { AnswerText } from './answer-text.tsx'
import { Picture } from './grid-cell.tsx'

const toText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value, null, 2))

/** Inputs, conversation and expectation of a row, whole. */
export function RowAsked({ row }: { row: Pick<GridRowView, 'inputs' | 'messages' | 'expected'> }) {
  const inputs = Object.entries(row.inputs)
  return (
    <>
      {inputs.length > 0 && (
        <section className="grid gap-2">
          <h3 className="font-medium text-muted text-xs">Inputs</h3>
          <dl className="grid gap-1.5 text-sm">
            {inputs.map(([name, value]) => (
              <div key={name} className="grid gap-x-3 sm:grid-cols-[120px_minmax(0,1fr)]">
                <dt className="truncate text-faint">{name}</dt>
                <dd className="whitespace-pre-wrap wrap-anywhere">{toText(value)}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      {row.messages.length > 0 && (
        <section className="grid gap-2">
          <h3 className="font-medium text-muted text-xs">Messages</h3>
          <ol className="grid gap-1.5 text-sm">
            {row.messages.map((message, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a message is its place
              <li key={at} className="grid gap-x-3 sm:grid-cols-[120px_minmax(0,1fr)]">
                <span className="text-faint">{message.role}</span>
                <span className="whitespace-pre-wrap wrap-anywhere">{toText(message.content)}</span>
              </li>
            ))}
          </ol>
        </section>
      )}
      {row.expected !== null && row.expected !== undefined && (
        <section className="grid gap-2">
          <h3 className="font-medium text-muted text-xs">Expected</h3>
          <div className="text-sm">
            <AnswerText text={toText(row.expected)} />
          </div>
        </section>
      )}
    </>
  )
}

/** What came: words, calls of functions, pictures, or why nothing did. */
export function CellAnswer({ cell }: { cell: CellView }) {
  const { answer, error } = cell
  const failure = error && (
    <Notice tone="bad" live={false} title={<code>{error.code}</code>}>
      {error.message}
    </Notice>
  )
  if (!answer) return failure ?? <p className="text-faint">Nothing is answered yet.</p>
  return (
    <div className="grid min-w-0 gap-3">
      {failure}
      {answer.text && <AnswerText text={answer.text} />}
      {answer.toolCalls.map((call, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: calls have no other identity
        <div key={at} className="min-w-0 rounded-lg border">
          <p className="flex items-center gap-2 px-2.5 py-1.5 text-sm">
            <span className="text-faint text-xs">Calls</span>
            <span className="figures truncate font-medium">{call.name}</span>
          </p>
          <div className="border-t">
            <AnswerText text={call.arguments} />
          </div>
        </div>
      ))}
      {answer.images.length > 0 && (
        <div className="flex flex-wrap gap-2">
          {answer.images.map((image, at) => (
            <Picture
              // biome-ignore lint/suspicious/noArrayIndexKey: pictures have no other identity
              key={at}
              image={image}
              alt={`Picture ${at + 1} of the answer`}
              className="max-h-96 max-w-full rounded-lg border"
              elsewhere={
                <div className="min-w-0 text-sm">
                  <p className="text-muted">The server answered with an address, which is not loaded here.</p>
                  <CopyText text={image.url ?? ''} what="the address" />
                </div>
              }
            />
          ))}
        </div>
      )}
      {!answer.text && answer.toolCalls.length + answer.imageCount === 0 && (
        <p className="text-faint">The answer is empty.</p>
      )}
      {answer.cut && <Badge tone="warn">longer than what is kept</Badge>}
    </div>
  )
}
