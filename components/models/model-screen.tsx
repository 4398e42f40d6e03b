'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { MoreHorizontal } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { parseAsString, parseAsStringLiteral, useQueryState } from 'nuqs'
import { useEffect } from 'react'
import { callApi } from '#components/ui/api.ts'
import { Badge } from '#components/ui/badge.tsx'
import { Trail } from '#components/ui/breadcrumb.tsx'
import { Button } from '#components/ui/button.tsx'
import { Card, CardHeader } from '#components/ui/card.tsx'
import { CopyText } from '#components/ui/copy-button.tsx'
import { Count, Duration, Money, Share } from '#components/ui/figures.tsx'
import { JackText } from '#components/ui/jack.tsx'
import { KpiRow } from '#components/ui/kpi.tsx'
import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import { Tabs } from '#components/ui/tabs.tsx'
import { RelativeTime } from '#components/ui/time.tsx'
import type { ModelStats } from '#lib/analytics/schema.ts'
import type { ModelView } from '#lib/models/schema.ts'
import { statsQuery } from './api.ts'
import { CapabilityGrid } from './capability-card.tsx'
import { healthOf } from './health.ts'
import { ModelHistory } from './model-history.tsx'
import { ModelMenu } from './model-menu.tsx'
import { trafficOf } from './model-table.tsx'
import { CallIt } from './saved-panel.tsx'
import { TryIt } from './try-it.tsx'
import { useValidation } from './use-validation.ts'
import { ValidationList } from './validation-list.tsx'
import { ValidationPanel } from './validation-panel.tsx'
import { formatPrice, regionNames, typeNames } from './words.ts'

// Fetched when they are opened.
const EditModelDialog = dynamic(() => import('./edit-model.tsx').then((module) => module.EditModelDialog), {
  ssr: false,
})
const RotateKeyDialog = dynamic(() => import('./rotate-key.tsx').then((module) => module.RotateKeyDialog), {
  ssr: false,
})

export interface ModelScreenProps {
  workspace: string
  gatewayUrl: string
  initial: ModelView
  canManage: boolean
  canCall: boolean
}

const tabs = ['overview', 'try', 'validations', 'history'] as const

export function ModelScreen({ workspace, gatewayUrl, initial, canManage, canCall }: ModelScreenProps) {
  const router = useRouter()
  const queryClient = useQueryClient()
  const [tab, setTab] = useQueryState('tab', parseAsStringLiteral(tabs).withDefault('overview'))
  const [edit, setEdit] = useQueryState('edit', parseAsString)
  const [run, setRun] = useQueryState('run', parseAsString)
  const base = `/api/workspaces/${encodeURIComponent(workspace)}/models/${initial.id}`
  const query = useQuery({
    queryKey: ['model', workspace, initial.id],
    queryFn: ({ signal }) => callApi<ModelView>(base, { signal }),
    initialData: initial,
    refetchInterval: 30_000,
  })
  const model = query.data
  const stats = useQuery({
    ...statsQuery(workspace, [initial.id]),
    select: ({ items }) => items[0],
    refetchInterval: 15_000,
  })
  const checking = useValidation(workspace)
  const refresh = () => {
    void queryClient.invalidateQueries({ queryKey: ['model', workspace, initial.id] })
    void queryClient.invalidateQueries({ queryKey: ['validations', workspace, initial.id] })
    void queryClient.invalidateQueries({ queryKey: ['models', workspace] })
  }

  async function revalidate() {
    await checking.start({ modelId: model.id, patch: {} })
    refresh()
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: an address that asks for it starts it once
  useEffect(() => {
    if (run !== 'validation' || !canManage) return
    void setRun(null)
    void revalidate()
  }, [run])

  const health = healthOf(model.state, stats.data && trafficOf(stats.data))

  return (
    <PageBody>
      <Trail crumbs={[{ label: model.name }]} />
      <PageHeader
        title={model.name}
        aside={
          <>
            <JackText state={health.state}>{health.word}</JackText>
            {model.practice && <Badge tone="outline">practice</Badge>}
          </>
        }
        actions={
          canManage ? (
            <>
              {model.key && <Button onClick={() => void setEdit('key')}>Rotate key</Button>}
              <Button onClick={() => void setEdit('model')}>Edit</Button>
              <ModelMenu
                workspace={workspace}
                model={model}
                onChanged={() => {
                  refresh()
                  router.refresh()
                }}
                trigger={
                  <Button variant="quiet" aria-label="More actions" className="px-2">
                    <MoreHorizontal />
                  </Button>
                }
              />
            </>
          ) : undefined
        }
      >
        <span className="flex flex-wrap items-center gap-x-3 text-sm">
          <CopyText text={model.slug} what="the address" />
          <span className="figures break-all">{model.modelId}</span>
          <span className="figures break-all">{model.host}</span>
          <span>{regionNames[model.region]}</span>
        </span>
      </PageHeader>
      {model.description && <p className="mb-4 max-w-3xl text-pretty text-muted">{model.description}</p>}
      <Tabs
        label={model.name}
        value={tab}
        onChange={(next) => void setTab(next as (typeof tabs)[number])}
        tabs={[
          {
            id: 'overview',
            label: 'Overview',
            content: (
              <div className="grid gap-4">
                <KpiRow items={stats.data && kpis(stats.data)} />
                <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1.6fr)_minmax(0,1fr)]">
                  <Card className="overflow-hidden">
                    <CardHeader
                      title="Capability card"
                      detail={
                        model.validatedAt ? (
                          <>
                            validated <RelativeTime at={model.validatedAt} />
                          </>
                        ) : (
                          'not validated'
                        )
                      }
                      actions={
                        canManage ? (
                          <Button size="sm" loading={checking.running} onClick={() => void revalidate()}>
                            Run again
                          </Button>
                        ) : undefined
                      }
                    />
                    {checking.running || checking.validation?.status === 'failed' ? (
                      <ValidationPanel
                        validation={checking.validation}
                        type={model.type}
                        className="border-t px-4 py-3"
                      />
                    ) : (
                      <CapabilityGrid
                        card={model.capabilities}
                        type={model.type}
                        profile={model.profile}
                        className="border-t"
                      />
                    )}
                  </Card>
                  <Card className="px-4 py-4">
                    <CallIt workspace={workspace} gatewayUrl={gatewayUrl} model={model} canCreateKey={canCall} />
                  </Card>
                </div>
                <Settings model={model} />
              </div>
            ),
          },
          ...(canCall
            ? [
                {
                  id: 'try',
                  label: 'Try it',
                  content: (
                    <TryIt
                      workspace={workspace}
                      address={model.slug}
                      type={model.type}
                      height="min-h-96"
                      className="max-w-3xl"
                    />
                  ),
                },
              ]
            : []),
          {
            id: 'validations',
            label: 'Validations',
            content: <ValidationList workspace={workspace} modelId={model.id} type={model.type} />,
          },
          { id: 'history', label: 'History', content: <ModelHistory workspace={workspace} model={model} /> },
        ]}
      />
      {canManage && edit === 'model' && (
        <EditModelDialog
          workspace={workspace}
          model={model}
          onClose={() => void setEdit(null)}
          onSaved={(changed) => {
            queryClient.setQueryData(['model', workspace, initial.id], changed)
            refresh()
            if (changed.slug !== initial.slug)
              router.replace(`/${workspace}/router/models/${encodeURIComponent(changed.slug)}`)
          }}
        />
      )}
      {canManage && edit === 'key' && (
        <RotateKeyDialog workspace={workspace} model={model} onClose={() => void setEdit(null)} onRotated={refresh} />
      )}
    </PageBody>
  )
}

function kpis(stats: ModelStats) {
  const { figures, latency, firstByte } = stats
  const frequent = stats.errorCodes[0]
  return [
    {
      label: 'Calls, 24 h',
      value: <Count value={figures.requests} />,
      detail: stats.lastCallAt ? (
        <>
          last <RelativeTime at={stats.lastCallAt} />
        </>
      ) : (
        'none yet'
      ),
    },
    {
      label: 'Cost',
      value: <Money amount={figures.cost} />,
      detail: figures.unpriced > 0 ? `${figures.unpriced} unpriced` : figures.requests > 0 ? 'all priced' : '–',
    },
    {
      label: 'Tokens in / out',
      value: (
        <>
          <Count value={figures.inputTokens} compact /> / <Count value={figures.outputTokens} compact />
        </>
      ),
      detail:
        figures.inputTokens > 0 ? (
          <>
            <Share value={figures.cachedTokens / figures.inputTokens} /> cached
          </>
        ) : (
          '–'
        ),
    },
    {
      label: 'p95 latency',
      value: <Duration ms={latency?.p95Ms ?? null} />,
      detail: firstByte ? (
        <>
          first byte <Duration ms={firstByte.p95Ms} />
        </>
      ) : (
        '–'
      ),
    },
    {
      label: 'Errors',
      value: <Share value={figures.requests > 0 ? figures.errors / figures.requests : null} />,
      detail: frequent ? `${frequent.count} × ${frequent.code}` : 'none',
    },
  ]
}

const perMillion = (price: string | null) => (price === null ? 'unpriced' : `${formatPrice(price)} per 1M tokens`)

function Settings({ model }: { model: ModelView }) {
  const facts: [string, React.ReactNode][] = [
    ['Type', typeNames[model.type]],
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
          ends in <span className="figures">{model.key.lastFour}</span>, set <RelativeTime at={model.key.setAt} />
        </>
      ) : (
        'the server needs none'
      ),
    ],
    [
      'Aliases',
      model.aliases.length > 0 ? (
        <span key="aliases" className="figures break-all">
          {model.aliases.join(', ')}
        </span>
      ) : (
        'none'
      ),
    ],
    ['Max Tokens', <Count key="max" value={model.maxTokens} />],
    ['Temperature', model.temperature ?? 'the server’s own'],
    ...(model.type === 'image'
      ? ([['Price per image', formatPrice(model.imagePrice)]] as [string, React.ReactNode][])
      : ([
          ['Input price', perMillion(model.inputPrice)],
          ['Output price', perMillion(model.outputPrice)],
        ] as [string, React.ReactNode][])),
    [
      'Added',
      <>
        {model.addedBy && `by ${model.addedBy}, `}
        <RelativeTime at={model.createdAt} />
      </>,
    ],
  ]
  return (
    <Card className="overflow-hidden">
      <CardHeader title="Settings" />
      <dl className="grid border-t text-sm sm:grid-cols-2 lg:grid-cols-3">
        {facts.map(([label, value]) => (
          <div key={label} className="-mt-px -ml-px min-w-0 border-t border-l px-4 py-2.5">
            <dt className="text-muted text-xs">{label}</dt>
            <dd className="min-w-0 break-words">{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  )
}
