import type { ModelDraft } from '../form/draft.ts'
import type { CheckProblem, EvidenceView } from '../views.ts'
import type { Bench } from './bench.ts'
import { keyRefused, problem } from './diagnose.ts'
import type { ProbeKey, ProbeReply } from './probe.ts'
import { callModel, controlBody, hasSpare } from './required-calls.ts'

/** Why the key did not pass, found out by asking again without it and with it in other headers. Refusals cost nothing. */
export async function findKeyProblem(
  bench: Bench,
  draft: ModelDraft,
  refused: ProbeReply,
  listing: ProbeReply | undefined,
  notes: EvidenceView[],
): Promise<CheckProblem> {
  const { host } = new URL(bench.baseUrl)
  if (draft.apiKey === null || refused.status === 403) return keyRefused(refused, draft)
  const others = (['none', 'authorization', 'api-key', 'x-api-key'] as const).filter((key) => key !== draft.keyHeader)
  for (const key of others) {
    if (!hasSpare(bench, 1)) break
    const reply = await askWith(bench, key, listing)
    notes.push(reply.evidence)
    if (reply.kind !== 'answered' && !(key !== 'none' && reply.status === 404)) continue
    if (key === 'none')
      return problem(
        'key_not_wanted',
        'apiKey',
        `${host} refuses calls that carry a key, and answers without one. Send none.`,
        [{ field: 'noKey', value: true, label: 'This server needs no key' }],
      )
    const name = key === 'authorization' ? 'Authorization (Bearer)' : key
    return problem(
      'key_header',
      'keyHeader',
      `${host} takes this key in the header ${name}, not where it was sent. Choose that under “Key sent as”.`,
      [{ field: 'keyHeader', value: key, label: `Send it as ${name}` }],
    )
  }
  return keyRefused(refused, draft)
}

/** Free where the listing is guarded: then it tells as much as a call. */
function askWith(bench: Bench, key: ProbeKey, listing: ProbeReply | undefined): Promise<ProbeReply> {
  const name = key === 'none' ? 'Without a key' : `The key as ${key}`
  return listing?.kind === 'denied'
    ? bench.prober.call({
        name: `Listing. ${name}`,
        method: 'GET',
        path: '/models',
        baseUrl: bench.baseUrl,
        key,
        answerBytesMax: 8 * 1024 * 1024,
      })
    : callModel(bench, controlBody(bench), name, { key })
}

const keyWords = /auth|api.?key|credential/i

/**
 * True where a refusal with another status than 401 is about the key: by its code or type, or because the listing, which
 * carries nothing but the key, is refused in the same way and names it.
 */
export function speaksOfKey(reply: ProbeReply, listing: ProbeReply | undefined): boolean {
  const { kind, error, status } = reply
  if (kind !== 'rejected' || !error) return false
  if (keyWords.test(error.code ?? '') || keyWords.test(error.type ?? '')) return true
  return listing?.kind === 'rejected' && listing.status === status && keyWords.test(listing.error?.message ?? '')
}
