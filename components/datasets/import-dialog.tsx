'use client'
import { useQuery } from '@tanstack/react-query'
import { Upload } from 'lucide-react'
import { type DragEvent, useRef, useState } from 'react'
import { ApiError, callApi } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { formatBytes, formatNumber } from '#components/ui/format.ts'
import { Notice } from '#components/ui/notice.tsx'
import { Textarea } from '#components/ui/textarea.tsx'
import {
  type DatasetImportView,
  type DatasetView,
  type FilePlan,
  type FilePreviewView,
  type PreviewFileInput,
  previewCharactersMax,
} from '#lib/experiments/schema.ts'
import { ImportPlan } from './import-plan.tsx'
import { importContentPath, importQuery, previewFile, startImport, undoImport } from './queries.ts'
import { RowErrors } from './row-errors.tsx'
import { importWords } from './words.ts'

const bytesMax = 256 * 1024 * 1024

/** A file or pasted text: what each field becomes, then the rows, with those that were left out named. */
export function ImportDialog({
  workspace,
  dataset,
  onClose,
  onChanged,
}: {
  workspace: string
  dataset: DatasetView
  onClose: () => void
  onChanged: () => void
}) {
  const [file, setFile] = useState<File>()
  const [pasted, setPasted] = useState('')
  const [preview, setPreview] = useState<FilePreviewView>()
  const [plan, setPlan] = useState<FilePlan>()
  const [onError, setOnError] = useState<'skip' | 'stop'>('skip')
  const [started, setStarted] = useState<DatasetImportView>()
  const [failure, setFailure] = useState<string>()
  const [fields, setFields] = useState<Readonly<Record<string, string>>>({})
  const [working, setWorking] = useState(false)

  async function attempt(work: () => Promise<void>) {
    setFailure(undefined)
    setFields({})
    setWorking(true)
    try {
      await work()
    } catch (error) {
      if (error instanceof ApiError) setFields(error.fields)
      setFailure(error instanceof ApiError ? error.message : 'That did not work. Try again.')
    } finally {
      setWorking(false)
    }
  }

  /** `how`: a plan, or how its lines are cut, from which a plan is guessed. */
  const look = (source: File, how: Pick<PreviewFileInput, 'plan' | 'format' | 'delimiter' | 'header'> = {}) =>
    attempt(async () => {
      if (source.size > bytesMax) return setFailure('The file is larger than 256 MB.')
      // A character is at most four bytes, and the beginning is enough to see what is in it.
      const text = (await source.slice(0, previewCharactersMax).text()).slice(0, previewCharactersMax)
      const seen = await previewFile(workspace, {
        text,
        partial: source.size > previewCharactersMax,
        fileName: source.name,
        datasetId: dataset.id,
        ...how,
      })
      setFile(source)
      setPreview(seen)
      setPlan(
        (how.plan as FilePlan | undefined) ?? {
          format: seen.format,
          delimiter: seen.delimiter as FilePlan['delimiter'],
          header: seen.header,
          takeLast: seen.takeLast,
          fields: seen.fields.map(({ samples, ...field }) => field),
        },
      )
    })

  const run = () =>
    attempt(async () => {
      const made = await startImport(workspace, dataset.id, { fileName: file?.name ?? '', plan: plan!, onError })
      setStarted(made)
      setStarted(
        await callApi<DatasetImportView>(importContentPath(workspace, dataset.id, made.id), {
          method: 'PUT',
          file: file!,
        }),
      )
      onChanged()
    })

  const isRunning = started !== undefined && working
  return (
    <Dialog
      open
      onOpenChange={() => onClose()}
      size="wide"
      keepOnOutsideClick={preview !== undefined || pasted !== ''}
      title={`Import into ${dataset.name}`}
      description={
        started
          ? 'Rows are saved as they are read. This can be closed; the import goes on while this page is open.'
          : preview
            ? 'Say what each field becomes. Nothing is saved yet.'
            : 'CSV, JSON lines or a JSON list, UTF-8, up to 256 MB.'
      }
      footer={
        started ? (
          <Button variant="main" onClick={onClose}>
            {isRunning ? 'Close' : 'Done'}
          </Button>
        ) : preview && plan ? (
          <>
            <label className="mr-auto flex items-center gap-2 text-sm max-sm:basis-full">
              <input
                type="checkbox"
                className="size-4 accent-(--accent)"
                checked={onError === 'stop'}
                onChange={(event) => setOnError(event.target.checked ? 'stop' : 'skip')}
              />
              Stop at the first row that is wrong
            </label>
            <Button
              variant="quiet"
              onClick={() => {
                setPreview(undefined)
                setFile(undefined)
              }}
            >
              Back
            </Button>
            <Button variant="main" loading={working} onClick={() => void run()}>
              Import
            </Button>
          </>
        ) : (
          <>
            <Button variant="quiet" onClick={onClose}>
              Cancel
            </Button>
            <Button
              variant="main"
              loading={working}
              disabled={pasted.trim() === ''}
              onClick={() => void look(new File([pasted], '', { type: 'text/plain' }))}
            >
              Look at it
            </Button>
          </>
        )
      }
    >
      <div className="grid min-w-0 gap-4 md:min-h-96">
        {failure && <Notice tone="bad">{failure}</Notice>}
        {started ? (
          <Progress
            workspace={workspace}
            dataset={dataset}
            size={file?.size ?? 0}
            started={started}
            running={isRunning}
            onStopped={onChanged}
          />
        ) : preview && plan ? (
          <ImportPlan
            plan={plan}
            preview={preview}
            problems={fields}
            busy={working}
            onChange={setPlan}
            onLook={(next) => {
              setPlan(next)
              if (file) void look(file, { plan: next })
            }}
            onCut={(cut) => file && void look(file, { format: 'csv', ...cut })}
          />
        ) : (
          <Source text={pasted} onText={setPasted} onFile={(chosen) => void look(chosen)} />
        )}
      </div>
    </Dialog>
  )
}

function Source({
  text,
  onText,
  onFile,
}: {
  text: string
  onText: (text: string) => void
  onFile: (file: File) => void
}) {
  const picker = useRef<HTMLInputElement>(null)
  function take(file: File | undefined) {
    if (file) onFile(file)
  }
  function drop(event: DragEvent) {
    event.preventDefault()
    take(event.dataTransfer.files[0])
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way; the button and the field are the first
    <div className="grid content-start gap-3" onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <div className="flex flex-wrap items-center gap-3">
        <Button onClick={() => picker.current?.click()}>
          <Upload aria-hidden="true" /> Choose a file
        </Button>
        <span className="text-muted text-sm">or drop it here, or paste it below</span>
        <input
          ref={picker}
          type="file"
          hidden
          aria-label="File"
          accept=".csv,.tsv,.txt,.json,.jsonl,.ndjson,text/csv,application/json"
          onChange={(event) => {
            take(event.target.files?.[0])
            event.target.value = ''
          }}
        />
      </div>
      <Textarea
        mono
        rows={12}
        rowsMax={16}
        aria-label="Rows as text"
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={(event) => onText(event.target.value)}
        placeholder={'question,expected\nIs the shop open on Sundays?,No'}
      />
    </div>
  )
}

function Progress({
  workspace,
  dataset,
  size,
  started,
  running,
  onStopped,
}: {
  workspace: string
  dataset: DatasetView
  size: number
  started: DatasetImportView
  running: boolean
  onStopped: () => void
}) {
  const state = useQuery({
    ...importQuery(workspace, dataset.id, started.id),
    enabled: running,
    refetchInterval: running ? 500 : false,
  })
  const [stopping, setStopping] = useState(false)
  const now = running ? (state.data ?? started) : started
  const share = size === 0 ? 0 : Math.min(1, now.bytesRead / size)
  return (
    <div className="grid content-start gap-4">
      <div role="status" className="grid gap-2">
        <p className="font-medium">
          {importWords[now.status]}
          {running && size > 0 && ` · ${formatBytes(now.bytesRead)} of ${formatBytes(size)}`}
        </p>
        <progress
          aria-label="How far the import is"
          max={1}
          value={running ? share : 1}
          className="h-1.5 w-full appearance-none overflow-hidden rounded-full bg-surface-3 [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-surface-3 [&::-webkit-progress-value]:bg-accent"
        />
        <p className="text-muted text-sm">
          {formatNumber(now.saved)} {now.saved === 1 ? 'row' : 'rows'} saved
          {now.failed > 0 && `, ${formatNumber(now.failed)} left out`}
        </p>
      </div>
      {now.problem && <Notice tone={now.status === 'stopped' ? 'warn' : 'bad'}>{now.problem}</Notice>}
      {running && (
        <div>
          <Button
            loading={stopping}
            onClick={() => {
              setStopping(true)
              void undoImport(workspace, dataset.id, started.id).then(onStopped, onStopped)
            }}
          >
            Stop and take the rows out
          </Button>
        </div>
      )}
      {now.errors.length > 0 && <RowErrors errors={now.errors} failed={now.failed} />}
    </div>
  )
}
