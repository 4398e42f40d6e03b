import type { PayloadState, PayloadSummary } from '#lib/analytics/schema.ts'

export interface PayloadReason {
  text: string
  /** Where it is changed. */
  link: 'data' | 'model' | null
}

const days = (count: number) => (count === 1 ? '1 day' : `${count} days`)

/** Why prompt and answer of a request are not shown. */
export function payloadReason({ state, days: now }: Pick<PayloadSummary, 'state' | 'days'>): PayloadReason {
  const reasons: Record<Exclude<PayloadState, 'kept'>, PayloadReason> = {
    restricted: {
      text: 'Developers, admins and owners read prompts and answers. An admin can let viewers read them, too.',
      link: 'data',
    },
    waiting: { text: 'They are being written.', link: null },
    off: {
      text:
        now > 0
          ? `The workspace kept none when this call was made. It keeps those of new calls for ${days(now)}.`
          : 'The workspace keeps none: the ledger holds what a call used, cost and took, not its words.',
      link: 'data',
    },
    no_store: { text: 'The caller asked that nothing be kept, with the header X-No-Store.', link: null },
    full: {
      text: 'Too many others waited to be written when this call came in. Calls are never held up for it.',
      link: null,
    },
    refused: { text: 'The call was refused before any server saw it. Nothing of what it said is kept.', link: null },
    lost: { text: 'The process ended while the call ran, and what it said went with it.', link: null },
    evidence: { text: 'A validation keeps its own evidence, with the model.', link: 'model' },
    repeat: {
      text: 'A repeat: it got the answer of the first call with its Idempotency-Key, where prompt and answer are.',
      link: null,
    },
    expired: { text: `They are kept for ${days(now)}, which are over.`, link: 'data' },
    deleted: { text: 'They were deleted when the workspace stopped keeping them.', link: 'data' },
    missing: {
      text: 'The process ended in the second before they were written, or the workspace stopped keeping them for a while.',
      link: 'data',
    },
  }
  return state === 'kept' ? { text: '', link: null } : reasons[state]
}
