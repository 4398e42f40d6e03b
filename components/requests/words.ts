import type { BadgeTone } from '#components/ui/badge.tsx'
import type { CacheUse, FeedbackFilter, Outcome, Source } from '#lib/metering/schema.ts'

export const sourceWords: Readonly<Record<Source, string>> = {
  gateway: 'Gateway',
  try: 'Try it',
  playground: 'Playground',
  deployment: 'Deployment',
  experiment: 'Experiment',
  judge: 'Judge',
  guardrail: 'Guardrail',
  validation: 'Validation',
  drift: 'Drift check',
}

export const outcomeWords: Readonly<Record<Outcome, { word: string; tone: BadgeTone; meaning: string }>> = {
  ok: { word: 'OK', tone: 'ok', meaning: 'The answer arrived whole.' },
  error: { word: 'Error', tone: 'bad', meaning: 'It failed at the server or on the way.' },
  aborted: { word: 'Caller left', tone: 'plain', meaning: 'The caller closed the connection before the end.' },
  truncated: { word: 'Cut short', tone: 'warn', meaning: 'The answer had begun and broke off.' },
  refused: { word: 'Refused', tone: 'warn', meaning: 'Turned away before any server was called.' },
  lost: {
    word: 'Lost',
    tone: 'bad',
    meaning: 'The process ended while the call ran; what the prompt may have cost is counted.',
  },
}

export const cacheWords: Readonly<Record<CacheUse, { word: string; meaning: string }>> = {
  hit: { word: 'Hit', meaning: 'Hit: an equal call had been answered, and its answer was given again for nothing' },
  miss: { word: 'Miss', meaning: 'Miss: looked up and not found' },
  replay: { word: 'Replay', meaning: 'Replay: a repeat with an Idempotency-Key got the answer of the first call' },
}

export const feedbackWords: Readonly<Record<FeedbackFilter, string>> = {
  good: 'Good',
  bad: 'Bad',
  corrected: 'Corrected',
  any: 'Any',
}

/** The model operations that a caller can ask for. */
export const endpointNames = [
  'chat/completions',
  'responses',
  'completions',
  'embeddings',
  'images/generations',
] as const
