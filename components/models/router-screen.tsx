'use client'
import { useQuery } from '@tanstack/react-query'
import { ChevronDown, FlaskConical, Plug } from 'lucide-react'
import dynamic from 'next/dynamic'
import { parseAsString, useQueryStates } from 'nuqs'
import { useMemo } from 'react'
import { callApi } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { useCommands } from '#components/ui/commands.tsx'
import { Menu, MenuItem } from '#components/ui/menu.tsx'
import { PageBody, PageHeader } from '#components/ui/page-header.tsx'
import { TabLinks } from '#components/ui/tabs.tsx'
import type { ModelDraftView } from '#lib/models/schema.ts'
import { ModelTable } from './model-table.tsx'
import { RunningValidations } from './running-validations.tsx'

// Fetched when it is first opened: few visits to the list add a model.
const AddModelDialog = dynamic(() => import('./add-model.tsx').then((module) => module.AddModelDialog), { ssr: false })

export interface RouterScreenProps {
  workspace: string
  gatewayUrl: string
  canManage: boolean
  practice: readonly ModelDraftView[]
}

/** AI Router, Private Models. What is open stands in the address: `?add=openai`, `?add=practice`, `?copy=mdl_…`. */
export function RouterScreen({ workspace, gatewayUrl, canManage, practice }: RouterScreenProps) {
  const [open, setOpen] = useQueryStates({ add: parseAsString, copy: parseAsString })
  const add = () => void setOpen({ add: 'openai', copy: null })
  const addPractice = practice.length > 0 ? () => void setOpen({ add: 'practice', copy: null }) : undefined
  const close = () => void setOpen({ add: null, copy: null })

  const copied = useQuery({
    queryKey: ['model-draft', workspace, open.copy],
    queryFn: ({ signal }) =>
      callApi<ModelDraftView>(`/api/workspaces/${workspace}/models/${open.copy}/draft`, { signal }),
    enabled: canManage && open.copy !== null,
    gcTime: 0,
  })
  const start =
    open.copy !== null ? copied.data : open.add === 'practice' ? 'practice' : open.add !== null ? 'empty' : undefined

  // biome-ignore lint/correctness/useExhaustiveDependencies: the setters are stable
  const commands = useMemo(
    () =>
      canManage
        ? [
            { id: 'model.add', label: 'Add Model', hint: 'OpenAI compatible', group: 'Do', run: add },
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
          canManage ? (
            <Menu
              label="Add Model"
              trigger={
                <Button variant="main">
                  Add Model <ChevronDown aria-hidden="true" />
                </Button>
              }
            >
              <MenuItem icon={<Plug />} detail="Any server that speaks OpenAI’s API" onSelect={add}>
                OpenAI compatible
              </MenuItem>
              {addPractice && (
                <MenuItem icon={<FlaskConical />} detail="Runs here, costs nothing" onSelect={addPractice}>
                  Practice model
                </MenuItem>
              )}
            </Menu>
          ) : undefined
        }
      >
        Models your workspace can call, in code and by hand.
      </PageHeader>
      <RouterTabs workspace={workspace} />
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
    </PageBody>
  )
}

export function RouterTabs({ workspace }: { workspace: string }) {
  return (
    <TabLinks
      label="AI Router"
      className="mb-4"
      tabs={[
        { href: `/${workspace}/router`, label: 'Private Models' },
        { href: `/${workspace}/router/keys`, label: 'API Keys' },
      ]}
    />
  )
}
