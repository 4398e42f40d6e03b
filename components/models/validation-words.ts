import type { JackState } from '#components/ui/jack.tsx'
import type { ValidationReason, ValidationStatus, ValidationView } from '#lib/models/schema.ts'

export const statusJacks: Readonly<Record<ValidationStatus, JackState>> = {
  running: 'run',
  passed: 'ok',
  failed: 'bad',
  cancelled: 'idle',
}

export const statusWords: Readonly<Record<ValidationStatus, string>> = {
  running: 'Running',
  passed: 'Passed',
  failed: 'Failed',
  cancelled: 'Cancelled',
}

export const reasonWords: Readonly<Record<ValidationReason, string>> = {
  form: 'when it was added',
  edit: 'for an edit',
  hand: 'by hand',
  rotation: 'for a new key',
  retry: 'to try a refused key again',
  drift: 'by the weekly watch',
}

/** How long it took; null while it runs. */
export function durationOf({ startedAt, finishedAt }: Pick<ValidationView, 'startedAt' | 'finishedAt'>): number | null {
  return finishedAt === null ? null : Date.parse(finishedAt) - Date.parse(startedAt)
}
