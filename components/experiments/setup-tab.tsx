'use client'
import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { datasetChoicesQuery } from '#components/prompt/choices.ts'
import { promptModelQuery } from '#components/prompt/model-queries.ts'
import { Button } from '#components/ui/button.tsx'
import { Combobox } from '#components/ui/combobox.tsx'
import { formatNumber } from '#components/ui/format.ts'
import { Notice } from '#components/ui/notice.tsx'
import { toast } from '#components/ui/toast.ts'
import type { ExperimentSetup, ExperimentView, RunView } from '#lib/experiments/schema.ts'
import { AddCandidate } from './add-candidate.tsx'
import { CandidateCard } from './candidate-card.tsx'
import { addDeployment, addModel, addRecorded, byCandidate, copyPrompt, duplicate } from './candidates.ts'
import { EvaluatorChoice } from './evaluator-choice.tsx'
import { datasetQuery } from './experiment-queries.ts'
import { RunPanel } from './run-panel.tsx'
import { useRunForm } from './use-run-form.ts'
import { type Saving, useSetup } from './use-setup.ts'

const candidatesMax = 8

/** What is compared, on what, judged by what; saved by itself. Beside it: what a run would cost, and its start. */
export function SetupTab({
  workspace,
  experiment,
  onStarted,
}: {
  workspace: string
  experiment: ExperimentView
  onStarted: (run: RunView) => void
}) {
  const client = useQueryClient()
  const editor = useSetup(workspace, experiment)
  const { setup, datasetId, saving, change } = editor
  const form = useRunForm(workspace, experiment, saving.kind === 'saved')
  const datasets = useQuery(datasetChoicesQuery(workspace))
  const dataset = useQuery(datasetQuery(workspace, datasetId))
  const modelIds = [
    ...new Set(setup.candidates.flatMap((each) => (each.kind === 'model' && each.model ? [each.model] : []))),
  ]
  const types = useQueries({
    queries: modelIds.map((id) => promptModelQuery(workspace, id)),
    combine: (results) => Object.fromEntries(results.map(({ data }, at) => [modelIds[at]!, data?.type])),
  })
  const put = (next: ExperimentSetup) => change({ setup: next })
  const problems = byCandidate(form.check.data?.problems ?? [])
  const warnings = byCandidate(form.check.data?.warnings ?? [])
  const baseline = setup.baseline || setup.candidates[0]?.key
  const refused = saving.kind === 'refused' ? saving.fields : {}

  function remove(place: number) {
    const before = setup
    const gone = setup.candidates[place]!
    put({
      ...setup,
      candidates: setup.candidates.filter((_, at) => at !== place),
      baseline: setup.baseline === gone.key ? '' : setup.baseline,
    })
    toast(`${gone.name || 'The candidate'} is removed.`, { action: { label: 'Undo', onClick: () => put(before) } })
  }

  const known = datasets.data?.items ?? []
  return (
    <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_340px]">
      <div className="grid min-w-0 gap-6">
        <SavingNotice
          saving={saving}
          onRetry={() => void editor.save()}
          onTake={editor.take}
          onPut={editor.overwrite}
        />
        <Part title="Dataset" detail="Each of its rows is asked of every candidate.">
          <div>
            <Combobox
              label="Dataset"
              value={datasetId}
              onChange={(id) => known.some((each) => each.id === id) && change({ datasetId: id })}
              freeText={false}
              loading={datasets.isPending}
              suggestions={(known.some((each) => each.id === datasetId) || !dataset.data
                ? known
                : [...known, dataset.data]
              ).map((each) => ({
                value: each.id,
                label: each.name,
                hint: `${formatNumber(each.rowCount)} rows`,
              }))}
              emptyText="No dataset has this name."
            />
            {refused.datasetId && <p className="mt-1 text-bad text-xs">{refused.datasetId}</p>}
          </div>
          {dataset.data && (
            <p className="text-faint text-sm">
              {formatNumber(dataset.data.rowCount)} rows with{' '}
              {dataset.data.columns.map(({ name }) => `{{${name}}}`).join(', ') || 'messages alone'}. A run keeps them
              as a snapshot.
            </p>
          )}
        </Part>
        <Part
          title="Candidates"
          detail="Who answers. The baseline is the one that others are held against; {{column}} stands for a value of the row, and its messages come last."
        >
          {setup.candidates.length > 0 && (
            <ol className="grid gap-3" aria-label="Candidates">
              {setup.candidates.map((candidate, place) => (
                <CandidateCard
                  key={candidate.key}
                  workspace={workspace}
                  place={place}
                  candidate={candidate}
                  dataset={dataset.data}
                  isBaseline={candidate.key === baseline}
                  startsOpen={setup.candidates.length <= 2}
                  nameProblem={
                    candidate.name.trim() === ''
                      ? 'Enter a name.'
                      : (refused[`setup.candidates.${place}.name`] ??
                        (setup.candidates.some(
                          (other, at) => at < place && other.name.toLowerCase() === candidate.name.toLowerCase(),
                        )
                          ? 'Another candidate has this name.'
                          : undefined))
                  }
                  problems={problems.get(place) ?? []}
                  warnings={warnings.get(place) ?? []}
                  onChange={(next) =>
                    put({ ...setup, candidates: setup.candidates.map((each, at) => (at === place ? next : each)) })
                  }
                  onBaseline={() => put({ ...setup, baseline: candidate.key })}
                  {...(setup.candidates.length < candidatesMax && {
                    onDuplicate: () => put(duplicate(setup, place)),
                  })}
                  {...(candidate.kind === 'model' &&
                    setup.candidates.some((each, at) => at !== place && each.kind === 'model') && {
                      onCopyPrompt: () => {
                        const before = setup
                        put(copyPrompt(setup, place))
                        toast('All models are asked the same.', {
                          action: { label: 'Undo', onClick: () => put(before) },
                        })
                      },
                    })}
                  onRemove={() => remove(place)}
                />
              ))}
            </ol>
          )}
          {setup.candidates.length < candidatesMax ? (
            <AddCandidate
              workspace={workspace}
              dataset={dataset.data}
              onModel={(model) => {
                client.setQueryData(promptModelQuery(workspace, model.id).queryKey, model)
                put(addModel(setup, model, types, dataset.data))
              }}
              onDeployment={(deployment) => put(addDeployment(setup, deployment))}
              onRecorded={(column) => put(addRecorded(setup, column))}
            />
          ) : (
            <p className="text-faint text-sm">Eight candidates are the most.</p>
          )}
        </Part>
        <Part title="Evaluators" detail="How each answer is judged. A run takes the newest version of each.">
          <EvaluatorChoice
            workspace={workspace}
            chosen={setup.evaluators}
            problems={form.check.data?.problems ?? []}
            warnings={form.check.data?.warnings ?? []}
            onChange={(evaluators) => put({ ...setup, evaluators })}
          />
        </Part>
      </div>
      <RunPanel
        workspace={workspace}
        experiment={experiment}
        form={form}
        saving={saving.kind}
        beforeStart={async () => {
          await editor.save()
        }}
        onStarted={onStarted}
      />
    </div>
  )
}

function Part({ title, detail, children }: { title: string; detail: string; children: ReactNode }) {
  return (
    <section className="grid min-w-0 gap-3">
      <div>
        <h2 className="font-semibold">{title}</h2>
        <p className="text-muted text-sm">{detail}</p>
      </div>
      {children}
    </section>
  )
}

function SavingNotice({
  saving,
  onRetry,
  onTake,
  onPut,
}: {
  saving: Saving
  onRetry: () => void
  onTake: (current: ExperimentView) => void
  onPut: (current: ExperimentView) => void
}) {
  if (saving.kind === 'refused')
    return (
      <Notice
        tone="bad"
        title="Not saved"
        action={
          <Button size="sm" onClick={onRetry}>
            Try again
          </Button>
        }
      >
        {Object.values(saving.fields)[0] ?? saving.message}
      </Notice>
    )
  if (saving.kind !== 'stale') return null
  return (
    <Notice
      tone="warn"
      live
      title="Somebody else changed this experiment"
      action={
        <span className="flex gap-2">
          <Button size="sm" onClick={() => onTake(saving.current)}>
            Take theirs
          </Button>
          <Button size="sm" onClick={() => onPut(saving.current)}>
            Keep mine
          </Button>
        </span>
      }
    >
      Nothing is overwritten until you choose.
    </Notice>
  )
}
