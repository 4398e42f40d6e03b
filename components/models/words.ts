import type { JackState } from '#components/ui/jack.tsx'
import type { Capability, CheckView } from '#lib/models/schema.ts'

export const checkJacks: Readonly<Record<CheckView['state'], JackState>> = {
  waiting: 'idle',
  running: 'run',
  passed: 'ok',
  warned: 'slow',
  failed: 'bad',
  absent: 'off',
  skipped: 'unknown',
}

export const checkWords: Readonly<Record<CheckView['state'], string>> = {
  waiting: 'not yet',
  running: 'running',
  passed: 'passed',
  warned: 'passed, with a remark',
  failed: 'failed',
  absent: 'not offered',
  skipped: 'not run',
}

/** Left out because an earlier one failed. */
export const isNotReached = ({ state, ms }: CheckView) => state === 'skipped' && ms === null

/** How many checks have come out. */
export const checksDone = ({ checks }: { checks: readonly CheckView[] }) =>
  checks.filter((check) => check.state !== 'waiting' && check.state !== 'running' && !isNotReached(check)).length

/** `no` is grey: a server that does not offer something has not failed. */
export const verdictJacks: Readonly<Record<Capability['verdict'], JackState>> = {
  yes: 'ok',
  no: 'off',
  ignored: 'slow',
  unknown: 'unknown',
}
