import { alternativeBaseUrls } from '../form/base-url.ts'
import type { ModelDraft } from '../form/draft.ts'
import type { CheckProblem, EvidenceView } from '../views.ts'
import type { Bench } from './bench.ts'
import { findCause, speaksOfModel } from './cause.ts'
import { noteReasoning, tinyChat } from './chat.ts'
import { readChat } from './chat-answer.ts'
import { speaksOfKey } from './credential.ts'
import { foundElsewhere } from './diagnose.ts'
import { isListed, type Listing, listedMax, readListing } from './listing.ts'
import { namedParameter } from './named-parameter.ts'
import { readPicture, tinyCall } from './other-types.ts'
import type { ProbeReply } from './probe.ts'
import { callModel, controlBody, hasSpare, madeUpModel } from './required-calls.ts'
import { isLlamaCpp, readProps } from './self-description.ts'
import { isValidAnswer } from './valid-answer.ts'

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
): Promise<StageResult & { listing: Listing | null; reply: ProbeReply; contextTokens: number | null }> {
  const list = async (baseUrl: string) => {
    const reply = await bench.prober.call({
      name: 'Listing',
      method: 'GET',
      path: '/models',
      baseUrl,
      answerBytesMax: 8 * 1024 * 1024,
    })
    notes.push(reply.evidence)
    return reply
  }
  const read = (reply: ProbeReply): Listing | null => {
    const listing = reply.kind === 'answered' ? readListing(reply.json) : null
    return listing && { ...listing, models: listing.models.filter(({ id }) => !bench.prober.holdsSecret(id)) }
  }
  const reply = await list(bench.baseUrl)
  const listing = read(reply)
  if (listing) {
    const contextTokens = isLlamaCpp(reply.json) ? await readProps(bench, notes) : null
    return { ok: true, summary: offeredText(listing), listing, reply, contextTokens }
  }
  const [withVersion] = alternativeBaseUrls(bench.baseUrl)
  if (reply.status !== 0 && reply.kind !== 'denied' && withVersion?.endsWith('/v1')) {
    const second = await list(withVersion)
    const found = read(second)
    // A refusal in JSON where there was none before shows the right door as well.
    const isDoor = second.kind === 'denied' && second.json !== undefined
    if (found || isDoor) {
      const typed = bench.baseUrl
      bench.baseUrl = withVersion
      return {
        ok: found !== null,
        warned: true,
        summary: found ? `${offeredText(found)}; “/v1” was added to the Base URL` : '“/v1” was added to the Base URL',
        problem: foundElsewhere(typed, withVersion),
        listing: found,
        reply: second,
        contextTokens: found && isLlamaCpp(second.json) ? await readProps(bench, notes) : null,
      }
    }
  }
  const why =
    reply.status === 0
      ? 'The server did not answer'
      : reply.kind === 'answered'
        ? 'The answer is no list of models'
        : `Status ${reply.status}`
  const summary = reply.kind === 'denied' ? `${why}: refused with this key` : `${why}; not needed`
  return { ok: false, summary, listing: null, reply, contextTokens: null }
}

function offeredText({ models, isCut }: Listing): string {
  if (isCut) return `More than ${listedMax.toLocaleString('en')} models offered; the rest was not read`
  return models.length === 1 ? '1 model offered' : `${models.length.toLocaleString('en')} models offered`
}

/** How the evidence of the real call is called. */
export const realCallName = 'The model answers'

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
    reply = await callModel(bench, body, realCallName, { baseUrl })
    notes.push(reply.evidence)
    if (adaptions === 2) break
    if (reply.kind === 'rejected' && learnDemand(bench, reply)) continue
    if (bench.type !== 'chat') break
    if (reply.kind === 'rejected') {
      const named = namedParameter(reply.error, Object.keys(body))
      if (named === 'max_tokens') bench.learned.tokenParameter = 'max_completion_tokens'
      else break
    } else if (reply.kind === 'answered' && isCutShort(reply) && bench.learned.outputTokensMin < 256) {
      // Thinking used up the 16 tokens.
      bench.learned.outputTokensMin = 256
    } else break
  }
  const picture = bench.type === 'image' && reply.kind === 'answered' ? readPicture(reply.json) : null
  if (picture) bench.learned.pictureFormat = picture.format
  const thought = noteReasoning(bench, reply)
  if (thought) bench.card.checks.reasoning = { ...thought, pinned: false }
  if (thought && bench.learned.outputTokensMin < 256) bench.learned.outputTokensMin = 256
  return reply
}

/** Parameters that some servers demand and OpenAI does not know, with the value that fits most callers. */
const demanded: Readonly<Record<string, string>> = { input_type: 'query' }

/** True where the refusal names a parameter that was not sent and can be: from now on it is. */
function learnDemand(bench: Bench, reply: ProbeReply): boolean {
  const name = namedParameter(reply.error, Object.keys(demanded))
  if (name === null || Object.hasOwn(bench.profile.add, name)) return false
  bench.profile.add[name] = demanded[name]!
  return true
}

/** Without a listing a missing `/v1` shows only here: nothing at this path, or a page that is no API. Null = nothing better. */
export async function tryOtherBase(
  bench: Bench,
  draft: ModelDraft,
  reply: ProbeReply,
  notes: EvidenceView[],
  listing: Listing | null,
): Promise<ProbeReply | null> {
  // A listing proves the address.
  if (listing !== null) return null
  const isElsewhere =
    (reply.status === 404 && !speaksOfModel(reply, draft.modelId)) ||
    reply.status === 405 ||
    (reply.status >= 200 && reply.status < 300 && !isValidAnswer(bench.type, reply.json))
  if (!isElsewhere) return null
  for (const baseUrl of alternativeBaseUrls(bench.baseUrl)) {
    if (!hasSpare(bench, 1)) break
    const second = await tinyRealCall(bench, draft, notes, baseUrl)
    const isDoor =
      (second.kind === 'answered' && isValidAnswer(bench.type, second.json)) ||
      (second.kind === 'denied' && second.json !== undefined) ||
      (speaksOfModel(second, draft.modelId) && !speaksOfModel(reply, draft.modelId))
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
  // The control of the model comes first; this one is only worth knowing.
  if (!hasSpare(bench, 2)) return null
  // A public listing proves nothing. Pictures cost money, so they are asked for from a model that does not exist.
  const isImage = bench.type === 'image'
  const wrong = await callModel(bench, controlBody(bench), 'A call with a wrong key', {
    key: 'wrong',
    ...(isImage && { modelId: madeUpModel() }),
  })
  notes.push(wrong.evidence)
  if (wrong.kind === 'denied' || speaksOfKey(wrong, undefined)) return true
  if (wrong.kind === 'answered') return false
  // Some servers answer a bad key with 400, like a bad parameter. The same call was fine with the right key.
  if (wrong.kind === 'rejected' && !isImage && listing.kind !== 'answered') return true
  return null
}

/** Stage 4, the negative control: a made-up Model ID is refused. */
async function controlModel(bench: Bench, notes: EvidenceView[]): Promise<boolean | null> {
  if (!hasSpare(bench, 1)) return null
  const reply = await callModel(bench, controlBody(bench), 'A made-up Model ID', { modelId: madeUpModel() })
  notes.push(reply.evidence)
  if (reply.kind === 'answered') return !isValidAnswer(bench.type, reply.json)
  return reply.kind === 'rejected' || reply.kind === 'denied' ? true : null
}

/** Stage 4 after its call: the verdict, and on failure the field, the cause and the fix. */
export async function judgeModel(
  bench: Bench,
  draft: ModelDraft,
  reply: ProbeReply,
  listed: { listing: Listing | null; reply: ProbeReply } | undefined,
  notes: EvidenceView[],
): Promise<StageResult> {
  if (reply.kind === 'answered' && isValidAnswer(bench.type, reply.json)) {
    const control = await controlModel(bench, notes)
    const isAbsent = isListed(listed?.listing ?? null, draft.modelId) === false
    const doubt = control === false && isAbsent ? ', and this one is not in its listing' : ''
    const answers = control === false ? `Answers, but so it does for every Model ID${doubt}` : 'Answers'
    const refused = control ? '; a made-up Model ID is refused' : ''
    const isSilent = bench.type === 'chat' && isCutShort(reply)
    return {
      ok: true,
      warned: control === false || isSilent,
      summary: `${answers}${refused}${isSilent ? '; only its reasoning, the text stays empty' : ''}`,
    }
  }
  const found = await findCause(bench, draft, reply, listed, notes)
  return { ok: false, summary: summaryOf(reply, bench.baseUrl), problem: found }
}

/** What a server did, in one line. */
export function summaryOf(reply: ProbeReply, baseUrl: string): string {
  const { host } = new URL(baseUrl)
  if (reply.failure) return `${host}: ${reply.failure.replace(/^upstream_/, '').replaceAll('_', ' ')}`
  if (reply.status >= 200 && reply.status < 300) return `${host} gave an answer that OpenAI’s API would not give`
  return `${host} answered ${reply.status}: ${(reply.error?.message ?? 'refused').slice(0, 120)}`
}
