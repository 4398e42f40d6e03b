import type { ModelDraft } from '../form/draft.ts'
import { operationPaths } from '../target.ts'
import type { CheckProblem, EvidenceView } from '../views.ts'
import type { ModelType } from '../vocabulary.ts'
import type { Bench } from './bench.ts'
import { tinyChat } from './chat.ts'
import { deploymentNotFound, diagnoseAnswer, modelNotServed, problem, typeMismatch } from './diagnose.ts'
import { isListed, type Listing, listedType } from './listing.ts'
import { namedParameter } from './named-parameter.ts'
import { tinyCall } from './other-types.ts'
import type { ProbeReply } from './probe.ts'
import { callModel, hasSpare } from './required-calls.ts'
import { isValidAnswer } from './valid-answer.ts'

/** Why a model did not answer: the field, the cause and the fix. */
export async function findCause(
  bench: Bench,
  draft: ModelDraft,
  reply: ProbeReply,
  listed: { listing: Listing | null; reply: ProbeReply } | undefined,
  notes: EvidenceView[],
): Promise<CheckProblem> {
  if (
    bench.type === 'chat' &&
    reply.kind === 'rejected' &&
    draft.temperature !== null &&
    namedParameter(reply.error, ['temperature']) !== null
  )
    return problem(
      'temperature_refused',
      'temperature',
      'This model accepts only its own temperature; leave this empty.',
      [{ field: 'temperature', value: '', label: 'Leave it empty' }],
    )
  if (reply.error?.code === 'DeploymentNotFound') return deploymentNotFound(bench.baseUrl, draft.modelId)
  const models = listed?.listing?.models ?? null
  const isOffered = isListed(listed?.listing ?? null, draft.modelId)
  // A listing at this address proves the address: then a 404 of any look is about the model.
  const isAbout = speaksOfModel(reply, draft.modelId) || reply.status === 404
  if (isAbout && isOffered === false && models && models.length > 0) return modelNotServed(draft.modelId, models)
  const isRefusal = reply.kind === 'rejected' || (reply.kind === 'answered' && !isValidAnswer(bench.type, reply.json))
  if (isRefusal || (reply.kind === 'broken' && reply.status >= 400)) {
    const told = listed ? listedType(listed.reply.json, draft.modelId) : null
    // No picture is made to find a Type out.
    const other = told === 'image' && bench.type !== 'image' ? 'image' : await findType(bench, notes)
    if (other) return typeMismatch(other)
  }
  const isAboutModel = speaksOfModel(reply, draft.modelId) || (reply.status === 404 && models !== null)
  if (isAboutModel && isOffered !== true) return modelNotServed(draft.modelId, models ?? [])
  return diagnoseAnswer(reply, { ...draft, baseUrl: bench.baseUrl }, isOffered === true)
}

const modelCodes: ReadonlySet<string> = new Set([
  'model_not_found',
  'DeploymentNotFound',
  'invalid_model',
  'not_found_error',
])

/** A refusal that is about the Model ID; some servers give theirs with status 200. A bare 404 may be about the path. */
export function speaksOfModel({ kind, status, error }: ReplyAbout, modelId: string): boolean {
  if (!error || (kind !== 'rejected' && !(kind === 'broken' && status < 300))) return false
  return modelCodes.has(error.code ?? error.type ?? '') || error.param === 'model' || error.message.includes(modelId)
}
type ReplyAbout = Pick<ProbeReply, 'kind' | 'status' | 'error'>

/** Asks as the other Types; pictures cost money and are left out. */
async function findType(bench: Bench, notes: EvidenceView[]): Promise<ModelType | null> {
  for (const type of ['embedding', 'chat', 'completion'] as const) {
    if (type === bench.type || !hasSpare(bench, 1)) continue
    const as: Bench = { ...bench, type, path: operationPaths[type] }
    const body = type === 'chat' ? { ...tinyChat(as, null) } : tinyCall(as)
    const reply = await callModel(as, body, `As ${type}`)
    notes.push(reply.evidence)
    if (reply.kind === 'answered' && isValidAnswer(type, reply.json)) return type
  }
  return null
}
