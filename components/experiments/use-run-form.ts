'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useDeferredValue, useState } from 'react'
import type { ExperimentView } from '#lib/experiments/schema.ts'
import { checkQuery } from './experiment-queries.ts'

/** How a run would be made, and what is in its way. */
export function useRunForm(workspace: string, experiment: ExperimentView, isSaved: boolean) {
  const [snapshot, setSnapshot] = useState<number | null>(null)
  const [rowsText, setRowsText] = useState('')
  const [cap, setCap] = useState('')
  const [concurrency, setConcurrency] = useState('10')
  const typed = rowsText.trim().replaceAll(',', '')
  const rows = typed === '' ? null : Number(typed)
  const rowsProblem =
    rows !== null && !(Number.isInteger(rows) && rows >= 1 && rows <= 200_000)
      ? 'A whole number from 1 to 200,000, or nothing for all.'
      : undefined
  const width = Number(concurrency)
  const concurrencyProblem =
    Number.isInteger(width) && width >= 1 && width <= 30 ? undefined : 'A whole number from 1 to 30.'
  const asked = useDeferredValue(rowsProblem ? null : rows)
  const check = useQuery({
    ...checkQuery(workspace, experiment.id, experiment.version, { snapshot, rows: asked }),
    placeholderData: keepPreviousData,
    enabled: isSaved,
  })
  return {
    snapshot,
    setSnapshot,
    rowsText,
    setRowsText,
    cap,
    setCap,
    concurrency,
    setConcurrency,
    rowsProblem,
    concurrencyProblem,
    check,
    body: {
      ...(snapshot !== null && { snapshot }),
      ...(rows !== null && !rowsProblem && { rows }),
      ...(cap.trim() && { capUsd: cap.trim() }),
      concurrency: concurrencyProblem ? 10 : width,
    },
  }
}

export type RunForm = ReturnType<typeof useRunForm>
