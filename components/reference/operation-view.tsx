import Link from 'next/link'
import type { ReactNode } from 'react'
import { CodeBlock, CodeTabs } from '#components/ui/code-block.tsx'
import { CopyText } from '#components/ui/copy-button.tsx'
import type { Content, OperationObject } from '#lib/reference/schema.ts'
import { Field, Fields } from './fields.tsx'
import { Method } from './method.tsx'
import { operationSnippets, type Place } from './snippets.ts'
import { Text } from './text.tsx'
import { accessWords, fieldsBelow, type Schemas, typeWords } from './words.ts'

/** Everything that the document says of one operation. */
export function OperationView({
  operation,
  place,
  schemas,
  listHref,
}: {
  operation: OperationObject
  place: Place
  schemas: Schemas
  listHref: string
}) {
  const { parameters = [], requestBody, responses } = operation
  const snippets = operationSnippets(operation, place)
  const [success, ...errors] = Object.entries(responses).sort(([a], [b]) => Number(a) - Number(b))
  const url = `${place.path.startsWith('/v1') ? place.gatewayUrl : place.studioUrl}${place.path.replace('{workspace}', place.workspace)}`
  return (
    <article className="grid min-w-0 gap-7" aria-labelledby="operation">
      <header className="grid min-w-0 gap-2">
        <Link href={listHref} className="link w-fit rounded-sm text-muted text-sm lg:hidden">
          All operations
        </Link>
        <h1 id="operation" className="min-w-0 break-words font-semibold text-xl tracking-[-0.015em]">
          {operation.summary}
        </h1>
        <p className="flex min-w-0 items-center gap-2 rounded-lg bg-surface-2 py-1 pr-1 pl-3">
          <Method method={place.method} />
          <CopyText text={url} what="the address" className="min-w-0 flex-1 justify-between text-sm" />
        </p>
        {operation.description && (
          <p className="max-w-[72ch]">
            <Text>{operation.description}</Text>
          </p>
        )}
        <p className="text-muted text-sm">{accessWords(operation.security)}</p>
      </header>

      {snippets.length > 0 ? (
        <Part title="Call it">
          <CodeTabs samples={snippets} label="The call" />
        </Part>
      ) : (
        <p className="text-muted text-sm">People do this in the studio. API keys are refused.</p>
      )}

      {parameters.length > 0 && (
        <Part title="Parameters">
          <ul className="divide-y border-y">
            {parameters.map(({ name, in: where, required, description, schema }) => (
              <li key={name} className="py-2.5">
                <Field
                  name={where === 'path' ? `{${name}}` : name}
                  field={{ ...schema, ...(description && { description }) }}
                  required={required}
                  schemas={schemas}
                />
              </li>
            ))}
          </ul>
        </Part>
      )}

      {requestBody && (
        <Part
          title="Body"
          detail={`${Object.keys(requestBody.content).join().replace('application/json', 'JSON')}${requestBody.required ? '' : '; may be left out'}`}
        >
          <ContentView content={requestBody.content} schemas={schemas} told="asked" />
        </Part>
      )}

      {success && (
        <Part title="Answer" detail={`Status ${success[0]}`}>
          <p className="max-w-[72ch] text-muted text-sm">
            <Text>{success[1].description}</Text>
          </p>
          {success[1].content && <ContentView content={success[1].content} schemas={schemas} told="answered" />}
        </Part>
      )}

      {errors.length > 0 && (
        <Part title="Errors">
          <dl className="divide-y border-y text-sm">
            {errors.map(([status, { description }]) => (
              <div key={status} className="grid grid-cols-[5ch_minmax(0,1fr)] items-baseline gap-3 py-2">
                <dt className="figures font-medium">{status}</dt>
                <dd className="flex min-w-0 flex-wrap gap-x-2 gap-y-1">
                  <Text>{description.replaceAll('`, `', '` `')}</Text>
                </dd>
              </div>
            ))}
          </dl>
        </Part>
      )}
    </article>
  )
}

function ContentView({ content, schemas, told }: { content: Content; schemas: Schemas; told: 'asked' | 'answered' }) {
  const json = content['application/json']
  if (!json?.schema) return null
  const { schema, example } = json
  const isObject = Object.keys(fieldsBelow(schema, schemas).properties).length > 0
  return (
    <div className="grid min-w-0 gap-3">
      {isObject ? (
        <div className="border-y">
          <Fields schema={schema} schemas={schemas} told={told} />
        </div>
      ) : (
        <p className="text-muted text-sm">{typeWords(schema)}</p>
      )}
      {example !== undefined && <CodeBlock code={JSON.stringify(example, null, 2)} label="an example" />}
    </div>
  )
}

function Part({ title, detail, children }: { title: string; detail?: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="grid min-w-0 gap-2.5">
      <h2 className="font-semibold">
        {title}
        {detail && <span className="ml-2 font-normal text-muted text-sm">{detail}</span>}
      </h2>
      {children}
    </section>
  )
}
