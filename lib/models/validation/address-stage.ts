import type { AddressProbe, Upstream } from '#lib/openai/upstream.ts'
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
  const cause = seen.code === 'upstream_tls' ? tlsProblem(seen, draft.baseUrl) : diagnoseFailure(seen.code, host)
  return { ok: false, summary: seen.message, problem: cause }
}

const notTls: ReadonlySet<string> = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'EPROTO',
])

/** A certificate that is unknown can be trusted by hand, with its fingerprint in view; one that is wrong cannot. */
function tlsProblem(seen: Extract<AddressProbe, { ok: false }>, baseUrl: string): CheckProblem {
  const { host } = new URL(baseUrl)
  if (seen.certificate) {
    const { pem, fingerprint, issuer, validToMs } = seen.certificate
    const until = new Date(validToMs).toISOString().slice(0, 10)
    return problem(
      'tls_unknown_authority',
      'ca',
      `The certificate of ${host} comes from an authority that is not known here: ${issuer}, valid until ${until}, SHA-256 ${fingerprint}. Compare that with the server’s own before you trust it.`,
      [{ field: 'ca', value: pem, label: 'Trust this certificate' }],
    )
  }
  if (notTls.has(seen.internal))
    return problem('not_tls', 'baseUrl', seen.message, [
      { field: 'baseUrl', value: baseUrl.replace(/^https:/, 'http:'), label: 'Use http' },
    ])
  return problem('tls', 'ca', `${seen.message} Mend it on the server, then check again.`)
}

/** The operator gets a button, everybody else is sent to the operator. */
function refusedAddress(message: string, entry: string | undefined, operator: boolean): CheckProblem {
  if (!entry) return problem('address_refused', 'baseUrl', message)
  if (operator) return problem('private_address', 'baseUrl', message, [], entry)
  const cause = message.replace(/; an operator can allow .*$/, '.').replace(/ \([^)]*\)\.$/, '.')
  return problem('private_address', 'baseUrl', `${cause} Ask the operator to allow ${entry}.`)
}
