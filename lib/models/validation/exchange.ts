import type { AttemptOutcome, Target } from '#lib/openai/upstream.ts'
import type { EvidenceView } from '../views.ts'
import type { ProbeCall } from './probe.ts'

/** Headers of an answer that say something about the call and nothing about the network behind the server. */
const shownHeaders =
  /^(content-type|retry-after|x-request-id|request-id|openai-(processing-ms|version|model)|(x-)?ratelimit-[a-z0-9-]+)$/
const headersMax = 24
const dots = '••••'

/** The parts of an exchange beside its bodies, as evidence: where, in what time, with which headers; secrets are dots. */
export function exchangeOf({
  spec,
  target,
  baseUrl,
  outcome,
  modelId,
  shown,
}: {
  spec: ProbeCall
  target: Pick<Target, 'headers'>
  baseUrl: string
  outcome: AttemptOutcome
  /** The Model ID that is validated: another one in the body is made up. */
  modelId: string
  shown: (text: string) => string
}): Pick<EvidenceView, 'url' | 'firstByteMs' | 'requestHeaders' | 'responseHeaders' | 'control'> {
  const asked = spec.body?.model
  const firstByteMs = outcome.timings.firstByteMs
  return {
    url: `${baseUrl}${spec.path}`,
    firstByteMs: firstByteMs === undefined ? null : Math.round(firstByteMs),
    requestHeaders: [
      ...Object.keys(target.headers).map((name) => ({
        name,
        value: name === 'authorization' ? `Bearer ${dots}` : dots,
      })),
      ...(spec.body === undefined ? [] : [{ name: 'content-type', value: 'application/json' }]),
    ].slice(0, headersMax),
    responseHeaders: outcome.kind === 'failure' ? [] : readHeaders(outcome.headers, shown),
    control: spec.key === 'wrong' ? 'key' : asked !== undefined && asked !== modelId ? 'model' : null,
  }
}

function readHeaders(
  headers: Record<string, string | string[] | undefined>,
  shown: (text: string) => string,
): { name: string; value: string }[] {
  return Object.entries(headers)
    .filter(([name, value]) => value !== undefined && shownHeaders.test(name))
    .slice(0, headersMax)
    .map(([name, value]) => ({ name, value: shown([value].flat().join(', ')).slice(0, 200) }))
}
