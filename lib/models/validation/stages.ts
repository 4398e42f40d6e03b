import { randomBytes } from 'node:crypto'
import { alternativeBaseUrls } from '../form/base-url.ts'
import type { ModelDraft } from '../form/draft.ts'
import { operationPaths } from '../target.ts'
import type { CheckProblem, EvidenceView, OfferedModel } from '../views.ts'
import type { ModelType } from '../vocabulary.ts'
import type { Bench } from './bench.ts'
import { noteReasoning, tinyChat } from './chat.ts'
import { readChat } from './chat-answer.ts'
import { diagnoseAnswer, modelNotServed, problem, typeMismatch } from './diagnose.ts'
import { readListing } from './listing.ts'
import { namedParameter } from './named-parameter.ts'
import { readCompletion, readPicture, readVectors, tinyCall } from './other-types.ts'
import type { ProbeReply } from './probe.ts'

/** How a required stage came out. */
export interface StageResult {
  ok: boolean
  warned?: boolean
  summary: string
  problem?: CheckProblem
}

/** Stage 2. Never the verdict: many servers have no listing. Finds a missing `/v1` on its way. */
export async function runListing(
  bench: Bench,
  notes: EvidenceView[],
): Promise<StageResult & { models: OfferedModel[] | null; reply: ProbeReply }> {
  const list = (baseUrl: string) =>
    bench.prober.call({ name: 'Listing', method: 'GET', path: '/models', baseUrl, answerBytesMax: 8 * 1024 * 1024 })
  const read = (reply: ProbeReply) =>
    reply.kind === 'answered'
      ? (readListing(reply.json)?.filter(({ id }) => !bench.prober.holdsSecret(id)) ?? null)
      : null
  const reply = await list(bench.baseUrl)
  notes.push(reply.evidence)
  const models = read(reply)
  if (models) return { ok: true, summary: offeredText(models), models, reply }
  if (reply.status !== 0) {
    for (const baseUrl of alternativeBaseUrls(bench.baseUrl)) {
      const second = await list(baseUrl)
      notes.push(second.evidence)
      const found = read(second)
      // A refusal in JSON where there was none before shows the right door as well.
      const isDoor = second.kind === 'denied' && reply.kind !== 'denied' && second.json !== undefined
      if (!found && !isDoor) continue
      bench.baseUrl = baseUrl
      const added = `“${baseUrl.slice(baseUrl.lastIndexOf('/'))}” was added to the Base URL`
      return {
        ok: found !== null,
        summary: found ? `${offeredText(found)}; ${added}` : added,
        models: found,
        reply: second,
      }
    }
  }
  const why =
    reply.status === 0
      ? 'The server did not answer'
      : reply.kind === 'answered'
        ? 'The answer is no list of models'
        : `Status ${reply.status}`
  return {
    ok: false,
    summary: reply.kind === 'denied' ? 'Needs another key' : `${why}; not needed`,
    models: null,
    reply,
  }
}

function offeredText(models: readonly OfferedModel[]): string {
  return models.length === 1 ? '1 model offered' : `${models.length.toLocaleString('en')} models offered`
}

/** The real call of the required stage, adapted to what the server's refusals name. Shared by stages 3 and 4. */
export async function tinyRealCall(
  bench: Bench,
  draft: ModelDraft,
  notes: EvidenceView[],
  baseUrl = bench.baseUrl,
): Promise<ProbeReply> {
  let reply: ProbeReply
  for (let adaptions = 0; ; adaptions++) {
    const body = bench.type === 'chat' ? tinyChat(bench, draft.temperature) : tinyCall(bench)
    reply = await call(bench, body, baseUrl, 'The model answers')
    notes.push(reply.evidence)
    if (bench.type !== 'chat' || adaptions === 2) break
    if (reply.kind === 'rejected') {
      const named = namedParameter(reply.error, Object.keys(body))
      if (named === 'max_tokens') bench.learned.tokenParameter = 'max_completion_tokens'
      else break
    } else if (reply.kind === 'answered' && isCutShort(reply) && bench.learned.outputTokensMin < 256) {
      // Thinking used up the 16 tokens.
      bench.learned.outputTokensMin = 256
    } else break
  }
  const thought = noteReasoning(bench, reply)
  if (thought) bench.card.checks.reasoning = { ...thought, pinned: false }
  if (thought && bench.learned.outputTokensMin < 256) bench.learned.outputTokensMin = 256
  return reply
}

/** Without a listing a missing `/v1` shows only here: nothing at this path, or a page that is no API. Null = nothing better. */
export async function tryOtherBase(
  bench: Bench,
  draft: ModelDraft,
  reply: ProbeReply,
  notes: EvidenceView[],
): Promise<ProbeReply | null> {
  const isElsewhere =
    reply.status === 404 ||
    reply.status === 405 ||
    (reply.status >= 200 && reply.status < 300 && !isValidAnswer(bench.type, reply.json))
  if (!isElsewhere) return null
  for (const baseUrl of alternativeBaseUrls(bench.baseUrl)) {
    const second = await tinyRealCall(bench, draft, notes, baseUrl)
    const isDoor =
      (second.kind === 'answered' && isValidAnswer(bench.type, second.json)) ||
      (second.kind === 'denied' && second.json !== undefined)
    if (!isDoor) continue
    bench.baseUrl = baseUrl
    return second
  }
  return null
}

function isCutShort(reply: ProbeReply): boolean {
  const answer = readChat(reply.json)
  return answer !== null && answer.content.trim() === '' && answer.toolCalls.length === 0
}

function call(
  bench: Bench,
  body: Record<string, unknown>,
  baseUrl: string,
  name: string,
  extra: { key?: 'wrong'; modelId?: string } = {},
) {
  return bench.prober.call({
    name,
    method: 'POST',
    path: bench.path,
    baseUrl,
    body: { model: extra.modelId ?? bench.modelId, ...body },
    ...(extra.key && { key: extra.key }),
    ...(bench.type === 'image' && { images: 1, answerBytesMax: 64 * 1024 * 1024 }),
    ...(bench.type === 'embedding' && { answerBytesMax: 8 * 1024 * 1024 }),
  })
}

/** A pass is a valid answer of the Type, whatever the status said. */
export function isValidAnswer(type: ModelType, json: unknown): boolean {
  if (type === 'chat') return readChat(json) !== null
  if (type === 'completion') return readCompletion({ json, chunks: undefined }) !== null
  if (type === 'embedding') return readVectors(json) !== null
  return readPicture(json) !== null
}

/** Stage 3, the negative control: is a wrong key refused? Free where the listing is guarded, else one token. */
export async function controlKey(bench: Bench, listing: ProbeReply, notes: EvidenceView[]): Promise<boolean | null> {
  if (listing.kind === 'answered') {
    const wrong = await bench.prober.call({
      name: 'Listing with a wrong key',
      method: 'GET',
      path: '/models',
      baseUrl: bench.baseUrl,
      key: 'wrong',
      answerBytesMax: 8 * 1024 * 1024,
    })
    notes.push(wrong.evidence)
    if (wrong.kind === 'denied' || (wrong.kind === 'rejected' && wrong.status === 400)) return true
  }
  // A public listing proves nothing. Pictures cost money, so they are asked for from a model that does not exist.
  const isImage = bench.type === 'image'
  const body =
    bench.type === 'chat'
      ? { ...tinyChat(bench, null), [bench.learned.tokenParameter]: 1 }
      : bench.type === 'completion'
        ? { prompt: 'One', max_tokens: 1 }
        : tinyCall(bench)
  const wrong = await call(bench, body, bench.baseUrl, 'A call with a wrong key', {
    key: 'wrong',
    ...(isImage && { modelId: madeUpModel() }),
  })
  notes.push(wrong.evidence)
  if (wrong.kind === 'denied') return true
  if (wrong.kind === 'answered') return false
  // Some servers answer a bad key with 400, like a bad parameter. The same call was fine with the right key.
  if (wrong.kind === 'rejected' && !isImage && listing.kind !== 'answered') return true
  return null
}

/** Stage 4, the negative control: a made-up Model ID is refused. */
export async function controlModel(bench: Bench, notes: EvidenceView[]): Promise<boolean | null> {
  const body =
    bench.type === 'chat'
      ? { ...tinyChat(bench, null), [bench.learned.tokenParameter]: 1 }
      : bench.type === 'completion'
        ? { prompt: 'One', max_tokens: 1 }
        : tinyCall(bench)
  const reply = await call(bench, body, bench.baseUrl, 'A made-up Model ID', { modelId: madeUpModel() })
  notes.push(reply.evidence)
  if (reply.kind === 'answered') return !isValidAnswer(bench.type, reply.json)
  return reply.kind === 'rejected' || reply.kind === 'denied' ? true : null
}

function madeUpModel(): string {
  return `patchbay-control-${randomBytes(6).toString('hex')}`
}

/** Stage 4 after its call: the verdict, and on failure the field, the cause and the fix. */
export async function judgeModel(
  bench: Bench,
  draft: ModelDraft,
  reply: ProbeReply,
  models: readonly OfferedModel[] | null,
  notes: EvidenceView[],
): Promise<StageResult> {
  if (reply.kind === 'answered' && isValidAnswer(bench.type, reply.json)) {
    const control = await controlModel(bench, notes)
    const listed = models === null || models.some((model) => model.id === draft.modelId)
    if (control === false) {
      const doubt = listed ? '' : ', and this one is not in its listing'
      return { ok: true, warned: true, summary: `Answers, but so it does for every Model ID${doubt}` }
    }
    return { ok: true, summary: 'Answers; a made-up Model ID is refused' }
  }
  const found = await findCause(bench, draft, reply, models, notes)
  return { ok: false, summary: summaryOf(reply), problem: found }
}

async function findCause(
  bench: Bench,
  draft: ModelDraft,
  reply: ProbeReply,
  models: readonly OfferedModel[] | null,
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
  const listed = models?.some((model) => model.id === draft.modelId) ?? null
  // A listing at this address proves the address: then a 404 of any look is about the model.
  const isAbout = speaksOfModel(reply, draft.modelId) || reply.status === 404
  if (isAbout && listed === false && models && models.length > 0) return modelNotServed(draft.modelId, models)
  const isRefusal = reply.kind === 'rejected' || (reply.kind === 'answered' && !isValidAnswer(bench.type, reply.json))
  if (isRefusal || (reply.kind === 'broken' && reply.status >= 400)) {
    const other = await findType(bench, notes)
    if (other) return typeMismatch(other)
  }
  const isAboutModel = speaksOfModel(reply, draft.modelId) || (reply.status === 404 && models !== null)
  if (isAboutModel && listed !== true) return modelNotServed(draft.modelId, models ?? [])
  return diagnoseAnswer(reply, draft)
}

/** A refusal that is about the Model ID; some servers give theirs with status 200. A bare 404 may be about the path. */
function speaksOfModel({ kind, status, error }: ReplyAbout, modelId: string): boolean {
  if (!error || (kind !== 'rejected' && !(kind === 'broken' && status < 300))) return false
  return error.code === 'model_not_found' || error.param === 'model' || error.message.includes(modelId)
}
type ReplyAbout = Pick<ProbeReply, 'kind' | 'status' | 'error'>

/** Asks as the other Types; pictures cost money and are left out. */
async function findType(bench: Bench, notes: EvidenceView[]): Promise<ModelType | null> {
  for (const type of ['embedding', 'chat', 'completion'] as const) {
    if (type === bench.type) continue
    const as: Bench = { ...bench, type, path: operationPaths[type] }
    const body = type === 'chat' ? { ...tinyChat(as, null) } : tinyCall(as)
    const reply = await call(as, body, bench.baseUrl, `As ${type}`)
    notes.push(reply.evidence)
    if (reply.kind === 'answered' && isValidAnswer(type, reply.json)) return type
  }
  return null
}

export function summaryOf(reply: ProbeReply): string {
  if (reply.failure) return reply.failure.replace(/^upstream_/, '').replaceAll('_', ' ')
  if (reply.status >= 200 && reply.status < 300) return 'The answer is none that OpenAI’s API would give'
  return `${reply.status}, ${(reply.error?.message ?? 'refused').slice(0, 120)}`
}
