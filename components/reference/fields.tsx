import { Badge } from '#components/ui/badge.tsx'
import type { JsonSchema } from '#lib/reference/schema.ts'
import { Text } from './text.tsx'
import { allowedWords, boundWords, fieldsBelow, mayBeNull, refName, resolve, type Schemas, typeWords } from './words.ts'

const depthMax = 5

/** What is asked says what it needs; what is answered, what may be absent. */
type Told = 'asked' | 'answered'

/** The fields of an object, those below folded. Folding is the browser's own: no script. */
export function Fields({
  schema,
  schemas,
  told = 'asked',
  depth = 0,
  seen = [],
}: {
  schema: JsonSchema
  schemas: Schemas
  told?: Told
  depth?: number
  /** Names that are being shown above: a schema that holds itself is shown once. */
  seen?: readonly string[]
}) {
  const { properties, required } = fieldsBelow(schema, schemas)
  return (
    <ul className="min-w-0 divide-y">
      {Object.entries(properties).map(([name, field]) => (
        <li key={name} className="min-w-0 py-2.5">
          <Field name={name} field={field} required={required.includes(name)} schemas={schemas} told={told} />
          <Below field={field} schemas={schemas} told={told} depth={depth} seen={seen} name={name} />
        </li>
      ))}
    </ul>
  )
}

/** One field or parameter: its name, type, bounds and words. */
export function Field({
  name,
  field,
  required,
  schemas,
  told = 'asked',
}: {
  name: string
  field: JsonSchema
  required: boolean
  schemas: Schemas
  told?: Told
}) {
  const { description } = resolve(field, schemas)
  const words = allowedWords(field)
  const bounds = boundWords(field)
  return (
    <div className="grid min-w-0 gap-1">
      <p className="flex min-w-0 flex-wrap items-baseline gap-x-2 gap-y-0.5">
        <code className="figures break-all font-medium text-sm">{name}</code>
        <span className="text-muted text-sm">
          {typeWords(field)}
          {mayBeNull(field) && ' or null'}
        </span>
        {told === 'asked' && required && <Badge tone="outline">required</Badge>}
        {told === 'answered' && !required && <span className="text-faint text-xs">may be absent</span>}
        {bounds.length > 0 && <span className="text-faint text-xs">{bounds.join(', ')}</span>}
      </p>
      {description && (
        <p className="max-w-[72ch] text-muted text-sm">
          <Text>{description}</Text>
        </p>
      )}
      {words.length > 0 && <Words words={words} />}
    </div>
  )
}

function Words({ words }: { words: string[] }) {
  return (
    <p className="flex flex-wrap gap-1">
      {words.map((word) => (
        <code key={word} className="figures rounded-sm bg-surface-2 px-1 text-muted text-xs">
          {word === '' ? '""' : word}
        </code>
      ))}
    </p>
  )
}

function Below({
  field,
  schemas,
  told,
  depth,
  seen,
  name,
}: {
  field: JsonSchema
  schemas: Schemas
  told: Told
  depth: number
  seen: readonly string[]
  name: string
}) {
  const own = refName(field) ?? refName(field.items ?? {}) ?? ''
  const count = Object.keys(fieldsBelow(field, schemas).properties).length
  if (count === 0 || depth >= depthMax || (own !== '' && seen.includes(own))) return null
  return (
    <details className="mt-1.5 min-w-0">
      <summary className="w-fit cursor-pointer rounded-sm text-muted text-sm hover:text-ink">
        {count} {count === 1 ? 'field' : 'fields'} of <code className="figures">{name}</code>
      </summary>
      <div className="mt-1 ml-1 border-l pl-4">
        <Fields
          schema={field}
          schemas={schemas}
          told={told}
          depth={depth + 1}
          seen={own === '' ? seen : [...seen, own]}
        />
      </div>
    </details>
  )
}
