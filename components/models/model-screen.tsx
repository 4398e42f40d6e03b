'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useRouter } from 'next/navigation'
import { parseAsString, parseAsStringLiteral, useQueryState } from 'nuqs'
import { type ReactNode, useEffect } from 'react'
import { callApi } from '#components/ui/api.ts'
import { Trail } from '#components/ui/breadcrumb.tsx'
import { PageBody } from '#components/ui/page-header.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { Tabs } from '#components/ui/tabs.tsx'
import { type ModelHealth, type ModelView, profileFieldsOf } from '#lib/models/schema.ts'
import { ModelHeader } from './model-header.tsx'
import { ModelOverview } from './model-overview.tsx'
import { healthQuery, usesQuery } from './model-queries.ts'
import { readProof, writeProof } from './proof.ts'
import { useValidation } from './use-validation.ts'
import { deviates } from './usual-profile.ts'

// Fetched when they are opened, and made in the browser alone: a part that wakes up later than its page may find its
// query answered, and would not fit what the server made of it.
const EditModelDialog = dynamic(() => import('./edit-model.tsx').then((module) => module.EditModelDialog), {
  ssr: false,
})
const RotateKeyDialog = dynamic(() => import('./rotate-key.tsx').then((module) => module.RotateKeyDialog), {
  ssr: false,
})
const KeyRefused = dynamic(() => import('./key-refused.tsx').then((module) => module.KeyRefused), { ssr: false })
const EvidenceViewer = dynamic(() => import('./evidence-viewer.tsx').then((module) => module.EvidenceViewer), {
  ssr: false,
})
const loading = () => <Skeleton className="h-96" />
const TryIt = dynamic(() => import('./try-it.tsx').then((module) => module.TryIt), {
  ssr: false,
  loading,
})
const ValidationList = dynamic(() => import('./validation-list.tsx').then((module) => module.ValidationList), {
  ssr: false,
  loading,
})
const ProfileTab = dynamic(() => import('./profile-tab.tsx').then((module) => module.ProfileTab), {
  ssr: false,
  loading,
})
const RoutingTab = dynamic(() => import('./routing.tsx').then((module) => module.RoutingTab), {
  ssr: false,
  loading,
})
const UsageTab = dynamic(() => import('./usage-tab.tsx').then((module) => module.UsageTab), {
  ssr: false,
  loading,
})
const UsesTab = dynamic(() => import('./uses-tab.tsx').then((module) => module.UsesTab), {
  ssr: false,
  loading,
})
const ModelHistory = dynamic(() => import('./model-history.tsx').then((module) => module.ModelHistory), {
  ssr: false,
  loading,
})

export interface ModelScreenProps {
  workspace: string
  gatewayUrl: string
  initial: ModelView
  initialHealth: ModelHealth | undefined
  canManage: boolean
  canCall: boolean
  /** Its budgets and limits, below its usage. */
  rules: ReactNode
}

const tabIds = ['overview', 'try', 'validations', 'profile', 'routing', 'usage', 'uses', 'history'] as const
type TabId = (typeof tabIds)[number]

/** One model: everything that is known of it, and everything that can be done with it. */
export function ModelScreen({
  workspace,
  gatewayUrl,
  initial,
  initialHealth,
  canManage,
  canCall,
  rules,
}: ModelScreenProps) {
  const router = useRouter()
  const queryClient = useQueryClient()
  const [tab, setTab] = useQueryState('tab', parseAsStringLiteral(tabIds).withDefault('overview'))
  const [edit, setEdit] = useQueryState('edit', parseAsString)
  const [run, setRun] = useQueryState('run', parseAsString)
  const [proof, setProof] = useQueryState('proof', parseAsString)
  const key = ['model', workspace, initial.id]
  const query = useQuery({
    queryKey: key,
    queryFn: ({ signal }) =>
      callApi<ModelView>(`/api/workspaces/${encodeURIComponent(workspace)}/models/${initial.id}`, { signal }),
    initialData: initial,
    refetchInterval: 30_000,
  })
  const model = query.data
  const health = useQuery({
    ...healthQuery(workspace, initial.id),
    ...(initialHealth && { initialData: { items: [initialHealth] } }),
    refetchInterval: 15_000,
  })
  const uses = useQuery(usesQuery(workspace, initial.id))
  const checking = useValidation(workspace)
  const shown = canCall ? readProof(proof) : null

  const refresh = () => {
    for (const name of ['model', 'validations', 'profile', 'routing', 'prices', 'uses', 'audit', 'model-health'])
      void queryClient.invalidateQueries({ queryKey: [name, workspace, initial.id] })
    void queryClient.invalidateQueries({ queryKey: ['models', workspace] })
  }
  const change = (changed: ModelView) => {
    queryClient.setQueryData(key, changed)
    refresh()
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

  const openProof = (validationId: string, what: string) =>
    void setProof(writeProof({ validationId, what }), { history: 'push' })
  const deviating = profileFieldsOf[model.type].filter((field) => deviates(field, model.profile)).length
  const tabs = [
    {
      id: 'overview',
      label: 'Overview',
      content: (
        <ModelOverview
          workspace={workspace}
          gatewayUrl={gatewayUrl}
          model={model}
          health={health.data}
          canManage={canManage}
          canCall={canCall}
          checking={checking}
          onRun={() => void revalidate()}
          onProof={openProof}
        />
      ),
    },
    canCall && {
      id: 'try',
      label: 'Try it',
      content: (
        <TryIt workspace={workspace} address={model.slug} type={model.type} height="min-h-96" className="max-w-3xl" />
      ),
    },
    canCall && {
      id: 'validations',
      label: 'Validations',
      content: (
        <ValidationList
          workspace={workspace}
          model={model}
          onRun={canManage ? () => void revalidate() : undefined}
          running={checking.running}
          onProof={openProof}
        />
      ),
    },
    {
      id: 'profile',
      label: 'Wire profile',
      ...(deviating > 0 && { count: deviating }),
      content: <ProfileTab workspace={workspace} model={model} canManage={canManage} onChanged={refresh} />,
    },
    {
      id: 'routing',
      label: 'Routing',
      content: <RoutingTab workspace={workspace} model={model} canManage={canManage} onChanged={refresh} />,
    },
    {
      id: 'usage',
      label: 'Usage',
      content: (
        <div className="grid gap-4">
          <UsageTab workspace={workspace} model={model} />
          {rules}
        </div>
      ),
    },
    {
      id: 'uses',
      label: 'Uses',
      ...(uses.data && { count: uses.data.items.length }),
      content: <UsesTab workspace={workspace} model={model} />,
    },
    {
      id: 'history',
      label: 'History',
      content: <ModelHistory workspace={workspace} model={model} canManage={canManage} onChanged={refresh} />,
    },
  ].filter((each) => each !== false)

  return (
    <PageBody>
      <Trail crumbs={[{ label: model.name }]} />
      <ModelHeader
        workspace={workspace}
        model={model}
        health={health.data}
        canManage={canManage}
        canCall={canCall}
        onEdit={(what) => void setEdit(what)}
        onChanged={() => {
          refresh()
          router.refresh()
        }}
      />
      <KeyRefused
        workspace={workspace}
        model={model}
        canManage={canManage}
        onRotate={() => void setEdit('key')}
        onChanged={refresh}
      />
      <Tabs
        label={model.name}
        value={tabs.some(({ id }) => id === tab) ? tab : 'overview'}
        onChange={(next) => void setTab(next as TabId, { history: 'push' })}
        tabs={tabs}
      />
      {shown && (
        <EvidenceViewer
          workspace={workspace}
          model={model}
          proof={shown}
          canPin={canManage}
          onMove={(what) => void setProof(writeProof({ ...shown, what }))}
          onClose={() => void setProof(null)}
          onPinned={change}
        />
      )}
      {canManage && edit === 'model' && (
        <EditModelDialog
          workspace={workspace}
          model={model}
          onClose={() => void setEdit(null)}
          onSaved={(changed) => {
            change(changed)
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
