import type { JackState } from '#components/ui/jack.tsx'

/** What traffic tells of a model, from the rollups of the last 24 hours. */
export interface ModelTraffic {
  requests: number
  errors: number
  p95Ms: number | null
  lastCallAt: string | null
}

export interface Health {
  state: JackState
  word: string
}

/** Failing: over 20 % errors among the day's calls. Idle: no call in 24 h. Disabled is people's word, not traffic's. */
export function healthOf(state: 'active' | 'disabled', traffic: ModelTraffic | undefined): Health {
  if (state === 'disabled') return { state: 'off', word: 'Disabled' }
  if (!traffic || traffic.requests === 0) return { state: 'idle', word: 'Idle' }
  if (traffic.errors / traffic.requests > 0.2) return { state: 'bad', word: 'Failing' }
  return { state: 'ok', word: 'Healthy' }
}
