import type { Upstream } from '#lib/openai/upstream.ts'
import type { ModelDraft } from '../form/draft.ts'
import type { CheckProblem } from '../views.ts'
import { diagnoseFailure, problem } from './diagnose.ts'
import type { StageResult } from './stages.ts'

/** Stage 1: parse, egress policy, DNS, TCP, TLS. Free, and told only as far as `trust.md` allows. */
export async function runAddress(
  upstream: Pick<Upstream, 'probe'>,
  draft: ModelDraft,
  operator: boolean,
): Promise<StageResult> {
  const seen = await upstream.probe(draft.baseUrl, draft.ca ? { ca: draft.ca } : {})
  const { host } = new URL(draft.baseUrl)
  if (seen.ok) {
    const tls = seen.tls
      ? [seen.tls.version.replace('TLSv', 'TLS '), `certificate valid ${seen.tls.certificateDaysLeft} days`]
      : []
    return { ok: true, summary: [host, ...tls].join(' · ') }
  }
  if (seen.code === 'upstream_bad_target')
    return { ok: false, summary: seen.message, problem: problem('ca', 'ca', seen.message) }
  if (seen.allowableEntry || seen.code === 'egress_refused' || seen.code === 'egress_loop') {
    const cause = refusedAddress(seen.message, seen.allowableEntry, operator)
    if (seen.internal === 'url_http_not_allowed') {
      cause.fixes.push({ field: 'baseUrl', value: draft.baseUrl.replace(/^http:/, 'https:'), label: 'Use https' })
    }
    return { ok: false, summary: 'This address may not be called', problem: cause }
  }
  return { ok: false, summary: seen.message, problem: diagnoseFailure(seen.code, host) }
}

/** The operator gets a button, everybody else is sent to the operator. */
function refusedAddress(message: string, entry: string | undefined, operator: boolean): CheckProblem {
  if (!entry) return problem('address_refused', 'baseUrl', message)
  if (operator) return problem('private_address', 'baseUrl', message, [], entry)
  const cause = message.replace(/; an operator can allow .*$/, '.').replace(/ \([^)]*\)\.$/, '.')
  return problem('private_address', 'baseUrl', `${cause} Ask the operator to allow ${entry}.`)
}
