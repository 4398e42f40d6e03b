import { typeShort } from '#components/prompt/model-words.ts'
import { Badge } from '#components/ui/badge.tsx'
import { cn } from '#components/ui/cn.ts'
import { Count, Money, Share } from '#components/ui/figures.tsx'
import type { Column } from '#components/ui/table-columns.ts'
import { RelativeTime } from '#components/ui/time.tsx'
import type { UsageRow } from '#lib/analytics/schema.ts'
import type { DeploymentView, EnvironmentView } from '#lib/deployments/schema.ts'

export interface ListedDeployment extends DeploymentView {
  /** Of the last seven days. Null: nothing called it; undefined: not known. */
  recent: UsageRow | null | undefined
}

export const deploymentColumns: readonly Column<ListedDeployment>[] = [
  {
    id: 'key',
    label: 'Key',
    primary: true,
    sort: true,
    cell: ({ key, description }) => (
      <span className="block min-w-0 max-w-72">
        <span className="figures block truncate font-medium">{key}</span>
        {description && (
          <span className="block truncate text-faint text-xs" title={description}>
            {description}
          </span>
        )}
      </span>
    ),
  },
  { id: 'type', label: 'Type', cell: ({ type }) => typeShort[type] },
  {
    id: 'live',
    label: 'Live',
    cell: ({ environments }) => (
      <span className="flex flex-wrap gap-1 py-1">
        {environments.some(({ serves }) => serves !== null) ? (
          // Production first: it is the one that callers get who name none.
          environments.toReversed().map((each) => each.serves !== null && <Live key={each.name} environment={each} />)
        ) : (
          <span className="text-faint">nothing published</span>
        )}
      </span>
    ),
  },
  {
    id: 'models',
    label: 'Models',
    cell: ({ models }) => (
      <span className="block max-w-44 truncate" title={models.map(({ name }) => name).join(', ')}>
        {models.length === 0 ? (
          <span className="text-faint">none</span>
        ) : (
          models.map(({ id, name, state }, at) => (
            <span key={id} className={cn(state === 'disabled' && 'text-faint line-through')}>
              {at > 0 && ', '}
              {name}
            </span>
          ))
        )}
      </span>
    ),
  },
  {
    id: 'calls',
    label: 'Calls',
    unit: '7 days',
    kind: 'figure',
    cell: ({ recent }) => <Count value={recent === null ? 0 : (recent?.requests ?? null)} compact />,
  },
  {
    id: 'cost',
    label: 'Cost',
    unit: '7 days',
    kind: 'figure',
    cell: ({ recent }) =>
      recent ? (
        <Money amount={recent.unpriced > 0 && recent.cost.nanoUsd === '0' ? null : recent.cost} />
      ) : (
        <span className="text-faint">–</span>
      ),
  },
  {
    id: 'errors',
    label: 'Errors',
    unit: '7 days',
    kind: 'figure',
    cell: ({ recent }) => <Share value={recent && recent.requests > 0 ? recent.errors / recent.requests : null} />,
  },
  {
    id: 'draft',
    label: 'Draft saved',
    cell: ({ changed, draftSavedAt, draftSavedBy }) => (
      <span className="block">
        <RelativeTime at={draftSavedAt} />
        <span className="block max-w-36 truncate text-faint text-xs">
          {[draftSavedBy, changed ? 'not published' : 'published'].filter(Boolean).join(', ')}
        </span>
      </span>
    ),
  },
  {
    id: 'createdAt',
    label: 'Created',
    sort: true,
    hidden: true,
    cell: ({ createdAt }) => <RelativeTime at={createdAt} />,
  },
]

function Live({ environment: { name, serves, canary } }: { environment: EnvironmentView }) {
  return (
    <Badge tone={name === 'production' ? 'plain' : 'outline'}>
      {name} <span className="figures">{serves}</span>
      {canary && (
        <span className="figures text-ink" title={`${canary.percent} % of the calls go to ${canary.version}`}>
          → {canary.version}
        </span>
      )}
    </Badge>
  )
}
