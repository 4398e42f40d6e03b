'use client'
import type { ReactNode } from 'react'
import { Badge } from '#components/ui/badge.tsx'
import { CodeBlock } from '#components/ui/code-block.tsx'
import { CopyButton } from '#components/ui/copy-button.tsx'
import { Count, Duration, Money } from '#components/ui/figures.tsx'
import { ExactTime } from '#components/ui/time.tsx'
import type { EvidenceView, ValidationView } from '#lib/models/schema.ts'
import { causeOf, curlOf, type Exchange, readRequest, spreadJson } from './evidence.ts'

const controls = { key: 'Negative control: a wrong key', model: 'Negative control: a made-up Model ID' } as const

/** One exchange as it was, without secrets: what it shows, what was sent, what came back. */
export function ExchangeView({ exchange, validation }: { exchange: Exchange; validation: ValidationView }) {
  const { evidence } = exchange
  const request = readRequest(evidence)
  const curl = curlOf(evidence, validation.baseUrl)
  return (
    <article className="grid min-w-0 content-start gap-4 px-5 py-4">
      <header className="grid gap-1.5">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <h3 className="font-semibold">{evidence.name}</h3>
          <StatusBadge status={evidence.status} />
          {evidence.control && <Badge tone="outline">{controls[evidence.control]}</Badge>}
        </div>
        <p className="max-w-prose text-pretty text-muted">{causeOf(exchange, validation)}</p>
      </header>
      <dl className="flex flex-wrap gap-x-8 gap-y-2 text-sm">
        <Figure label="First byte">
          <Duration ms={evidence.firstByteMs ?? null} />
        </Figure>
        <Figure label="Total">
          <Duration ms={evidence.ms} />
        </Figure>
        <Figure label="Tokens in / out">
          {evidence.inputTokens + evidence.outputTokens === 0 ? (
            <span className="text-faint">none told</span>
          ) : (
            <>
              <Count value={evidence.inputTokens} /> / <Count value={evidence.outputTokens} />
            </>
          )}
        </Figure>
        <Figure label="Cost">
          <Money amount={evidence.cost} />
        </Figure>
        <Figure label="At">
          <ExactTime at={evidence.at} />
        </Figure>
      </dl>
      <Side
        title="Request"
        aside={
          curl ? (
            <span className="inline-flex items-center gap-1">
              Copy as curl, without the key
              <CopyButton text={curl} what="the call as curl" />
            </span>
          ) : (
            'Too long to be kept whole'
          )
        }
        line={`${request.method} ${evidence.url ?? `${validation.baseUrl}${request.path}`}`}
        headers={evidence.requestHeaders}
      >
        {request.body && <CodeBlock code={request.body} label="Request body" wrap maxHeight={280} />}
      </Side>
      <Side
        title="Response"
        line={evidence.status === null ? 'No answer' : `Status ${evidence.status}`}
        headers={evidence.responseHeaders}
      >
        <CodeBlock
          code={spreadJson(evidence.response) ?? (evidence.response || '(empty)')}
          label="Response body"
          wrap
          maxHeight={320}
        />
      </Side>
    </article>
  )
}

export function StatusBadge({ status }: { status: EvidenceView['status'] }) {
  if (status === null) return <Badge tone="bad">no answer</Badge>
  return (
    <Badge tone={status < 300 ? 'ok' : status < 500 ? 'plain' : 'bad'} className="figures">
      {status}
    </Badge>
  )
}

function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-muted text-xs">{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Side({
  title,
  aside,
  line,
  headers,
  children,
}: {
  title: string
  aside?: ReactNode
  line: string
  headers: EvidenceView['requestHeaders']
  children: ReactNode
}) {
  return (
    <section aria-label={title} className="grid min-w-0 gap-1.5">
      <div className="flex min-h-6 flex-wrap items-center gap-x-3">
        <h4 className="font-medium text-sm">{title}</h4>
        {aside && <span className="ml-auto text-faint text-xs">{aside}</span>}
      </div>
      <div className="figures rounded-lg border px-3 py-2 text-xs">
        <p className="break-all">{line}</p>
        {headers?.map(({ name, value }) => (
          <p key={name} className="break-all text-muted">
            <span className="text-faint">{name}:</span> {value}
          </p>
        ))}
      </div>
      {children}
    </section>
  )
}
