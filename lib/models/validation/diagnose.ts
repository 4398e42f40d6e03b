import { normaliseBaseUrl } from '../form/base-url.ts'
import type { ModelDraft } from '../form/draft.ts'
import type { FieldFix } from '../form/price.ts'
import type { CheckProblem, OfferedModel } from '../views.ts'
import type { ModelType } from '../vocabulary.ts'
import { nearNames } from './listing.ts'
import type { ProbeReply } from './probe.ts'
import { isSpent } from './reserve.ts'

/** From what the server did to what a person changes: the field, the cause, the fix. */

export function problem(
  code: string,
  field: string,
  message: string,
  fixes: FieldFix[] = [],
  allow: string | null = null,
): CheckProblem {
  return { code, field, message, fixes, allow }
}

export const typeLabels: Readonly<Record<ModelType, string>> = {
  chat: 'Chat Completion',
  completion: 'Completion',
  embedding: 'Embedding',
  image: 'Image',
}
const typeAnswers: Readonly<Record<ModelType, string>> = {
  chat: 'chat',
  completion: 'completions',
  embedding: 'embeddings',
  image: 'pictures',
}

export function typeMismatch(type: ModelType): CheckProblem {
  return problem('type_mismatch', 'type', `This model answers ${typeAnswers[type]}.`, [
    { field: 'type', value: type, label: `Change Type to ${typeLabels[type]}` },
  ])
}

/** The typed Base URL leads nowhere, another one does: calls go there. */
export function foundElsewhere(typed: string, found: string): CheckProblem {
  return problem('base_url', 'baseUrl', `Nothing answers at ${typed}; OpenAI’s API stands at ${found}.`, [
    { field: 'baseUrl', value: found, label: `Use ${found}` },
  ])
}

export function modelNotServed(modelId: string, models: readonly OfferedModel[]): CheckProblem {
  const near = nearNames(
    modelId,
    models.map((model) => model.id),
  )
  const fixes = near.map((name) => ({ field: 'modelId', value: name, label: name }))
  if (near.length === 0) {
    const hint = models.length > 0 ? 'Choose one of the models it offers.' : 'Check the Model ID.'
    return problem('model_not_served', 'modelId', `Not served here. ${hint}`)
  }
  return problem('model_not_served', 'modelId', `Not served here. Did you mean ${near.join(' or ')}?`, fixes)
}

/** Azure OpenAI: its list names base models, so nothing is suggested from it. */
export function deploymentNotFound(baseUrl: string, modelId: string): CheckProblem {
  const { host } = new URL(baseUrl)
  return problem(
    'deployment_not_found',
    'modelId',
    `${host} has no deployment “${modelId}”. The Model ID is the name of the deployment, not of the model behind it; a new one takes some minutes.`,
  )
}

/** The key did not pass: refused, missing or without rights. */
export function keyRefused(reply: ProbeReply, draft: Pick<ModelDraft, 'apiKey' | 'baseUrl'>): CheckProblem {
  const host = new URL(draft.baseUrl).host
  if (draft.apiKey === null)
    return problem('key_missing', 'apiKey', `${host} wants a key. Untick “This server needs no key” and paste one.`, [
      { field: 'noKey', value: false, label: 'Enter a key' },
    ])
  if (reply.status === 403) {
    const words = reply.error ? ` It says: “${reply.error.message}”` : ''
    return problem(
      'key_forbidden',
      'apiKey',
      `${host} knows this key but does not let it do this. Give it the right there, or paste another one.${words}`,
    )
  }
  return problem('key_refused', 'apiKey', `${host} refuses this key. Copy it again, or make a new one there.`)
}

/** Whatever else kept a valid answer away. `isListed`: the server lists this very model. */
export function diagnoseAnswer(
  reply: ProbeReply,
  draft: Pick<ModelDraft, 'apiKey' | 'baseUrl'>,
  isListed = false,
): CheckProblem {
  const { host } = new URL(draft.baseUrl)
  const says = (code: string, field: string, cause: string) => problem(code, field, `${cause} ${quote(reply)}`.trim())
  if (reply.kind === 'denied') return keyRefused(reply, draft)
  if (reply.failure === 'upstream_redirect') return redirected(reply, draft.baseUrl)
  if (reply.failure) return diagnoseFailure(reply.failure, host)
  if (isSpent(reply))
    return says(
      'no_credit',
      'apiKey',
      `${host} says that this account has no credit. Top it up there, or use another key.`,
    )
  if (reply.status === 429)
    return says(
      'rate_limited',
      'apiKey',
      `${host} is rate limiting this key, also after waiting. Try again in a minute, or raise the limit there.`,
    )
  if (reply.status >= 200 && reply.status < 300) {
    if (/html/i.test(reply.contentType) || reply.evidence.response.trimStart().startsWith('<'))
      return problem(
        'web_page',
        'baseUrl',
        `${host} answered with a web page, not with OpenAI’s API. Check the path of the Base URL.`,
      )
    if (reply.error)
      return problem(
        'error_with_200',
        'modelId',
        `${host} answered 200 with an error: “${reply.error.message}” Try another Model ID, or again later.`,
      )
    return problem('not_openai', 'baseUrl', `${host} answered, but not as OpenAI’s API would. Check the Base URL.`)
  }
  if (reply.status >= 500) {
    const cause = `${host} failed with status ${reply.status}.`
    return isListed
      ? problem('server_error', 'modelId', `${cause} ${quote(reply)} Try again, or another model.`)
      : problem('server_error', 'baseUrl', `${cause} ${quote(reply)} Try again.`)
  }
  if (reply.status === 404)
    return says('not_found', 'baseUrl', `${host} has nothing at this address. Check the path of the Base URL.`)
  const { field, hint } = demandedElsewhere(reply)
  return says('refused', field, `${host} refused the call with status ${reply.status}.${hint}`)
}

/** A missing header or query parameter is entered under More; the words of the server only choose the field to mark. */
function demandedElsewhere({ error }: ProbeReply): { field: string; hint: string } {
  const words = `${error?.code ?? ''} ${error?.message ?? ''}`
  if (/\bheader\b/i.test(words)) return { field: 'headers', hint: ' Add the header under More.' }
  if (/\bquery\b|api-version/i.test(words)) return { field: 'query', hint: ' Add the query parameter under More.' }
  return { field: 'modelId', hint: ' Check the Model ID and the settings.' }
}

/** A redirect is not followed with a key in hand; where it leads is offered. */
function redirected(reply: ProbeReply, baseUrl: string): CheckProblem {
  const { host } = new URL(baseUrl)
  const target = URL.canParse(reply.location, `${baseUrl}/`) ? new URL(reply.location, `${baseUrl}/`).href : ''
  // What was cut out of it is not to be typed again.
  const found = normaliseBaseUrl(reply.location.includes('[redacted]') ? '' : target)
  if (!found.ok || found.url === baseUrl)
    return problem('redirect', 'baseUrl', `${host} sends callers elsewhere. Enter the address that it leads to.`)
  return problem(
    'redirect',
    'baseUrl',
    `${host} sends callers to ${found.url}. Enter that address, if it is yours to trust.`,
    [{ field: 'baseUrl', value: found.url, label: `Use ${found.url}` }],
  )
}

/** Failures below HTTP. `code` is the upstream's sub-code. */
export function diagnoseFailure(code: string, host: string): CheckProblem {
  const say = (message: string) => problem(code.replace(/^upstream_/, ''), 'baseUrl', message)
  if (code.includes('redirect')) return say(`${host} sends callers elsewhere. Enter the address that it leads to.`)
  if (code.includes('timeout')) return say(`${host} did not answer in time. Check the address, or try again.`)
  if (code.includes('tls'))
    return problem(
      'tls',
      'ca',
      `The certificate of ${host} is not valid here. For a server of your own, paste its CA certificate under More.`,
    )
  if (code.includes('dns')) return say(`This name does not lead to a public address; an operator can allow ${host}.`)
  if (code.includes('reset'))
    return say(`${host} broke the connection without an answer. Try again, or look at its log.`)
  if (code.includes('large')) return say(`${host} answered with more than an answer can have. Check the Base URL.`)
  if (code.includes('bad_answer') || code.includes('protocol'))
    return say(`What answers at ${host} does not speak HTTP. Check the port.`)
  return say(`${host} cannot be reached. Is the server running, and is this its port?`)
}

function quote(reply: ProbeReply): string {
  return reply.error ? `It says: “${reply.error.message}”` : ''
}
