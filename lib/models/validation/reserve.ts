import type { ProbeCall, ProbeReply } from './probe.ts'

/** Taken for the bound of a call that has none. */
const outputTokensAssumed = 256

export interface Reserve {
  inputTokens: number
  outputTokens: number
}

/** What a call may use at most, held until it is known: calls side by side must not pass the ceiling together. */
export function reserveFor(spec: ProbeCall, bodyBytes: number): Reserve {
  if (spec.method === 'GET' || spec.images) return { inputTokens: 0, outputTokens: 0 }
  const { max_tokens, max_completion_tokens, max_output_tokens, n, messages, prompt } = spec.body ?? {}
  const bound = Number(max_output_tokens ?? max_completion_tokens ?? max_tokens ?? outputTokensAssumed)
  const writes = messages !== undefined || prompt !== undefined || max_output_tokens !== undefined
  return { inputTokens: Math.ceil(bodyBytes / 4), outputTokens: writes ? bound * Number(n ?? 1) : 0 }
}

/** A 429 that says that the account is empty does not pass by waiting. */
export function isSpent({ status, error }: Pick<ProbeReply, 'status' | 'error'>): boolean {
  if (status === 402) return true
  return (
    status === 429 &&
    [error?.code, error?.type].some((word) => word !== undefined && /quota|billing|credit|balance/.test(word))
  )
}
