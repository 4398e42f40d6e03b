'use client'
import Link from 'next/link'
import { useEffect, useRef, useState } from 'react'
import { Field, FieldGroup } from '#components/form/field.tsx'
import { NumberInput } from '#components/form/number-input.tsx'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Duration, Money } from '#components/ui/figures.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { Textarea } from '#components/ui/textarea.tsx'
import { variablesIn } from '#lib/deployments/schema.ts'
import type { EvaluatorConfig, EvaluatorKind, JudgementView } from '#lib/experiments/schema.ts'
import { type EvaluatorDraft, readDraft } from './evaluator-draft.ts'
import { tryEvaluator } from './queries.ts'
import { ScoreSign, scoreWord } from './score-line.tsx'

const measuring: readonly EvaluatorKind[] = ['latency', 'cost', 'tokens']
const measures = [
  { name: 'latencyMs', label: 'Latency, ms', kinds: ['latency'] },
  { name: 'costUsd', label: 'Cost, $', kinds: ['cost'] },
  { name: 'inputTokens', label: 'Prompt tokens', kinds: ['tokens'] },
  { name: 'outputTokens', label: 'Answer tokens', kinds: ['tokens'] },
] as const satisfies readonly { name: string; label: string; kinds: readonly EvaluatorKind[] }[]

/** Judges one example by what stands in the form, saved or not. */
export function EvaluatorBench({
  workspace,
  draft,
  onWrong,
}: {
  workspace: string
  draft: EvaluatorDraft
  /** The form does not hold yet what could judge. */
  onWrong: () => void
}) {
  const [answer, setAnswer] = useState('')
  const [expected, setExpected] = useState('')
  const [question, setQuestion] = useState('')
  const [more, setMore] = useState<Readonly<Record<string, string>>>({})
  const [judged, setJudged] = useState<JudgementView & { config: EvaluatorConfig }>()
  const [failure, setFailure] = useState<ApiError>()
  const [busy, setBusy] = useState(false)
  const running = useRef<AbortController>(undefined)
  useEffect(() => () => running.current?.abort(), [])

  const { kind } = draft
  const prompt = kind === 'judge' && typeof draft.values.prompt === 'string' ? draft.values.prompt : ''
  const named = variablesIn(prompt)
  const columns = named.filter((name) => !['answer', 'expected', 'input'].includes(name))
  const figures = measures.filter(({ kinds }) => (kinds as readonly EvaluatorKind[]).includes(kind))

  async function judge() {
    const read = readDraft(draft)
    if (!read.ok) {
      onWrong()
      return
    }
    running.current?.abort()
    const mine = new AbortController()
    running.current = mine
    setBusy(true)
    setFailure(undefined)
    const numbers = figures.flatMap(({ name }) => {
      const value = Number(more[name])
      return more[name]?.trim() && Number.isFinite(value) ? [[name, value] as const] : []
    })
    try {
      const example = {
        answer,
        ...(expected !== '' && { expected }),
        inputs: Object.fromEntries(columns.map((name) => [name, more[`in.${name}`] ?? ''])),
        ...(question !== '' && { messages: [{ role: 'user' as const, content: question }] }),
        ...Object.fromEntries(numbers),
      }
      const judgement = await tryEvaluator(workspace, { config: read.config, example }, mine.signal)
      setJudged({ ...judgement, config: read.config })
    } catch (error) {
      if (mine.signal.aborted) return
      setJudged(undefined)
      setFailure(error instanceof ApiError ? error : new ApiError(0, {}))
    } finally {
      if (running.current === mine) setBusy(false)
    }
  }

  return (
    <div className="grid content-start gap-4">
      {!measuring.includes(kind) && (
        <Field label="Answer">
          <Textarea
            rows={3}
            value={answer}
            maxLength={200_000}
            placeholder="An answer to judge"
            onChange={({ target }) => setAnswer(target.value)}
          />
        </Field>
      )}
      {!measuring.includes(kind) && kind !== 'length' && kind !== 'url' && kind !== 'email' && (
        <Field label="Expected" aside="optional">
          <Textarea
            rows={2}
            value={expected}
            maxLength={200_000}
            placeholder="What the row expects"
            onChange={({ target }) => setExpected(target.value)}
          />
        </Field>
      )}
      {named.includes('input') && (
        <Field label="Conversation" aside="optional">
          <Textarea
            rows={2}
            value={question}
            maxLength={20_000}
            placeholder="What was asked"
            onChange={({ target }) => setQuestion(target.value)}
          />
        </Field>
      )}
      {columns.length > 0 && (
        <FieldGroup title="Columns">
          {columns.map((name) => (
            <Field key={name} label={name}>
              <Textarea
                rows={1}
                value={more[`in.${name}`] ?? ''}
                maxLength={20_000}
                onChange={({ target }) => setMore({ ...more, [`in.${name}`]: target.value })}
              />
            </Field>
          ))}
        </FieldGroup>
      )}
      {figures.map(({ name, label }) => (
        <Field key={name} label={label}>
          <NumberInput
            decimal
            value={more[name] ?? ''}
            maxLength={24}
            onChange={({ target }) => setMore({ ...more, [name]: target.value })}
          />
        </Field>
      ))}
      <Button className="w-fit" onClick={() => void judge()} loading={busy}>
        Judge it
      </Button>
      <div aria-live="polite" className="grid gap-2 empty:hidden">
        {failure && (
          <Notice tone="bad" live={false} title="It could not be judged">
            {failure.message}
          </Notice>
        )}
        {judged && <Judgement workspace={workspace} judged={judged} />}
      </div>
    </div>
  )
}

function Judgement({
  workspace,
  judged: { score, calls, config },
}: {
  workspace: string
  judged: JudgementView & { config: EvaluatorConfig }
}) {
  return (
    <div className="grid gap-2 rounded-lg border bg-surface-1 p-3">
      <p className="flex items-center gap-2 font-medium">
        <ScoreSign score={score} />
        {scoreWord(score, config)}
      </p>
      {(score.error ?? score.detail) && (
        <p className="whitespace-pre-wrap text-pretty text-muted text-sm wrap-anywhere">
          {score.error ?? score.detail}
        </p>
      )}
      {calls.map(({ requestId, cost, latencyMs }) => (
        <p key={requestId} className="flex flex-wrap gap-x-3 text-faint text-xs">
          <Duration ms={latencyMs} />
          <Money amount={cost} />
          <Link className="link" href={`/${workspace}/requests/${requestId}`}>
            The judge’s request
          </Link>
        </p>
      ))}
    </div>
  )
}
