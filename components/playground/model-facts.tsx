import { Badge } from '#components/ui/badge.tsx'
import { Count } from '#components/ui/figures.tsx'
import { formatPrice } from '#components/ui/format.ts'
import type { CapabilityKey, ModelView } from '#lib/models/schema.ts'

const told: readonly [CapabilityKey, string][] = [
  ['tools', 'functions'],
  ['json_schema', 'JSON schema'],
  ['vision', 'vision'],
  ['reasoning', 'reasoning'],
  ['embedding_dimensions', 'dimensions'],
  ['embedding_batch', 'batches'],
]

/** What a column says of its model before it was asked anything. */
export function ModelFacts({ model }: { model: ModelView }) {
  const { checks, contextTokens } = model.capabilities
  const context = model.contextTokens ?? contextTokens
  const shown = told.filter(([key]) => ['yes', 'no'].includes(checks[key]?.verdict ?? ''))
  return (
    <div className="grid gap-2 text-muted text-sm">
      <p className="figures wrap-anywhere">{model.slug}</p>
      <p className="text-faint text-xs">{priceWords(model)}</p>
      {context !== null && (
        <p className="text-faint text-xs">
          <Count value={context} /> tokens of context
        </p>
      )}
      {shown.length > 0 && (
        <p className="flex flex-wrap gap-1">
          {shown.map(([key, word]) => (
            <Badge key={key} tone={checks[key]?.verdict === 'no' ? 'no' : 'plain'}>
              {word}
            </Badge>
          ))}
        </p>
      )}
    </div>
  )
}

function priceWords({ type, priced, inputPrice, outputPrice, imagePrice }: ModelView): string {
  if (!priced) return 'Unpriced'
  if (type === 'image') return `${formatPrice(imagePrice)} a picture`
  return `${formatPrice(inputPrice)} in${outputPrice === null ? '' : `, ${formatPrice(outputPrice)} out`} for 1M tokens`
}
