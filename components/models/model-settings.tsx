import type { ReactNode } from 'react'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { Count, Duration } from '#components/ui/figures.tsx'
import { formatPrice } from '#components/ui/format.ts'
import { RelativeTime } from '#components/ui/time.tsx'
import type { ModelView } from '#lib/models/schema.ts'

const perMillion = (price: string | null) => (price === null ? 'unpriced' : `${formatPrice(price)} per 1M tokens`)
const headers: Readonly<Record<string, string>> = { authorization: 'as a Bearer token' }
const timeoutWords = {
  connectMs: 'connect',
  firstByteMs: 'first byte',
  idleMs: 'idle',
  totalMs: 'total',
} as const

/** What was typed into the form, without its secrets. */
export function ModelSettings({ model }: { model: ModelView }) {
  const timeouts = Object.entries(model.timeouts) as [keyof typeof timeoutWords, number][]
  const facts: [string, ReactNode][] = [
    [
      'Base URL',
      <span key="url" className="figures break-all">
        {model.baseUrl}
      </span>,
    ],
    [
      'API key',
      model.key ? (
        <>
          {model.key.lastFour ? (
            <>
              ends in <span className="figures">{model.key.lastFour}</span>
            </>
          ) : (
            'set'
          )}
          , fingerprint <span className="figures">{model.key.fingerprint.slice(0, 6)}</span>,{' '}
          {headers[model.key.header] ?? `in ${model.key.header}`}, since <RelativeTime at={model.key.setAt} />
        </>
      ) : (
        'The server needs none'
      ),
    ],
    ...(model.type === 'chat' || model.type === 'completion'
      ? ([
          ['Max Tokens', model.maxTokens === null ? 'no bound of ours' : <Count key="max" value={model.maxTokens} />],
          ['Temperature', model.temperature ?? 'the server’s own'],
        ] as [string, ReactNode][])
      : []),
    ...(model.type === 'image'
      ? ([['Price per image', formatPrice(model.imagePrice)]] as [string, ReactNode][])
      : ([
          ['Input price', perMillion(model.inputPrice)],
          ...(model.cachedInputPrice === null ? [] : [['Cached input price', perMillion(model.cachedInputPrice)]]),
          ...(model.type === 'embedding' ? [] : [['Output price', perMillion(model.outputPrice)]]),
        ] as [string, ReactNode][])),
    ...(model.headerNames.length + model.queryNames.length > 0
      ? ([
          [
            'Sent along, sealed',
            <span key="sealed" className="figures break-all">
              {[...model.headerNames, ...model.queryNames.map((name) => `?${name}`)].join(', ')}
            </span>,
          ],
        ] as [string, ReactNode][])
      : []),
    ...(timeouts.length > 0
      ? ([
          [
            'Time limits',
            timeouts.map(([name, ms]) => (
              <span key={name} className="mr-3 whitespace-nowrap">
                {timeoutWords[name]} <Duration ms={ms} />
              </span>
            )),
          ],
        ] as [string, ReactNode][])
      : []),
    ...(model.ca ? ([['CA certificate', 'one of its own']] as [string, ReactNode][]) : []),
    ['Edited', <RelativeTime key="edited" at={model.updatedAt} />],
  ]
  return (
    <Card className="overflow-hidden">
      <CardHeader title="Settings" />
      <dl className="grid gap-px border-t text-sm sm:grid-cols-2 lg:grid-cols-3">
        {facts.map(([label, value]) => (
          <div key={label} className="min-w-0 px-4 py-2.5 shadow-[0_0_0_1px_var(--line)]">
            <dt className="text-muted text-xs">{label}</dt>
            <dd className="min-w-0 break-words">{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}
