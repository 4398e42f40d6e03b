'use client'
import dynamic from 'next/dynamic'
import { type ReactNode, useState } from 'react'
import { Button } from '#components/ui/button.tsx'
import { CodeBlock } from '#components/ui/code-block.tsx'
import { CopyButton } from '#components/ui/copy-button.tsx'
import { formatBytes } from '#components/ui/format.ts'
import { Notice } from '#components/ui/notice.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { ExactTime } from '#components/ui/time.tsx'
import type { PayloadView as Payload } from '#lib/metering/schema.ts'
import { LongText, MessageList, Pieces } from './message-list.tsx'
import { type AnswerShown, curlOf, type RequestShown, readAnswer, readRequest, spread } from './payload-read.ts'

// Fetched when it is first opened.
const RowDialog = dynamic(() => import('./row-dialog.tsx').then((module) => module.RowDialog), { ssr: false })

/** Of a body that is shown as it is; the whole can be copied. */
const rawMax = 100_000

/** Prompt and answer as people read them, or as they were sent. */
export function PayloadView({
  workspace,
  payload,
  endpoint,
  gatewayUrl,
}: {
  workspace: string
  payload: Payload
  endpoint: string
  gatewayUrl: string
}) {
  const [form, setForm] = useState<'read' | 'raw'>('read')
  const { request, answer, keptUntil } = payload
  const curl = curlOf(endpoint, gatewayUrl, request)
  const [saving, setSaving] = useState(false)
  const sent = readRequest(request.text, request.cut)
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <h2 className="mr-auto font-semibold">Prompt and answer</h2>
        {curl && (
          <span className="inline-flex items-center gap-0.5 text-muted text-xs">
            curl
            <CopyButton text={curl} what="the call as curl, without the key" />
          </span>
        )}
        {(sent.messages.length > 0 || sent.texts !== null) && !request.cut && (
          <Button size="sm" onClick={() => setSaving(true)}>
            Save as a row
          </Button>
        )}
        <Segmented
          size="sm"
          label="How they are shown"
          value={form}
          onChange={setForm}
          options={[
            { value: 'read', label: 'Read' },
            { value: 'raw', label: 'As sent' },
          ]}
        />
      </div>
      {form === 'read' ? (
        <div className="grid min-w-0 gap-4">
          <Side title="Prompt" text={request.text} cut={request.cut} bytes={request.bytes}>
            <RequestPieces shown={sent} />
          </Side>
          {answer ? (
            <Side title="Answer" text={answer.text} cut={answer.cut} bytes={answer.bytes}>
              <AnswerPieces shown={readAnswer(answer.text, answer)} />
            </Side>
          ) : (
            <p className="text-muted text-sm">The caller got no answer.</p>
          )}
        </div>
      ) : (
        <div className="grid min-w-0 gap-4">
          <Side title="Request body" text={request.text} cut={request.cut} bytes={request.bytes}>
            <Raw text={spread(request.text)} label="the request's body" />
          </Side>
          {answer ? (
            <Side
              title={answer.stream ? 'Stream' : 'Answer body'}
              text={answer.text}
              cut={answer.cut}
              bytes={answer.bytes}
            >
              <Raw text={answer.stream ? answer.text : spread(answer.text)} label="the answer" />
            </Side>
          ) : (
            <p className="text-muted text-sm">The caller got no answer.</p>
          )}
        </div>
      )}
      <p className="text-faint text-xs">
        Kept until <ExactTime at={keptUntil} />
      </p>
      {saving && (
        <RowDialog
          workspace={workspace}
          requestId={payload.requestId}
          answer={answer ? textOfAnswer(readAnswer(answer.text, answer)) : ''}
          onClose={() => setSaving(false)}
        />
      )}
    </>
  )
}

/** The words of an answer; empty where it has none. */
function textOfAnswer({ messages }: AnswerShown): string {
  return (messages[0]?.pieces ?? [])
    .map((piece) => (piece.kind === 'text' ? piece.text : piece.kind === 'json' ? piece.json : ''))
    .join('')
}

function Side({
  title,
  text,
  cut,
  bytes,
  children,
}: {
  title: string
  text: string
  cut: boolean
  bytes: number
  children: ReactNode
}) {
  return (
    <section aria-label={title} className="@container grid min-w-0 gap-1.5">
      <div className="flex min-h-6 items-center gap-1 border-b pb-1">
        <h3 className="mr-auto font-medium text-muted text-xs">{title}</h3>
        <span className="figures text-faint text-xs">{formatBytes(bytes)}</span>
        <CopyButton text={text} what={`the ${title.toLowerCase()} as it was sent`} />
      </div>
      {cut && (
        <Notice tone="warn" live={false}>
          Only the first 4 MB of {formatBytes(bytes)} are kept.
        </Notice>
      )}
      {children}
    </section>
  )
}

function Raw({ text, label }: { text: string; label: string }) {
  if (text.length <= rawMax) return <CodeBlock code={text} label={label} wrap maxHeight={480} />
  return (
    <>
      <CodeBlock code={text.slice(0, rawMax)} label={label} wrap maxHeight={480} />
      <p className="text-faint text-xs">The beginning; the button above copies all of it.</p>
    </>
  )
}

function RequestPieces({ shown }: { shown: RequestShown }) {
  if (shown.raw !== null) return <Raw text={shown.raw} label="the request's body" />
  const { messages, texts, tools, parameters } = shown
  return (
    <div className="grid min-w-0 gap-3">
      <MessageList messages={messages} />
      {texts && (
        <ol className="grid gap-2">
          {texts.texts.map((text, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a text stands at its place for good
            <li key={index} className="min-w-0">
              <LongText text={text} />
            </li>
          ))}
        </ol>
      )}
      {tools.length > 0 && (
        <details className="min-w-0 text-sm">
          <summary className="w-fit cursor-pointer rounded-sm text-muted">
            {tools.length === 1 ? '1 tool' : `${tools.length} tools`} offered
          </summary>
          <ul className="mt-2 grid gap-3">
            {tools.map(({ name, description, json }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: names may come twice
              <li key={index} className="grid min-w-0 gap-1">
                <p>
                  <span className="figures font-medium">{name}</span> <span className="text-muted">{description}</span>
                </p>
                <CodeBlock code={json} label={`the parameters of ${name}`} wrap maxHeight={240} />
              </li>
            ))}
          </ul>
        </details>
      )}
      {parameters.length > 0 && (
        <ul aria-label="Parameters" className="figures flex flex-wrap gap-1.5 text-xs">
          {parameters.map(({ name, json }) => (
            <li key={name} className="max-w-full truncate rounded-sm bg-surface-2 px-1.5 py-0.5" title={json}>
              <span className="text-faint">{name}</span> {json.length > 120 ? `${json.slice(0, 120)}…` : json}
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function AnswerPieces({ shown }: { shown: AnswerShown }) {
  const { messages, vectors, pictures, error, raw } = shown
  if (raw !== null) return <Raw text={raw} label="the answer" />
  return (
    <div className="grid min-w-0 gap-3">
      <MessageList messages={messages} numbered={messages.length > 1} />
      {vectors.length > 0 && (
        <ol className="figures grid gap-1 text-sm">
          {vectors.slice(0, 20).map(({ dimensions, first }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a vector stands at its place for good
            <li key={index} className="min-w-0 break-words">
              <span className="text-muted">{dimensions} dimensions</span> [
              {first.map((value) => value.toFixed(5)).join(', ')}
              {dimensions > first.length && ', …'}]
            </li>
          ))}
          {vectors.length > 20 && <li className="text-faint">and {vectors.length - 20} more</li>}
        </ol>
      )}
      {pictures.length > 0 && <Pieces pieces={pictures} />}
      {error && (
        <Notice tone="bad" live={false} title={error.code || 'Error'}>
          {error.message}
        </Notice>
      )}
    </div>
  )
}
