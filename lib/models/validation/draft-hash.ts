import { hash } from 'node:crypto'
import type { SecretBox } from '#lib/platform/secret-box.ts'
import type { ModelDraft } from '../form/draft.ts'

/**
 * What a validation proved: everything a call's way and form depend on, the credential as a keyed hash. Name, prices and
 * the like may change without a new proof.
 */
export function hashDraft(draft: ModelDraft, secrets: Pick<SecretBox, 'keyedHash'>): string {
  const { type, baseUrl, modelId, keyHeader, ca, paths, temperature, imageConsent } = draft
  const sealed = secrets.keyedHash('draft', JSON.stringify([draft.apiKey, sorted(draft.headers), sorted(draft.query)]))
  return hash(
    'sha256',
    JSON.stringify([type, baseUrl, modelId, keyHeader, ca, sorted(paths), temperature, imageConsent, sealed]),
  )
}

function sorted(record: Record<string, unknown>): [string, unknown][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))
}
