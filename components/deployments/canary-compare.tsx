'use client'
import { useQuery } from '@tanstack/react-query'
import { Button } from '#components/ui/button.tsx'
import { Count, Duration, Money, Share } from '#components/ui/figures.tsx'
import { toMoneyView } from '#lib/core/money.ts'
import type { DeploymentView, EnvironmentView } from '#lib/deployments/schema.ts'
import { figuresQuery, passedShare } from './queries.ts'

/** The two versions of an environment beside each other, over the last day, and what becomes of the second. */
export function CanaryCompare({
  workspace,
  deployment,
  environment: { name, serves, canary },
  canWrite,
  busy,
  onPromote,
  onStop,
}: {
  workspace: string
  deployment: DeploymentView
  environment: EnvironmentView
  canWrite: boolean
  busy: boolean
  onPromote: () => void
  onStop: () => void
}) {
  const { data, error } = useQuery({
    ...figuresQuery(workspace, deployment.id, { range: '24h' }),
    refetchInterval: 10_000,
  })
  if (!canary) return null
  const rows = [serves!, canary.version].map((version) => ({
    version,
    figures: data?.byVersion.find(({ key }) => key === version),
  }))
  const isJudged = rows.some(({ figures }) => figures && figures.judged.of > 0)
  return (
    <div className="mt-3 rounded-lg bg-surface-2 p-3">
      <p className="text-sm">
        <span className="figures">{canary.percent}</span> % of the calls go to{' '}
        <span className="figures font-medium">{canary.version}</span>.
        <span className="text-faint"> Last 24 hours, all environments:</span>
      </p>
      {error && !data ? (
        <p className="mt-1 text-bad text-sm">The figures could not be loaded: {error.message}</p>
      ) : (
        <section
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what may scroll must be reachable by keyboard
          tabIndex={0}
          aria-label={`Versions in ${name}`}
          className="mt-2 overflow-x-auto rounded-sm"
        >
          <table className="w-full text-right text-sm">
            <caption className="sr-only">Canary in {name}</caption>
            <thead className="text-faint text-xs">
              <tr>
                <th scope="col" className="py-1 text-left font-normal">
                  Version
                </th>
                <th scope="col" className="font-normal">
                  Calls
                </th>
                <th scope="col" className="font-normal">
                  Errors
                </th>
                <th scope="col" className="font-normal">
                  p95
                </th>
                <th scope="col" className="font-normal">
                  Cost a call
                </th>
                {isJudged && (
                  <th scope="col" className="font-normal">
                    Passed
                  </th>
                )}
              </tr>
            </thead>
            <tbody>
              {rows.map(({ version, figures }, at) => (
                <tr key={version} className="border-t">
                  <th scope="row" className="py-1.5 text-left font-normal">
                    <span className="figures">{version}</span>
                    {at === 1 && <span className="text-faint text-xs"> canary</span>}
                  </th>
                  <td>
                    <Count value={figures?.requests ?? 0} />
                  </td>
                  <td>
                    <Share value={figures && figures.requests > 0 ? figures.errors / figures.requests : null} />
                  </td>
                  <td>
                    <Duration ms={figures?.latency?.p95Ms ?? null} />
                  </td>
                  <td>
                    {figures && figures.ok > 0 ? (
                      <Money
                        amount={
                          figures.unpriced > 0 ? null : toMoneyView(BigInt(figures.cost.nanoUsd) / BigInt(figures.ok))
                        }
                      />
                    ) : (
                      <span className="text-faint">–</span>
                    )}
                  </td>
                  {isJudged && (
                    <td title={figures && `${figures.judged.of} judgements of evaluators`}>
                      <Share value={passedShare(figures?.judged)} />
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
      {canWrite && (
        <div className="mt-3 flex flex-wrap gap-2">
          <Button size="sm" onClick={onPromote} disabled={busy}>
            Let {canary.version} serve all
          </Button>
          <Button size="sm" variant="quiet" onClick={onStop} disabled={busy}>
            Stop the canary
          </Button>
        </div>
      )}
    </div>
  )
}
