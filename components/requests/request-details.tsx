import Link from 'next/link'
import type { ReactNode } from 'react'
import { Badge } from '#components/ui/badge.tsx'
import { type Fact, Facts } from '#components/ui/card.tsx'
import { CodeBlock } from '#components/ui/code-block.tsx'
import { CopyText } from '#components/ui/copy-button.tsx'
import { Duration, Money } from '#components/ui/figures.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { ExactTime, RelativeTime } from '#components/ui/time.tsx'
import type { RequestDetail } from '#lib/analytics/schema.ts'
import { CostLines } from './cost-lines.tsx'
import { FeedbackPart, type Reader } from './feedback-part.tsx'
import { PayloadPart } from './payload-part.tsx'
import { RuleUses, ruleHref } from './rule-uses.tsx'
import { ModelName, OutcomeBadge, Tokens } from './status.tsx'
import { TimelineBars } from './timeline-bars.tsx'
import { cacheWords, outcomeWords, sourceWords } from './words.ts'

/** Everything that the ledger holds of one request. */
export function RequestDetails({
  workspace,
  gatewayUrl,
  request,
  reader,
}: {
  workspace: string
  /** Ends in /v1. */
  gatewayUrl: string
  request: RequestDetail
  reader: Reader
}) {
  const { model, outcome, errorCode, errorMessage } = request
  const estimated = request.usageSource === 'estimated'
  return (
    <div className="grid min-w-0 gap-6">
      <header className="grid gap-1.5">
        <p className="flex flex-wrap items-center gap-2">
          <OutcomeBadge request={request} />
          <span className="min-w-0 font-medium">
            {model && !model.deleted && model.slug ? (
              <Link href={`/${workspace}/router/models/${model.slug}`} className="rounded-sm">
                <ModelName request={request} className="link" />
              </Link>
            ) : (
              <ModelName request={request} />
            )}
          </span>
        </p>
        <p className="text-muted text-sm">
          <ExactTime at={request.at} /> · <RelativeTime at={request.at} />
        </p>
      </header>

      {outcome !== 'ok' && (
        <Notice
          tone={outcomeWords[outcome].tone === 'bad' ? 'bad' : 'warn'}
          live={false}
          title={errorCode || outcomeWords[outcome].word}
          action={
            outcome === 'refused' &&
            request.rules[0] && (
              <Link href={ruleHref(workspace, request.rules[0].id)} className="link min-h-6 rounded-sm text-sm">
                {request.rules[0].kind === 'budget' ? 'The budget' : 'The limit'}
              </Link>
            )
          }
        >
          {errorMessage || outcomeWords[outcome].meaning}
        </Notice>
      )}

      <dl className="grid grid-cols-2 gap-x-4 gap-y-3 sm:grid-cols-4">
        <Figure label="Cost">
          <Money amount={request.priced ? request.cost : null} />
        </Figure>
        <Figure label="Tokens in / out">
          <Tokens count={request.inputTokens} estimated={estimated} /> /{' '}
          <Tokens count={request.outputTokens} estimated={estimated} />
        </Figure>
        <Figure label="Latency">
          <Duration ms={request.latencyMs} />
        </Figure>
        <Figure label="First byte">
          <Duration ms={request.firstByteMs} />
        </Figure>
      </dl>

      <PayloadPart workspace={workspace} gatewayUrl={gatewayUrl} request={request} />
      <Part title="Feedback">
        <FeedbackPart workspace={workspace} request={request} reader={reader} />
      </Part>
      <Part title="Where the time went">
        <TimelineBars request={request} />
      </Part>
      <Part title="Cost">
        <CostLines request={request} />
      </Part>
      {request.rules.length > 0 && (
        <Part title={outcome === 'refused' ? 'Turned away by' : 'Budgets and limits'}>
          <RuleUses workspace={workspace} rules={request.rules} />
        </Part>
      )}
      <Part title="Call">
        <Facts facts={callFacts(workspace, request)} />
      </Part>
      <details className="group min-w-0">
        <summary className="w-fit cursor-pointer rounded-sm font-semibold">Raw JSON</summary>
        <CodeBlock code={JSON.stringify(request, null, 2)} label="the record as JSON" className="mt-2" />
      </details>
    </div>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="grid min-w-0 gap-2.5">
      <h2 className="font-semibold">{title}</h2>
      {children}
    </section>
  )
}

function Figure({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-muted text-xs">{label}</dt>
      <dd className="figures text-lg">{children}</dd>
    </div>
  )
}

function callFacts(workspace: string, request: RequestDetail): Fact[] {
  const { actor, deployment, metadata } = request
  const list = `/${workspace}/requests`
  const facts: (Fact | false)[] = [
    { label: 'Request id', value: <CopyText text={request.id} what="the request id" /> },
    { label: 'Source', value: sourceWords[request.source] },
    {
      label: actor.kind === 'key' ? 'Key' : actor.kind === 'user' ? 'Person' : 'Job',
      value: actor.id ? (
        <Filtered href={`${list}?key=${encodeURIComponent(actor.id)}`}>{actor.label}</Filtered>
      ) : (
        'Patchbay'
      ),
    },
    request.address !== '' && { label: 'Asked for', value: <span className="figures">{request.address}</span> },
    {
      label: 'Endpoint',
      value: (
        <span className="figures">
          {request.endpoint}
          {request.stream && ', streamed'}
        </span>
      ),
    },
    request.adapted !== '' && {
      label: 'Adapted for the server',
      value: <Badges words={request.adapted.split(', ')} />,
    },
    request.cache !== null && { label: 'Cache', value: cacheWords[request.cache].meaning },
    request.finishReason !== '' && {
      label: 'Finish reason',
      value: <span className="figures">{request.finishReason}</span>,
    },
    { label: 'Usage', value: usageWords[request.usageSource] },
    request.usageFlags.length > 0 && { label: 'Remarks on usage', value: <Badges words={request.usageFlags} /> },
    request.upstreamRequestId !== '' && {
      label: "Server's request id",
      value: <CopyText text={request.upstreamRequestId} what="the server's request id" />,
    },
    deployment !== null && {
      label: 'Deployment',
      value: (
        <span className="flex flex-wrap gap-x-3">
          <Link
            href={`/${workspace}/deployments/${encodeURIComponent(deployment.id)}`}
            prefetch={false}
            className="link rounded-sm"
          >
            {deployment.key}
          </Link>
          <span>{[deployment.version, deployment.variant, deployment.environment].filter(Boolean).join(' · ')}</span>
        </span>
      ),
    },
    request.identity !== '' && {
      label: 'Identity',
      value: <Filtered href={`${list}?identity=${encodeURIComponent(request.identity)}`}>{request.identity}</Filtered>,
    },
    request.thread !== '' && {
      label: 'Thread',
      value: (
        <span className="flex flex-wrap gap-x-3">
          <Filtered href={`${list}?thread=${encodeURIComponent(request.thread)}`}>{request.thread}</Filtered>
          {request.payload.state === 'kept' && (
            <Link
              href={`${list}?thread=${encodeURIComponent(request.thread)}&view=conversation`}
              prefetch={false}
              className="link rounded-sm"
            >
              Read it as a conversation
            </Link>
          )}
        </span>
      ),
    },
    request.name !== '' && { label: 'Name', value: request.name },
    ...Object.entries(metadata).map(([key, value]) => ({
      label: `Metadata ${key}`,
      value: <span className="figures break-all">{value}</span>,
    })),
  ]
  return facts.filter((fact) => fact !== false)
}

const usageWords: Record<RequestDetail['usageSource'], string> = {
  provider: 'Told by the server',
  estimated: 'Estimated from the length of the texts',
  none: 'None',
}

function Filtered({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link href={href} prefetch={false} className="link rounded-sm" title="Show all requests with this">
      {children}
    </Link>
  )
}

function Badges({ words }: { words: readonly string[] }) {
  return (
    <span className="flex flex-wrap gap-1">
      {words.map((word) => (
        <Badge key={word} className="figures h-auto min-h-5 whitespace-normal break-all">
          {word}
        </Badge>
      ))}
    </span>
  )
}
