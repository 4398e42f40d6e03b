import type { JackState } from '#components/ui/jack.tsx'
import type { HealthWord, ModelHealth, ModelView } from '#lib/models/schema.ts'

interface Health {
  state: JackState
  word: string
}

const shown: Readonly<Record<HealthWord, Health>> = {
  healthy: { state: 'ok', word: 'Healthy' },
  slow: { state: 'slow', word: 'Slow' },
  failing: { state: 'bad', word: 'Failing' },
  key_refused: { state: 'bad', word: 'Key refused' },
  idle: { state: 'idle', word: 'Idle' },
}

/** State is people's word and goes first; a refused key is known before the figures come. Undefined while they load. */
export function shownHealth(
  model: Pick<ModelView, 'state' | 'keyRefusedAt'>,
  health: Pick<ModelHealth, 'word'> | undefined,
): Health {
  if (model.state === 'disabled') return { state: 'off', word: 'Disabled' }
  return shown[model.keyRefusedAt ? 'key_refused' : (health?.word ?? 'idle')]
}
