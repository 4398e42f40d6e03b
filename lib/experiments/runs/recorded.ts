import type { Scope } from '#lib/tenancy/index.ts'
import { textOf } from '../evaluators/score.ts'
import type { RunRow } from './compose.ts'
import type { CellAnswer } from './reply.ts'
import { loadRecorded } from './store.ts'

/** Answers that are there already, with what the ledger knows of the requests that they came from. */
export async function recordedCells(
  scope: Scope,
  page: readonly { row: RunRow; tries: number }[],
  column: string | null,
) {
  const requestIds = column === null ? page.flatMap(({ row }) => (row.requestId ? [row.requestId] : [])) : []
  const facts = await loadRecorded(scope, requestIds)
  return page.map(({ row, tries }) => {
    const value = column === null ? row.expected : Object.hasOwn(row.inputs, column) ? row.inputs[column] : null
    const known = facts.get(row.requestId)
    return {
      row,
      tries,
      answer: value === null || value === undefined ? null : ({ text: textOf(value) } satisfies CellAnswer),
      finishReason: '',
      // Not of this run: its cost is not counted here.
      requestId: '',
      status: 0,
      inputTokens: known?.inputTokens ?? null,
      outputTokens: known?.outputTokens ?? null,
      costNanoUsd: known?.costNanoUsd ?? null,
      latencyMs: known?.latencyMs ?? null,
      firstTokenMs: known?.firstByteMs ?? null,
    }
  })
}
