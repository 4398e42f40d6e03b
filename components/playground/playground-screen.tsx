'use client'
import { Plus } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useId, useMemo, useRef, useState } from 'react'
import { columnsMax, promptVariables } from '#components/prompt/body.ts'
import { ModelPicker } from '#components/prompt/model-picker.tsx'
import type { RowSource } from '#components/prompt/row.ts'
import { cn } from '#components/ui/cn.ts'
import { IconButton } from '#components/ui/icon-button.tsx'
import { onDemand } from '#components/ui/on-demand.ts'
import { TabList, tabIds } from '#components/ui/tab-list.tsx'
import { toast } from '#components/ui/toast.ts'
import type { ModelType, ModelView } from '#lib/models/schema.ts'
import type { PlaygroundLinkDetail } from '#lib/playground/schema.ts'
import { ColumnView } from './column.tsx'
import { Composer } from './composer.tsx'
import { canReply, marksOf, rowSource, toMessages } from './conversation.ts'
import { PanelHead } from './panel-head.tsx'
import { pictureCost } from './picture-cost.ts'
import { PromptPanel } from './prompt-panel.tsx'
import { RunBar } from './run-bar.tsx'
import { fromLinkPrompt, isBlank, type Setup, withoutEmpty } from './setup.ts'
import { useColumns } from './use-columns.ts'
import { type FirstModels, usePlayground } from './use-playground.ts'
import { useRuns } from './use-runs.ts'
import { useScreenKeys } from './use-screen-keys.ts'

const CodeDialog = dynamic(() => import('./code-dialog.tsx').then((module) => module.CodeDialog), { ssr: false })
const ColumnDialog = dynamic(() => import('./column-dialog.tsx').then((module) => module.ColumnDialog), { ssr: false })
const RowDialog = dynamic(() => import('#components/prompt/row-dialog.tsx').then((module) => module.RowDialog), {
  ssr: false,
})
const VariantDialog = dynamic(() => import('./variant-dialog.tsx').then((module) => module.VariantDialog), {
  ssr: false,
})
const LinksDialog = dynamic(() => import('./links-dialog.tsx').then((module) => module.LinksDialog), { ssr: false })

// What every server would refuse is looked for when something is run.
const problems = onDemand(() => import('#components/prompt/problems.ts'))

export interface PlaygroundScreenProps {
  workspace: string
  gatewayUrl: string
  /** The draft's, of this person in this workspace. */
  draftKey: string
  firstModels: FirstModels
  type: ModelType
  /** A model that the address names. */
  wanted?: ModelView | undefined
  /** A saved prompt that was opened. */
  link?: PlaygroundLinkDetail | undefined
}

/** One prompt, up to four models side by side, every call through the gateway. On a small screen a tab for each. */
export function PlaygroundScreen({
  workspace,
  gatewayUrl,
  draftKey,
  firstModels,
  wanted,
  link,
  ...given
}: PlaygroundScreenProps) {
  const start = useMemo(() => link && fromLinkPrompt(link.prompt), [link])
  const { type, setup, change, setType, replace, clear } = usePlayground(draftKey, firstModels, {
    type: given.type,
    wanted,
    start,
  })
  const runs = useRuns(workspace)
  const columns = useColumns(workspace, setup, change, runs, [wanted, firstModels[type]])
  const base = useId()
  const [shown, setShown] = useState('prompt')
  const [open, setOpen] = useState<'code' | 'links' | 'variant' | { column: string } | { row: RowSource }>()
  const [problem, setProblem] = useState<string>()
  const [missing, setMissing] = useState<readonly string[]>([])
  const panel = useRef<HTMLDivElement>(null)
  const close = () => setOpen(undefined)
  const tab = shown === 'prompt' || setup.columns.some(({ key }) => key === shown) ? shown : 'prompt'

  function forgive() {
    setProblem(undefined)
    setMissing([])
  }

  function edit(part: Partial<Setup>) {
    forgive()
    change(part)
  }

  /** Why nothing is asked yet; the first place to mend takes the focus. */
  async function findProblem(): Promise<string | undefined> {
    const mend = (selector: string) => {
      setShown('prompt')
      requestAnimationFrame(() => panel.current?.querySelector<HTMLElement>(selector)?.focus())
    }
    if (setup.columns.length === 0) return 'Choose a model first.'
    if (isBlank(setup)) {
      mend(type === 'chat' ? 'textarea[aria-label^="User message"]' : 'textarea')
      return 'Write something first.'
    }
    const lacking = promptVariables(setup).filter((name) => (setup.variables[name] ?? '').trim() === '')
    setMissing(lacking)
    if (lacking[0] !== undefined) {
      mend(`[data-field="${CSS.escape(lacking[0])}"] textarea`)
      return lacking.length === 1 ? 'A variable is empty.' : `${lacking.length} variables are empty.`
    }
    // Where the rules cannot be fetched, the server's own words have to do.
    const part = await problems.load().catch(() => undefined)
    return part?.promptProblem({ ...setup, messages: withoutEmpty(setup.messages) })
  }

  async function run() {
    const wrong = await findProblem()
    setProblem(wrong)
    if (wrong) return
    columns.runAll()
    if (tab === 'prompt' && setup.columns[0]) setShown(setup.columns[0].key)
  }

  /** Something that takes the prompt's place, and can be taken back. */
  function undoably(what: string, act: () => void) {
    const before = setup
    runs.forget()
    forgive()
    act()
    toast(what, { action: { label: 'Undo', onClick: () => replace(before) } })
  }
  const startAnew = () => undoably(link ? 'As it was saved' : 'The prompt is empty', clear)
  const adopt = (key: string) => {
    const said = toMessages(runs.turnsOf(key))
    undoably('The conversation is the prompt now', () =>
      change({ messages: [...setup.messages, ...said, { role: 'user', content: '' }] }),
    )
    setShown('prompt')
  }

  const onKeyDown = useScreenKeys({
    isRunning: runs.isRunning,
    run: () => void run(),
    stop: () => runs.stop(),
    startAnew,
    showCode: () => setOpen('code'),
    showLinks: () => setOpen('links'),
  })

  const taken = setup.columns.map(({ model }) => model)
  const marks = marksOf(new Map(setup.columns.map(({ key }) => [key, runs.turnsOf(key)])))
  const adder = setup.columns.length < columnsMax && (
    <ModelPicker
      workspace={workspace}
      type={type}
      taken={taken}
      label="Add a model to compare"
      onChoose={(model) => {
        const { key } = columns.add(model)
        if (tab !== 'prompt') setShown(key)
      }}
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
      cost={type === 'image' ? pictureCost(columns.models, setup.columns, setup.parameters) : undefined}
      onRun={() => void run()}
      onNear={problems.warm}
      onStop={() => runs.stop()}
      onCode={() => setOpen('code')}
      onShare={() => setOpen('links')}
    />
  )
  const opened =
    typeof open === 'object' && 'column' in open
      ? columns.all.find(({ column }) => column.key === open.column)
      : undefined

  return (
    <div
      onKeyDownCapture={onKeyDown}
      className={cn(
        'flex min-h-[calc(100dvh-var(--above))] min-w-0 flex-col lg:grid lg:h-[calc(100dvh-var(--above))] lg:min-h-0',
        setup.columns.length < 3
          ? 'lg:grid-cols-[minmax(340px,400px)_minmax(0,1fr)]'
          : 'lg:grid-cols-[340px_minmax(0,1fr)]',
      )}
    >
      <h1 className="sr-only">{link?.name || 'Playground'}</h1>
      <div className="flex items-center border-b pr-2 pl-4 lg:hidden">
        <TabList
          base={base}
          label="Prompt and models"
          value={tab}
          onChange={setShown}
          items={[
            { id: 'prompt', label: 'Prompt' },
            ...columns.all.map(({ column, model }) => ({ id: column.key, label: model?.name ?? column.model })),
          ]}
          className="flex min-w-0 flex-1 gap-4 overflow-x-auto [scrollbar-width:none]"
          tabClassName="relative h-11 max-w-40 shrink-0 truncate font-medium text-muted text-sm whitespace-nowrap -outline-offset-2 after:absolute after:inset-x-0 after:bottom-0 after:h-0.5 hover:text-ink data-[state=active]:text-ink data-[state=active]:after:bg-ink"
        />
        {adder}
      </div>
      <div
        ref={panel}
        id={tabIds(base, 'prompt').panel}
        className={cn('flex min-h-0 min-w-0 flex-1 flex-col lg:border-r', tab !== 'prompt' && 'max-lg:hidden')}
      >
        <PanelHead
          type={type}
          link={link}
          onType={(next) => {
            runs.forget()
            forgive()
            setType(next)
          }}
          onLinks={() => setOpen('links')}
          onVariant={() => setOpen('variant')}
          onStartAnew={startAnew}
        />
        <div className="flex min-h-0 flex-1 flex-col overflow-y-auto">
          <PromptPanel key={type} setup={setup} onChange={edit} models={columns.models} missing={missing} />
        </div>
        {runBar}
      </div>
      <div className={cn('flex min-h-0 min-w-0 flex-1 flex-col', tab === 'prompt' && 'max-lg:hidden')}>
        <div className="flex min-h-0 flex-1 overflow-x-auto">
          {columns.all.map(({ column, model, missing: gone }) => (
            <div
              key={column.key}
              id={tabIds(base, column.key).panel}
              className={cn(
                'flex min-h-0 min-w-0 flex-1 lg:min-w-64 lg:border-r',
                tab !== column.key && 'max-lg:hidden',
              )}
            >
              <ColumnView
                workspace={workspace}
                type={type}
                model={model}
                missing={gone}
                slug={column.model}
                taken={taken}
                turns={runs.turnsOf(column.key)}
                marks={marks.get(column.key) ?? {}}
                hasOwnParameters={column.parameters !== null}
                onChoose={(next) => columns.choose(column.key, next)}
                onRemove={setup.columns.length > 1 ? () => columns.remove(column.key) : undefined}
                onSettings={() => setOpen({ column: column.key })}
                onRetry={() => void columns.ask(column, runs.turnsOf(column.key).slice(0, -1))}
                onStop={() => runs.stop(column.key)}
                onResults={(results) => columns.goOn(column, results)}
                onAdopt={type === 'chat' ? () => adopt(column.key) : undefined}
                onSaveRow={
                  type === 'chat' || type === 'completion'
                    ? () => setOpen({ row: rowSource(setup, runs.turnsOf(column.key)) })
                    : undefined
                }
                className="flex-1"
              />
            </div>
          ))}
          {adder && <div className="w-12 shrink-0 pt-2 text-center max-lg:hidden">{adder}</div>}
        </div>
        {type === 'chat' && (
          <Composer
            count={setup.columns.filter(({ key }) => canReply(runs.turnsOf(key))).length}
            of={setup.columns.length}
            onSend={columns.reply}
          />
        )}
        <div className="lg:hidden">{runBar}</div>
      </div>
      {open === 'code' && (
        <CodeDialog
          gatewayUrl={gatewayUrl}
          setup={{ ...setup, messages: withoutEmpty(setup.messages) }}
          columns={columns.all.flatMap(({ column, model }) => (model ? [{ column, model }] : []))}
          onClose={close}
        />
      )}
      {open === 'variant' && (
        <VariantDialog
          workspace={workspace}
          setup={setup}
          columns={columns.all.flatMap(({ column, model }) => (model ? [{ column, model }] : []))}
          onClose={close}
        />
      )}
      {open === 'links' && <LinksDialog workspace={workspace} setup={setup} current={link?.id} onClose={close} />}
      {typeof open === 'object' && 'row' in open && (
        <RowDialog workspace={workspace} source={open.row} onClose={close} />
      )}
      {opened && (
        <ColumnDialog
          setup={setup}
          column={opened.column}
          model={opened.model}
          onChange={(parameters) => columns.set(opened.column.key, { parameters })}
          onClose={close}
        />
      )}
    </div>
  )
}
