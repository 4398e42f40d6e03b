import type { BadgeTone } from '#components/ui/badge.tsx'
import type { ExperimentView, RunState } from '#lib/experiments/schema.ts'

export type ShownState = ExperimentView['state']

export const stateOrder = ['draft', 'queued', 'running', 'paused', 'completed', 'failed', 'cancelled'] as const

export const stateWords: Readonly<Record<ShownState, { word: string; tone: BadgeTone }>> = {
  draft: { word: 'Draft', tone: 'outline' },
  queued: { word: 'Queued', tone: 'info' },
  running: { word: 'Running', tone: 'info' },
  paused: { word: 'Paused', tone: 'warn' },
  completed: { word: 'Completed', tone: 'ok' },
  failed: { word: 'Failed', tone: 'bad' },
  cancelled: { word: 'Cancelled', tone: 'plain' },
}

/** Nobody has to do anything for it to move. */
export const isMoving = (state: RunState | 'draft'): boolean => state === 'queued' || state === 'running'
