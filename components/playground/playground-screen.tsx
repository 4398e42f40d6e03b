'use client'
import { useQueries, useQueryClient } from '@tanstack/react-query'
import { Eraser, MoreHorizontal, Plus } from 'lucide-react'
import dynamic from 'next/dynamic'
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react'
import { promptVariables } from '#components/prompt/body.ts'
import { ModelPicker } from '#components/prompt/model-picker.tsx'
import { promptModelQuery } from '#components/prompt/model-queries.ts'
import { promptProblem } from '#components/prompt/problems.ts'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { cn } from '#components/ui/cn.ts'
import { useCommands } from '#components/ui/commands.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Menu, MenuItem } from '#components/ui/menu.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { TabList, tabIds } from '#components/ui/tab-list.tsx'
import { toast } from '#components/ui/toast.ts'
import type { ModelType, ModelView } from '#lib/models/schema.ts'
import { ColumnView } from './column.tsx'
import { Composer } from './composer.tsx'
import { canReply, marksOf, type Turn, toMessages } from './conversation.ts'
import { pictureCost } from './picture-cost.ts'
import { PromptPanel } from './prompt-panel.tsx'
import { RunBar } from './run-bar.tsx'
import { type Column, columnsMax, isBlank, newColumn, type Setup, withoutEmpty } from './setup.ts'
import { type FirstModels, usePlayground } from './use-playground.ts'
import { useRuns } from './use-runs.ts'

const CodeDialog = dynamic(() => import('./code-dialog.tsx').then((module) => module.CodeDialog), { ssr: false })
const ColumnDialog = dynamic(() => import('./column-dialog.tsx').then((module) => module.ColumnDialog), { ssr: false })

const types: readonly { value: ModelType; label: string }[] = [
  { value: 'chat', label: 'Chat' },
  { value: 'completion', label: 'Completion' },
  { value: 'embedding', label: 'Embedding' },
  { value: 'image', label: 'Image' },
]

export interface PlaygroundScreenProps {
  workspace: string
  gatewayUrl: string
  /** The draft's, of this person in this workspace. */
  draftKey: string
  firstModels: FirstModels
  type: ModelType
  /** A model that the address names. */
  wanted?: ModelView | undefined
}

/** One prompt, up to four models side by side, every call through the gateway. */
export function PlaygroundScreen({
  workspace,
  gatewayUrl,
  draftKey,
  firstModels,
  type: firstType,
  wanted,
}: PlaygroundScreenProps) {
  const { type, setup, change, setType, replace, clear } = usePlayground(draftKey, firstModels, {
    type: firstType,
    wanted,
  })
  const runs = useRuns(workspace)
  const { columns } = setup
  const base = useId()
  const [shown, setShown] = useState('prompt')
  const [open, setOpen] = useState<'code' | { column: string }>()
  const [problem, setProblem] = useState<string>()
  const [missing, setMissing] = useState<readonly string[]>([])
  const panel = useRef<HTMLDivElement>(null)

  const found = useQueries({
    queries: columns.map(({ model }) => ({
      ...promptModelQuery(workspace, model),
      initialData: [wanted, firstModels[type]].find((each) => each?.slug === model),
    })),
  })
  const queryClient = useQueryClient()
  const modelOf = (index: number) => found[index]?.data
  /** A model that was chosen is known already. */
  const know = (model: ModelView) => queryClient.setQueryData(promptModelQuery(workspace, model.slug).queryKey, model)
  const models = found.flatMap(({ data }) => (data ? [data] : []))
  const tab = shown === 'prompt' || columns.some(({ key }) => key === shown) ? shown : 'prompt'

  function edit(part: Partial<Setup>) {
    setProblem(undefined)
    if (part.variables || part.messages || part.prompt !== undefined) setMissing([])
    change(part)
  }

  /** Why nothing is asked yet; the first place to mend takes the focus. */
  function findProblem(): string | undefined {
    const focus = (selector: string) => panel.current?.querySelector<HTMLElement>(selector)?.focus()
    if (columns.length === 0) return 'Choose a model first.'
    if (isBlank(setup)) {
      setShown('prompt')
      requestAnimationFrame(() => focus(type === 'chat' ? '[aria-label^="User message"]' : 'textarea'))
      return 'Write something first.'
    }
    const lacking = promptVariables(setup).filter((name) => (setup.variables[name] ?? '').trim() === '')
    setMissing(lacking)
    if (lacking[0] !== undefined) {
      setShown('prompt')
      requestAnimationFrame(() => focus(`[data-field="${CSS.escape(lacking[0]!)}"] textarea`))
      return lacking.length === 1 ? 'A variable is empty.' : `${lacking.length} variables are empty.`
    }
    return promptProblem({ ...setup, messages: withoutEmpty(setup.messages) })
  }

  function run() {
    const wrong = findProblem()
    setProblem(wrong)
    if (wrong) return
    for (const column of columns) void ask(column, [])
    if (tab === 'prompt' && columns[0]) setShown(columns[0].key)
  }

  /** Asks once the model is known; the column says where it cannot be. */
  async function ask(column: Column, turns: readonly Turn[]) {
    const query = promptModelQuery(workspace, column.model)
    const model =
      queryClient.getQueryData<ModelView>(query.queryKey) ??
      (await queryClient.fetchQuery(query).catch(() => undefined))
    if (model) runs.ask(column, model, setup, turns)
  }

  const goOn = (column: Column, more: readonly Turn[]) => void ask(column, [...runs.turnsOf(column.key), ...more])

  function reply(text: string) {
    for (const column of columns) if (canReply(runs.turnsOf(column.key))) goOn(column, [{ kind: 'reply', text }])
  }

  function setColumn(at: number, part: Partial<Column>) {
    const column = columns[at]!
    if (part.model !== undefined) runs.forget(column.key)
    change({ columns: columns.map((each, place) => (place === at ? { ...each, ...part } : each)) })
  }

  function startAnew() {
    const before = setup
    runs.forget()
    clear()
    setProblem(undefined)
    setMissing([])
    toast('The prompt is empty', { action: { label: 'Undo', onClick: () => replace(before) } })
  }

  function adopt(column: Column) {
    const before = setup
    runs.forget()
    change({ messages: [...setup.messages, ...toMessages(runs.turnsOf(column.key)), { role: 'user', content: '' }] })
    setShown('prompt')
    toast('The conversation is the prompt now', { action: { label: 'Undo', onClick: () => replace(before) } })
  }

  function onKeyDown(event: KeyboardEvent<HTMLElement>) {
    if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return
    const target = event.target as HTMLElement
    // Portals bubble through React: a dialog has keys of its own, and so have the reply and the results.
    if (!event.currentTarget.contains(target) || target.closest('[data-own-keys]')) return
    event.preventDefault()
    event.stopPropagation()
    latest.current.run()
  }

  const latest = useRef({ run, stop: runs.stop, isRunning: runs.isRunning, startAnew })
  latest.current = { run, stop: runs.stop, isRunning: runs.isRunning, startAnew }
  useEffect(() => {
    function onEscape(event: globalThis.KeyboardEvent) {
      if (event.key !== 'Escape' || event.defaultPrevented || !latest.current.isRunning) return
      if (document.querySelector('[role=dialog], [role=menu], [role=listbox]')) return
      latest.current.stop()
    }
    document.addEventListener('keydown', onEscape)
    return () => document.removeEventListener('keydown', onEscape)
  }, [])

  useCommands(
    useMemo(
      () => [
        { id: 'playground.run', label: 'Run the prompt', group: 'Do', keys: '⌘↵', run: () => latest.current.run() },
        { id: 'playground.code', label: 'Copy the call as code', group: 'Do', run: () => setOpen('code') },
        { id: 'playground.new', label: 'Start anew', group: 'Do', run: () => latest.current.startAnew() },
      ],
      [],
    ),
  )

  const marks = marksOf(new Map(columns.map(({ key }) => [key, runs.turnsOf(key)])))
  const cost = type === 'image' ? pictureCost(models, columns, setup.parameters) : undefined
  const canAdd = columns.length < columnsMax
  const add = (model: ModelView) => {
    know(model)
    const column = newColumn(model.slug)
    change({ columns: [...columns, column] })
    if (tab !== 'prompt') setShown(column.key)
  }
  const adder = (
    <ModelPicker
      workspace={workspace}
      type={type}
      taken={columns.map(({ model }) => model)}
      label="Add a model to compare"
      onChoose={add}
      trigger={
        <IconButton label="Add a model to compare">
          <Plus strokeWidth={1.75} />
        </IconButton>
      }
    />
  )

  const runBar = (
    <RunBar
      isRunning={runs.isRunning}
      problem={problem}
      cost={cost}
      onRun={run}
      onStop={() => runs.stop()}
      onCode={() => setOpen('code')}
    />
  )

  return (
    <div
      onKeyDownCapture={onKeyDown}
      className="flex min-h-[calc(100dvh-48px)] min-w-0 flex-col lg:grid lg:h-[calc(100dvh-48px)] lg:min-h-0 lg:grid-cols-[minmax(340px,400px)_minmax(0,1fr)]"
    >
      <div className="flex items-center border-b pr-2 pl-4 lg:hidden">
        <TabList
          base={base}
          label="Prompt and models"
          value={tab}
          onChange={setShown}
          items={[
            { id: 'prompt', label: 'Prompt' },
            ...columns.map(({ key, model }, index) => ({ id: key, label: modelOf(index)?.name ?? model })),
          ]}
          className="flex min-w-0 flex-1 gap-4 overflow-x-auto [scrollbar-width:none]"
          tabClassName="relative h-11 max-w-40 shrink-0 truncate font-medium text-muted text-sm whitespace-nowrap -outline-offset-2 after:absolute after:inset-x-0 after:bottom-0 after:h-0.5 hover:text-ink data-[state=active]:text-ink data-[state=active]:after:bg-ink"
        />
        {canAdd && adder}
      </div>
      <div
        ref={panel}
        id={tabIds(base, 'prompt').panel}
        className={cn('flex min-h-0 min-w-0 flex-1 flex-col lg:border-r', tab !== 'prompt' && 'max-lg:hidden')}
      >
        <header className="grid gap-3 border-b px-4 py-3">
          <div className="flex items-center">
            <h1 className="flex-1 font-semibold text-lg tracking-[-0.01em]">Playground</h1>
            <Menu
              label="Playground"
              trigger={
                <Button variant="quiet" size="sm" aria-label="More actions" className="w-7 px-0">
                  <MoreHorizontal />
                </Button>
              }
            >
              <MenuItem icon={<Eraser aria-hidden="true" />} onSelect={startAnew}>
                Start anew
              </MenuItem>
            </Menu>
          </div>
          <Segmented
            label="Type of the models"
            size="sm"
            fill
            value={type}
            options={types}
            onChange={(next) => {
              runs.forget()
              setProblem(undefined)
              setMissing([])
              setType(next)
            }}
          />
        </header>
        <div className="flex min-h-0 flex-1 flex-col overflow-y-auto">
          <PromptPanel key={type} setup={setup} onChange={edit} models={models} missing={missing} />
        </div>
        {runBar}
      </div>
      <div className={cn('flex min-h-0 min-w-0 flex-1 flex-col', tab === 'prompt' && 'max-lg:hidden')}>
        <div className="flex min-h-0 flex-1 overflow-x-auto">
          {columns.map((column, index) => (
            <div
              key={column.key}
              id={tabIds(base, column.key).panel}
              className={cn(
                'flex min-h-0 min-w-0 flex-1 lg:min-w-72 lg:border-r',
                tab !== column.key && 'max-lg:hidden',
              )}
            >
              <ColumnView
                workspace={workspace}
                type={type}
                model={modelOf(index)}
                missing={missingWords(found[index]?.error)}
                slug={column.model}
                taken={columns.map(({ model }) => model)}
                turns={runs.turnsOf(column.key)}
                marks={marks.get(column.key) ?? {}}
                hasOwnParameters={column.parameters !== null}
                onChoose={(model) => {
                  know(model)
                  setColumn(index, { model: model.slug })
                }}
                onRemove={
                  columns.length > 1
                    ? () => {
                        runs.forget(column.key)
                        change({ columns: columns.filter(({ key }) => key !== column.key) })
                      }
                    : undefined
                }
                onSettings={() => setOpen({ column: column.key })}
                onRetry={() => void ask(column, runs.turnsOf(column.key).slice(0, -1))}
                onStop={() => runs.stop(column.key)}
                onResults={(results) => goOn(column, results)}
                onAdopt={type === 'chat' ? () => adopt(column) : undefined}
                className="flex-1"
              />
            </div>
          ))}
          {canAdd && <div className="w-12 shrink-0 pt-2 text-center max-lg:hidden">{adder}</div>}
        </div>
        {type === 'chat' && (
          <Composer
            count={columns.filter(({ key }) => canReply(runs.turnsOf(key))).length}
            of={columns.length}
            onSend={reply}
          />
        )}
        <div className="lg:hidden">{runBar}</div>
      </div>
      {open === 'code' && (
        <CodeDialog
          gatewayUrl={gatewayUrl}
          setup={{ ...setup, messages: withoutEmpty(setup.messages) }}
          columns={columns.flatMap((column, index) => {
            const model = modelOf(index)
            return model ? [{ column, model }] : []
          })}
          onClose={() => setOpen(undefined)}
        />
      )}
      {typeof open === 'object' && (
        <ColumnDialog
          setup={setup}
          column={columns.find(({ key }) => key === open.column)}
          model={modelOf(columns.findIndex(({ key }) => key === open.column))}
          onChange={(parameters) =>
            setColumn(
              columns.findIndex(({ key }) => key === open.column),
              { parameters },
            )
          }
          onClose={() => setOpen(undefined)}
        />
      )}
    </div>
  )
}

function missingWords(error: Error | null | undefined): string | undefined {
  if (!error) return undefined
  return error instanceof ApiError && error.status === 404
    ? 'There is no such model any more. Choose another one.'
    : `The model could not be loaded: ${error.message}`
}
