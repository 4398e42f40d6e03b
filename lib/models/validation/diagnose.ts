import type { ModelDraft } from '../form/draft.ts'
import type { FieldFix } from '../form/price.ts'
import type { CheckProblem, OfferedModel } from '../views.ts'
import type { ModelType } from '../vocabulary.ts'
import { nearNames } from './listing.ts'
import type { ProbeReply } from './probe.ts'

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

/** The key did not pass: refused, missing or without rights. */
export function keyRefused(reply: ProbeReply, draft: ModelDraft): CheckProblem {
  const host = new URL(draft.baseUrl).host
  if (draft.apiKey === null)
    return problem('key_missing', 'apiKey', `${host} wants a key. Untick “This server needs no key” and paste one.`)
  if (reply.status === 403) {
    const words = reply.error ? ` It says: “${reply.error.message}”` : ''
    return problem('key_forbidden', 'apiKey', `${host} knows this key but does not let it do this.${words}`)
  }
  return problem('key_refused', 'apiKey', `${host} refuses this key. Copy it again, or make a new one there.`)
}

/** Whatever else kept a valid answer away. */
export function diagnoseAnswer(reply: ProbeReply, draft: ModelDraft): CheckProblem {
  const { host } = new URL(draft.baseUrl)
  if (reply.kind === 'denied') return keyRefused(reply, draft)
  if (reply.failure) return diagnoseFailure(reply.failure, host)
  if (reply.status === 429) {
    return problem(
      'rate_limited',
      'apiKey',
      `${host} is rate limiting this key, also after waiting. Try again in a minute. ${quote(reply)}`.trim(),
    )
  }
  if (reply.status === 402)
    return problem('no_credit', 'apiKey', `${host} says that this account has no credit. ${quote(reply)}`.trim())
  if (reply.status >= 300 && reply.status < 400) {
    return problem(
      'redirect',
      'baseUrl',
      `${host} sends callers elsewhere (status ${reply.status}). Enter the address that it leads to.`,
    )
  }
  if (reply.status >= 200 && reply.status < 300) {
    if (/html/i.test(reply.contentType) || reply.evidence.response.trimStart().startsWith('<'))
      return problem(
        'web_page',
        'baseUrl',
        `${host} answered with a web page, not with OpenAI’s API. Check the path of the Base URL.`,
      )
    if (reply.error)
      return problem('error_with_200', 'modelId', `${host} answered 200 with an error: “${reply.error.message}”`)
    return problem('not_openai', 'baseUrl', `${host} answered, but not as OpenAI’s API would. Check the Base URL.`)
  }
  if (reply.status >= 500)
    return problem('server_error', 'baseUrl', `${host} failed with status ${reply.status}. ${quote(reply)} Try again.`)
  if (reply.status === 404)
    return problem(
      'not_found',
      'baseUrl',
      `${host} has nothing at this address. Check the path of the Base URL. ${quote(reply)}`.trim(),
    )
  return problem('refused', 'modelId', `${host} refused the call with status ${reply.status}. ${quote(reply)}`.trim())
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
  if (code.includes('reset')) return say(`${host} broke the connection without an answer.`)
  if (code.includes('large')) return say(`${host} answered with more than an answer can have.`)
  if (code.includes('bad_answer') || code.includes('protocol'))
    return say(`What answers at ${host} does not speak HTTP. Check the port.`)
  return say(`${host} cannot be reached. Is the server running, and is this its port?`)
}

function quote(reply: ProbeReply): string {
  return reply.error ? `It says: “${reply.error.message}”` : ''
}
