'use client'
import { Badge } from '#components/ui/badge.tsx'
import { cn } from '#components/ui/cn.ts'
import { formatNumber } from '#components/ui/format.ts'
import { Jack, JackText } from '#components/ui/jack.tsx'
import { RelativeTime } from '#components/ui/time.tsx'
import {
  type Capability,
  type CapabilityKey,
  type CapabilityCard as Card,
  capabilityLabels,
  type ModelType,
  type WireProfile,
} from '#lib/models/schema.ts'
import { hintKeys, jackOf, largeOf, parameterKeys, partsOf, partWords, verdictWords } from './capability-words.ts'

interface Opening {
  /** Opens the proof of a capability; without it the card is for reading. */
  onOpen?: ((key: CapabilityKey) => void) | undefined
}

const cellLines = '[&>*]:-mt-px [&>*]:-ml-px [&>*]:border-t [&>*]:border-l [&>*]:px-4 [&>*]:py-3'

/** What the model was shown to do: large above, parameters as one line of chips. */
export function CapabilityGrid({
  card,
  type,
  profile,
  columns = 3,
  className,
  onOpen,
}: {
  card: Card
  type: ModelType
  profile: WireProfile
  columns?: 2 | 3
  className?: string
} & Opening) {
  const parameters = parameterKeys.filter((key) => card.checks[key])
  const isDropped = (key: CapabilityKey) => hintKeys.includes(key) && profile.drop.includes(key)
  return (
    <div className={className}>
      <div className={cn('grid overflow-hidden', columns === 3 ? 'sm:grid-cols-2 lg:grid-cols-3' : 'sm:grid-cols-2')}>
        <div className={cn('contents', cellLines)}>
          {largeOf[type].map((key) => (
            <Cell key={key} card={card} name={key} onOpen={onOpen} />
          ))}
          {type === 'embedding' && (
            <Figure
              title="Vector"
              figure={card.dimensions}
              unit="dimensions"
              none="Its length is not known"
              detail="counted in an answer"
            />
          )}
          {type !== 'image' && (
            <Figure
              title="Context length"
              figure={card.contextTokens}
              unit="tokens"
              none="Not told by the server"
              detail="as the server or the form says"
            />
          )}
        </div>
      </div>
      {(parameters.length > 0 || profile.drop.length > 0 || card.checksKeys !== null) && (
        <div className="flex flex-wrap items-center gap-1.5 border-t px-4 py-3 text-muted text-xs">
          {parameters.length > 0 && <span className="mr-1">Parameters</span>}
          {parameters.map((key) => (
            <Chip key={key} name={key} found={card.checks[key]!} dropped={isDropped(key)} onOpen={onOpen} />
          ))}
          <span className="not-first:ml-1">
            {parameters.some((key) => card.checks[key]!.verdict === 'no' && isDropped(key)) &&
              'Dropped where refused. '}
            {card.checksKeys !== null &&
              (card.checksKeys ? 'The server checks its keys.' : 'This server does not check keys.')}
          </span>
        </div>
      )}
    </div>
  )
}

function Cell({ card, name, onOpen }: { card: Card; name: CapabilityKey } & Opening) {
  const found = card.checks[name]
  const verdict = found?.verdict ?? 'unknown'
  const parts = (partsOf[name] ?? []).filter((part) => card.checks[part])
  const label = (
    <JackText state={jackOf(found)} className="max-w-full font-medium">
      {capabilityLabels[name]}
    </JackText>
  )
  return (
    <div className={cn('group relative min-w-0', onOpen && 'transition-colors hover:bg-surface-2')}>
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        {onOpen ? (
          // The whole cell is its target.
          <button
            type="button"
            onClick={() => onOpen(name)}
            aria-label={`${capabilityLabels[name]}, ${verdictWords[verdict]}: show the proof`}
            className="rounded-sm text-left -outline-offset-2 after:absolute after:inset-0"
          >
            {label}
          </button>
        ) : (
          label
        )}
        {found?.pinned && <Badge tone="outline">pinned</Badge>}
      </p>
      <div className="mt-0.5 break-words text-muted text-xs">
        {found?.pinned && found.pin ? (
          <PinLine found={found} />
        ) : found?.lostAt && verdict === 'no' ? (
          <span className="text-bad">
            Was offered until <RelativeTime at={found.lostAt} />
            {found.detail && `: ${found.detail}`}
          </span>
        ) : (
          found?.detail || (verdict !== 'yes' ? sentence(verdictWords[verdict]) : parts.length === 0 && 'Shown to work')
        )}
      </div>
      {verdict === 'yes' && parts.length > 0 && (
        <div className="relative mt-1.5 flex flex-wrap gap-1">
          {parts.map((part) => (
            <Chip key={part} name={part} label={partWords[part]} found={card.checks[part]!} onOpen={onOpen} />
          ))}
        </div>
      )}
    </div>
  )
}

function PinLine({ found }: { found: Capability }) {
  if (!found.pin) return null
  return (
    <>
      {found.pin.reason || sentence(verdictWords[found.verdict])}
      <span className="block text-faint">
        Pinned by {found.pin.by}, <RelativeTime at={found.pin.at} />
        {found.found && found.found.verdict !== found.verdict && `; validation says ${found.found.verdict}`}
      </span>
    </>
  )
}

function Chip({
  name,
  label = capabilityLabels[name],
  found,
  dropped = false,
  onOpen,
}: { name: CapabilityKey; label?: string | undefined; found: Capability; dropped?: boolean } & Opening) {
  const { verdict } = found
  const lost = verdict === 'no' && found.lostAt !== undefined
  const words = `${verdictWords[verdict]}${dropped && verdict === 'no' ? ', dropped before sending' : ''}${found.pinned ? ', pinned' : ''}`
  const badge = (
    <Badge
      tone={lost ? 'bad' : verdict === 'yes' ? 'plain' : verdict === 'no' ? 'no' : 'outline'}
      title={verdict === 'yes' && !found.pinned ? undefined : found.detail || sentence(words)}
      className={cn(onOpen && 'group-hover/chip:inset-ring group-hover/chip:inset-ring-line-field')}
    >
      {lost && <Jack state="bad" className="size-3" />}
      {label}
      {verdict === 'unknown' && ' ?'}
      {verdict === 'ignored' && ' ~'}
      {found.pinned && <span aria-hidden="true"> ·</span>}
    </Badge>
  )
  if (!onOpen) return badge
  return (
    <button
      type="button"
      onClick={() => onOpen(name)}
      aria-label={`${label}, ${words}: show the proof`}
      className="group/chip relative -my-0.5 flex min-h-6 items-center rounded-sm"
    >
      {badge}
    </button>
  )
}

function Figure({
  title,
  figure,
  unit,
  none,
  detail,
}: {
  title: string
  figure: number | null
  unit: string
  none: string
  detail: string
}) {
  return (
    <div>
      <p className="font-medium text-sm">{title}</p>
      {figure === null ? (
        <p className="mt-0.5 text-muted text-xs">{none}</p>
      ) : (
        <p className="mt-0.5 text-muted text-xs">
          <span className="figures text-ink text-sm">{formatNumber(figure)}</span> {unit}, {detail}
        </p>
      )}
    </div>
  )
}

const sentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1)

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
        const found = card.checks[key] ?? { verdict: 'unknown' as const, detail: '', pinned: false }
        return key === 'reasoning' && found.verdict !== 'yes' ? null : (
          <Chip key={key} name={key} label={word} found={found} />
        )
      })}
    </span>
  )
}
