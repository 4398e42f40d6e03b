'use client'
import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { Button } from '#components/ui/button.tsx'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { Count, Duration, Money, Share } from '#components/ui/figures.tsx'
import { KpiRow } from '#components/ui/kpi.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { RelativeTime } from '#components/ui/time.tsx'
import type { CapabilityKey, HealthWindow, ModelHealth, ModelView } from '#lib/models/schema.ts'
import { CapabilityGrid } from './capability-card.tsx'
import { modelUsageQuery, validationQuery } from './model-queries.ts'
import { CallIt } from './saved-panel.tsx'
import { usageTiles } from './usage-tiles.tsx'
import type { useValidation } from './use-validation.ts'
import { checksDone } from './words.ts'

// The last of the page: fetched while the rest is read.
const ModelAddresses = dynamic(() => import('./model-addresses.tsx').then((module) => module.ModelAddresses), {
  ssr: false,
  loading: () => <Skeleton className="h-40 w-full rounded-xl" />,
})
const ModelSettings = dynamic(() => import('./model-settings.tsx').then((module) => module.ModelSettings), {
  ssr: false,
  loading: () => <Skeleton className="h-80 rounded-xl" />,
})

// Fetched when a validation runs or has failed.
const ValidationPanel = dynamic(() => import('./validation-panel.tsx').then((module) => module.ValidationPanel), {
  ssr: false,
  loading: () => <Skeleton className="h-96" />,
})

/** The day's figures, the capability card with its proof, the call, health, and the settings. */
export function ModelOverview({
  workspace,
  gatewayUrl,
  model,
  health,
  canManage,
  canCall,
  checking,
  onRun,
  onProof,
}: {
  workspace: string
  gatewayUrl: string
  model: ModelView
  health: ModelHealth | undefined
  canManage: boolean
  canCall: boolean
  checking: ReturnType<typeof useValidation>
  onRun: () => void
  onProof: (validationId: string, what: string) => void
}) {
  const usage = useQuery({ ...modelUsageQuery(workspace, model.id, '24h'), refetchInterval: 30_000 })
  const { validationId } = model
  return (
    <div className="grid gap-4">
      {!usage.isError && <KpiRow items={usage.data && usageTiles(usage.data, '24 h')} />}
      <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1.6fr)_minmax(0,1fr)]">
        <div className="grid min-w-0 gap-4">
          <Card className="overflow-hidden">
            <CardHeader
              title="Capability card"
              detail={
                model.validatedAt ? <CardDate workspace={workspace} model={model} canRead={canCall} /> : 'Not validated'
              }
              actions={
                canManage ? (
                  <Button size="sm" loading={checking.running} onClick={onRun}>
                    Run again
                  </Button>
                ) : undefined
              }
            />
            {checking.running || checking.validation?.status === 'failed' ? (
              <ValidationPanel validation={checking.validation} type={model.type} className="border-t px-4 py-3" />
            ) : (
              <CapabilityGrid
                card={model.capabilities}
                type={model.type}
                profile={model.profile}
                className="border-t"
                // Proof shows requests and answers: for developers and above.
                onOpen={
                  canCall && validationId !== null ? (key: CapabilityKey) => onProof(validationId, key) : undefined
                }
              />
            )}
          </Card>
          {health && health.hours24.requests > 0 && <HealthCard health={health} />}
        </div>
        <Card className="px-4 py-4">
          <CallIt workspace={workspace} gatewayUrl={gatewayUrl} model={model} canCreateKey={canCall} />
        </Card>
      </div>
      <ModelAddresses workspace={workspace} model={model} canManage={canManage} />
      <ModelSettings model={model} />
    </div>
  )
}

/** When the card was made, by how many checks, and what that cost. */
function CardDate({ workspace, model, canRead }: { workspace: string; model: ModelView; canRead: boolean }) {
  const { data } = useQuery({
    ...validationQuery(workspace, model.validationId ?? ''),
    enabled: canRead && model.validationId !== null,
    staleTime: 60_000,
    refetchInterval: ({ state }) => (state.data?.status === 'running' ? 2_000 : false),
  })
  // Saved before its card was whole: what is missing is not said to be known.
  if (data?.status === 'running')
    return (
      <>
        {checksDone(data)} of {data.checks.length} checks so far; the rest goes on by itself
      </>
    )
  return (
    <>
      Validated <RelativeTime at={model.validatedAt!} />
      {data && (
        <>
          , {checksDone(data)} checks, <Count value={data.calls} /> calls,{' '}
          <Money amount={data.limits.cost ? data.cost : null} />
        </>
      )}
    </>
  )
}

/** What traffic tells, beside what people set. */
function HealthCard({ health }: { health: ModelHealth }) {
  const windows: [string, HealthWindow][] = [
    ['5 minutes', health.minutes5],
    ['1 hour', health.hour1],
    ['24 hours', health.hours24],
  ]
  const head = 'border-b px-4 py-1.5 text-right font-medium'
  const cell = 'px-4 py-1.5 text-right'
  return (
    <Card className="overflow-hidden">
      <CardHeader
        title="Health"
        detail={
          health.firstByteMedianMs === null ? (
            'Failures of the server; callers’ mistakes and our own checks are left out.'
          ) : (
            <>
              Failures of the server, not callers’ mistakes. The usual first byte, over 7 days:{' '}
              <Duration ms={health.firstByteMedianMs} />
            </>
          )
        }
      />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls sideways on a small screen, so the keyboard can reach it */}
      <section aria-label="Health" tabIndex={0} className="overflow-x-auto border-t -outline-offset-2">
        <table className="w-full border-separate border-spacing-0 text-sm">
          <thead>
            <tr className="text-muted text-xs whitespace-nowrap">
              <th scope="col" className="border-b px-4 py-1.5 text-left font-medium">
                Last
              </th>
              <th scope="col" className={head}>
                Calls
              </th>
              <th scope="col" className={head}>
                Errors
              </th>
              <th scope="col" className={head}>
                First byte, median
              </th>
              <th scope="col" className={head}>
                p95
              </th>
            </tr>
          </thead>
          <tbody>
            {windows.map(([span, window]) => (
              <tr key={span}>
                <th scope="row" className="px-4 py-1.5 text-left font-normal whitespace-nowrap">
                  {span}
                </th>
                <td className={cell}>
                  <Count value={window.requests} />
                </td>
                <td className={cell}>
                  <Share value={window.errorRate} />
                </td>
                <td className={cell}>
                  <Duration ms={window.firstByteP50Ms} />
                </td>
                <td className={cell}>
                  <Duration ms={window.firstByteP95Ms} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Card>
  )
}
