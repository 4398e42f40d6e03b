'use client'
import { Plus } from 'lucide-react'
import { useRef, useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { announce } from '#components/ui/announce.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card, CardBody, CardHeader } from '#components/ui/card.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Select } from '#components/ui/select.tsx'
import { toast } from '#components/ui/toast.ts'
import type { DeploymentConfig, RoutingRow, TriedContextView } from '#lib/deployments/schema.ts'
import { defaultVariant, moved, setDefault } from './edits.ts'
import { problemsAt } from './marks.ts'
import type { DeploymentParts } from './parts.ts'
import { RoutingRowForm } from './routing-row.tsx'
import { TryContext } from './try-context.tsx'

const rowsMax = 50

/** Which variant answers whom: rows of conditions from the top down, then the default. And a context to try it with. */
export function RoutingTab({ workspace, deployment, draft, marks, canWrite }: DeploymentParts) {
  const { config, edit } = draft
  const { rows } = config.routing
  const list = useRef<HTMLOListElement>(null)
  const [tried, setTried] = useState<TriedContextView>()
  const names = config.variants.map(({ name }) => name)
  const put = (next: RoutingRow[]) =>
    edit((now): DeploymentConfig => ({ ...now, routing: { ...now.routing, rows: next } }))

  function add() {
    put([
      ...rows,
      {
        conditions: [{ field: '', type: 'string', operator: 'equals', value: '' }],
        split: [{ variant: names.find((name) => name !== defaultVariant(config)) ?? names[0]!, percent: 100 }],
      },
    ])
    requestAnimationFrame(() => {
      const boxes = list.current?.querySelectorAll<HTMLElement>('[data-field=field] input')
      boxes?.[boxes.length - 1]?.focus()
    })
  }

  function remove(at: number) {
    put(rows.filter((_, place) => place !== at))
    toast(`Row ${at + 1} removed`, { action: { label: 'Undo', onClick: () => put([...rows]) } })
  }

  function move(at: number, by: -1 | 1) {
    put(moved(rows, at, by))
    announce(`Row ${at + 1} is now row ${at + by + 1}`)
    // The row keeps the keyboard.
    requestAnimationFrame(() =>
      list.current?.querySelector<HTMLElement>(`[data-place="routing.rows.${at + by}"] fieldset`)?.focus(),
    )
  }

  return (
    <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_400px]">
      <div className="grid min-w-0 gap-3">
        {names.length === 1 && (
          <Notice live={false}>
            There is one variant, “{names[0]}”, and it answers everybody. Add another one in the editor to lead some of
            the callers there.
          </Notice>
        )}
        <fieldset disabled={!canWrite} className="contents">
          <legend className="sr-only">Routing</legend>
          <ol ref={list} aria-label="Rows, from the top down" className="grid min-w-0 gap-3 empty:hidden">
            {rows.map((row, at) => (
              <li
                // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
                key={at}
                data-place={`routing.rows.${at}`}
                className="min-w-0"
              >
                <RoutingRowForm
                  row={row}
                  at={at}
                  variants={names}
                  isLast={at === rows.length - 1}
                  problemsOf={(path) => problemsAt(marks, `routing.rows.${at}.${path}`)}
                  sumProblem={marks.problems.find(({ path }) => path === `routing.rows.${at}.split`)?.message}
                  judged={tried?.version === 'draft' ? tried.rows[at] : undefined}
                  isTaken={tried?.version === 'draft' && tried.row === at}
                  onChange={(change) => put(rows.map((each, place) => (place === at ? { ...each, ...change } : each)))}
                  onMove={(by) => move(at, by)}
                  onRemove={() => remove(at)}
                />
              </li>
            ))}
          </ol>
          {rows.length < rowsMax && canWrite && (
            <Button className="w-fit" onClick={add}>
              <Plus aria-hidden="true" /> Row
            </Button>
          )}
          <Card>
            <CardHeader
              title={rows.length === 0 ? 'Everybody' : 'Everybody else'}
              detail={rows.length === 0 ? undefined : 'Where no row matches.'}
            />
            <CardBody>
              <Field label="Gets the variant" error={problemsAt(marks, 'routing.default')[0]} className="max-w-64">
                <Select
                  value={defaultVariant(config)}
                  onChange={(name) => edit((now) => setDefault(now, name))}
                  options={names.map((name) => ({ value: name, label: name }))}
                />
              </Field>
            </CardBody>
          </Card>
        </fieldset>
      </div>
      <TryContext workspace={workspace} deployment={deployment} config={config} onTried={setTried} />
    </div>
  )
}
