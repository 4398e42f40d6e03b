import { z } from 'zod'

/** One answer, with what is known of it; null: not known. */
export interface Subject {
  text: string
  /** What the row expects; null: nothing. */
  expected: unknown
  inputs: Readonly<Record<string, unknown>>
  messages: readonly unknown[]
  latencyMs: number | null
  costNanoUsd: bigint | null
  inputTokens: number | null
  outputTokens: number | null
}

/** What an evaluator says of an answer. */
export const Score = z.object({
  passed: z.boolean().nullable().describe('Null: it is measured alone, or could not be judged.'),
  value: z.number().nullable().describe('1 or 0 for what passes or not; else the measure. Null: none.'),
  label: z.string().nullable().describe('A category.'),
  detail: z.string().describe('Why.'),
  skipped: z.boolean().describe('There was nothing to compare with.'),
  error: z.string().nullable().describe('Why it could not be judged.'),
})
export type Score = z.infer<typeof Score>

const detailCharactersMax = 2_000

export function verdict(passed: boolean, detail: string): Score {
  return { passed, value: passed ? 1 : 0, label: null, detail: short(detail), skipped: false, error: null }
}

/** `passAt` null: measured alone. */
export function measure(value: number, passAt: number | null, detail: string): Score {
  const passed = passAt === null ? null : value >= passAt
  return { passed, value, label: null, detail: short(detail), skipped: false, error: null }
}

export function skip(detail: string): Score {
  return { passed: null, value: null, label: null, detail, skipped: true, error: null }
}

export function failure(error: string): Score {
  return { passed: null, value: null, label: null, detail: '', skipped: false, error: short(error) }
}

export function short(text: string): string {
  return text.length > detailCharactersMax ? `${text.slice(0, detailCharactersMax - 1)}…` : text
}

/** A value as the text that it is compared as. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
