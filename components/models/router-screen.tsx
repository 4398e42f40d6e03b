'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs'
import { useMemo } from 'react'
import { callApi } from '#components/ui/api.ts'
import { useCommands } from '#components/ui/commands.tsx'
import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import type { ModelDraftView } from '#lib/models/schema.ts'
import { AddMenu, type WayIn, waysIn } from './add-menu.tsx'
import { ModelTable } from './model-table.tsx'
import { RouterTabs } from './router-tabs.tsx'
import { RunningValidations } from './running-validations.tsx'

// Fetched when it is first opened: few visits to the list add a model.
const AddModelDialog = dynamic(() => import('./add-model.tsx').then((module) => module.AddModelDialog), { ssr: false })
const SeveralDialog = dynamic(() => import('./several-dialog.tsx').then((module) => module.SeveralDialog), {
  ssr: false,
})
const ImportDialog = dynamic(() => import('./import-dialog.tsx').then((module) => module.ImportDialog), { ssr: false })
// Shows what the server tells later anyway, and brings the dialog along.
const RunningIntakes = dynamic(() => import('./running-intakes.tsx').then((module) => module.RunningIntakes), {
  ssr: false,
})
const IntakeDialog = dynamic(() => import('./intake-progress.tsx').then((module) => module.IntakeDialog), {
  ssr: false,
})

export interface RouterScreenProps {
  workspace: string
  gatewayUrl: string
  canManage: boolean
  practice: readonly ModelDraftView[]
}

/** AI Router, Private Models. What is open stands in the address: `?add=openai`, `?add=litellm`, `?copy=mdl_…`, `?intake=itk_…`. */
export function RouterScreen({ workspace, gatewayUrl, canManage, practice }: RouterScreenProps) {
  const queryClient = useQueryClient()
  const [open, setOpen] = useQueryStates({
    add: parseAsStringLiteral(waysIn),
    copy: parseAsString,
    intake: parseAsString,
  })
  const pick = (way: WayIn) => void setOpen({ add: way, copy: null, intake: null })
  const add = () => pick('openai')
  const addPractice = practice.length > 0 ? () => pick('practice') : undefined
  const close = () => {
    void setOpen({ add: null, copy: null, intake: null })
    // What a closed dialog started goes on as a row of the list.
    void queryClient.invalidateQueries({ queryKey: ['intakes', workspace] })
  }

  const copied = useQuery({
    queryKey: ['model-draft', workspace, open.copy],
    queryFn: ({ signal }) =>
      callApi<ModelDraftView>(`/api/workspaces/${workspace}/models/${open.copy}/draft`, { signal }),
    enabled: canManage && open.copy !== null,
    gcTime: 0,
  })
  const start =
    open.copy !== null
      ? copied.data
      : open.add === 'practice'
        ? 'practice'
        : open.add === 'openai'
          ? 'empty'
          : undefined

  // biome-ignore lint/correctness/useExhaustiveDependencies: the setters are stable
  const commands = useMemo(
    () =>
      canManage
        ? [
            { id: 'model.add', label: 'Add Model', hint: 'OpenAI compatible', group: 'Do', run: add },
            {
              id: 'model.several',
              label: 'Add several models',
              hint: 'from one Base URL',
              group: 'Do',
              run: () => pick('several'),
            },
            { id: 'model.litellm', label: 'Import from LiteLLM config', group: 'Do', run: () => pick('litellm') },
            { id: 'model.file', label: 'Import models from a file', group: 'Do', run: () => pick('file') },
            ...(addPractice
              ? [{ id: 'model.practice', label: 'Add a practice model', group: 'Do', run: addPractice }]
              : []),
          ]
        : [],
    [canManage],
  )
  useCommands(commands)

  return (
    <PageBody full>
      <PageHeader
        title="AI Router"
        actions={
          canManage ? <AddMenu workspace={workspace} hasPractice={practice.length > 0} onPick={pick} /> : undefined
        }
      >
        Models your workspace can call, in code and by hand.
      </PageHeader>
      <RouterTabs workspace={workspace} />
      {canManage && <RunningIntakes workspace={workspace} onOpen={(intake) => void setOpen({ intake })} />}
      {canManage && <RunningValidations workspace={workspace} />}
      <ModelTable workspace={workspace} canManage={canManage} onAdd={add} onPractice={addPractice} />
      {canManage && start && (
        <AddModelDialog
          workspace={workspace}
          gatewayUrl={gatewayUrl}
          practice={practice}
          start={start}
          onClose={close}
        />
      )}
      {canManage && open.add === 'several' && (
        <SeveralDialog workspace={workspace} practice={practice} onClose={close} />
      )}
      {canManage && (open.add === 'litellm' || open.add === 'file') && (
        <ImportDialog key={open.add} workspace={workspace} source={open.add} onClose={close} />
      )}
      {canManage && open.intake !== null && <IntakeDialog workspace={workspace} id={open.intake} onClose={close} />}
    </PageBody>
  )
}
