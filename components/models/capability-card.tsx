import { Badge } from '#components/ui/badge.tsx'
import { cn } from '#components/ui/cn.ts'
import { formatNumber } from '#components/ui/format.ts'
import { JackText } from '#components/ui/jack.tsx'
import {
  type CapabilityKey,
  type CapabilityCard as Card,
  capabilityLabels,
  type ModelType,
  type WireProfile,
} from '#lib/models/schema.ts'
import { verdictJacks } from './words.ts'

const large: Readonly<Record<ModelType, readonly CapabilityKey[]>> = {
  chat: ['streaming', 'tools', 'json_schema', 'vision', 'reasoning'],
  completion: ['streaming'],
  embedding: ['embedding_base64', 'embedding_dimensions', 'embedding_batch'],
  image: ['image_b64', 'image_url'],
}

/** Verdicts that say more about a large one: shown as its detail. */
const parts: Partial<Record<CapabilityKey, readonly CapabilityKey[]>> = {
  streaming: ['stream_usage'],
  tools: ['tools_required', 'tools_named', 'tools_parallel', 'tools_streamed'],
  json_schema: ['json_object'],
}
const partWords: Partial<Record<CapabilityKey, string>> = {
  stream_usage: 'usage in streams',
  tools_required: 'required',
  tools_named: 'named',
  tools_parallel: 'parallel',
  tools_streamed: 'streamed',
  json_object: 'json_object',
}

const parameterKeys: readonly CapabilityKey[] = [
  'temperature',
  'stop',
  'seed',
  'logprobs',
  'n',
  'system_role',
  'developer_role',
]

const verdictWords = { no: 'not offered', ignored: 'accepted, not honoured', unknown: 'not decided' } as const

/** What the model was shown to do: large above, parameters as one line of chips. */
export function CapabilityGrid({
  card,
  type,
  profile,
  columns = 3,
  className,
}: {
  card: Card
  type: ModelType
  profile: WireProfile
  columns?: 2 | 3
  className?: string
}) {
  const cells = large[type].map((key) => <Cell key={key} card={card} name={key} />)
  const parameters = parameterKeys.filter((key) => card.checks[key])
  return (
    <div className={className}>
      <div className={cn('grid overflow-hidden', columns === 3 ? 'sm:grid-cols-2 lg:grid-cols-3' : 'sm:grid-cols-2')}>
        <div className="contents [&>*]:-mt-px [&>*]:-ml-px [&>*]:border-t [&>*]:border-l [&>*]:px-4 [&>*]:py-3">
          {cells}
          {type === 'embedding' && (
            <Fact
              title="Vector"
              detail={card.dimensions === null ? 'length not known' : `${formatNumber(card.dimensions)} dimensions`}
            />
          )}
          {type !== 'image' && (
            <Fact
              title="Context length"
              detail={
                card.contextTokens === null ? 'not told by the server' : `${formatNumber(card.contextTokens)} tokens`
              }
            />
          )}
        </div>
      </div>
      {(parameters.length > 0 || profile.drop.length > 0 || card.checksKeys !== null) && (
        <div className="flex flex-wrap items-center gap-1.5 border-t px-4 py-3 text-muted text-xs">
          {parameters.length > 0 && <span className="mr-1">Parameters</span>}
          {parameters.map((key) => {
            const verdict = card.checks[key]!.verdict
            return (
              <Badge
                key={key}
                tone={verdict === 'yes' ? 'plain' : verdict === 'no' ? 'no' : 'outline'}
                title={verdict === 'yes' ? undefined : verdictWords[verdict]}
              >
                {capabilityLabels[key]}
                {verdict === 'unknown' && ' ?'}
                {verdict === 'ignored' && ' ~'}
              </Badge>
            )
          })}
          {profile.drop.length > 0 && <span>Dropped before sending: {profile.drop.join(', ')}.</span>}
          {card.checksKeys !== null && (
            <span>{card.checksKeys ? 'The server checks its keys.' : 'This server does not check keys.'}</span>
          )}
        </div>
      )}
    </div>
  )
}

function Cell({ card, name }: { card: Card; name: CapabilityKey }) {
  const found = card.checks[name]
  const verdict = found?.verdict ?? 'unknown'
  const shown = (parts[name] ?? [])
    .filter((part) => card.checks[part]?.verdict === 'yes')
    .map((part) => partWords[part]!)
  const missing = (parts[name] ?? [])
    .filter((part) => card.checks[part]?.verdict === 'no')
    .map((part) => `no ${partWords[part]}`)
  const detail =
    verdict === 'yes'
      ? [found?.detail, ...shown, ...missing].filter(Boolean).join(', ')
      : found?.detail || verdictWords[verdict]
  return (
    <div>
      <JackText state={verdictJacks[verdict]} detail={<span className="block break-words text-muted">{detail}</span>}>
        {capabilityLabels[name]}
        {found?.pinned && <Badge tone="outline">pinned</Badge>}
      </JackText>
    </div>
  )
}

function Fact({ title, detail }: { title: string; detail: string }) {
  return (
    <div>
      <p className="text-sm">{title}</p>
      <p className="text-muted text-xs">{detail}</p>
    </div>
  )
}

/** The few words of a list row. */
export function CapabilityBadges({ card, type }: { card: Card; type: ModelType }) {
  if (type === 'embedding') {
    return (
      <span className="flex w-max max-w-[150px] flex-wrap gap-x-1 gap-y-0.5">
        {card.dimensions !== null && <Badge>{formatNumber(card.dimensions)} dims</Badge>}
        {card.checks.embedding_batch?.verdict === 'yes' && <Badge>batch</Badge>}
      </span>
    )
  }
  const keys: readonly [CapabilityKey, string][] =
    type === 'chat'
      ? [
          ['tools', 'tools'],
          ['json_schema', 'schema'],
          ['vision', 'vision'],
          ['reasoning', 'reasoning'],
        ]
      : type === 'completion'
        ? [['streaming', 'streaming']]
        : [
            ['image_b64', 'b64_json'],
            ['image_url', 'url'],
          ]
  return (
    <span className="flex w-max max-w-[150px] flex-wrap gap-x-1 gap-y-0.5">
      {keys.map(([key, word]) => {
        const verdict = card.checks[key]?.verdict ?? 'unknown'
        if (key === 'reasoning' && verdict !== 'yes') return null
        return (
          <Badge
            key={key}
            tone={verdict === 'yes' ? 'plain' : verdict === 'no' ? 'no' : 'outline'}
            title={verdict === 'yes' ? undefined : verdictWords[verdict]}
          >
            {word}
            {verdict === 'unknown' && ' ?'}
            {verdict === 'ignored' && ' ~'}
          </Badge>
        )
      })}
    </span>
  )
}
