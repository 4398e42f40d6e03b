import type { CheckKey, EvidenceView } from '../views.ts'
import type { Capability, CapabilityCard, CapabilityKey, ModelType, Verdict, WireProfile } from '../vocabulary.ts'
import { readChat, readChatStream } from './chat-answer.ts'
import type { ProbeCall, ProbeReply } from './probe.ts'
import { type Prober, ProbeStop } from './prober.ts'

/** What has been learned about how to ask this server, while asking. */
export interface Learned {
  tokenParameter: 'max_tokens' | 'max_completion_tokens'
  /** Below this the server's answers are empty: a model that thinks first. */
  outputTokensMin: number
  /** What a server tells of itself beside OpenAI's API. Decides where it fails instead of refusing. */
  told?: { tools?: boolean; vision?: boolean }
  /** How a picture comes where no format is asked for. */
  pictureFormat?: 'b64_json' | 'url'
}

/** The table on which a model is examined: what to ask with, and where findings go. */
export interface Bench {
  prober: Prober
  type: ModelType
  modelId: string
  /** Path of the operation, joined to the Base URL. */
  path: string
  /** The Base URL that answered; a missing `/v1` may have been found. */
  baseUrl: string
  learned: Learned
  card: CapabilityCard
  profile: WireProfile
}

/** How a group of capabilities came out, for its row. */
export interface GroupResult {
  state: 'passed' | 'warned' | 'absent' | 'skipped'
  summary: string
}

/** One group of capability probes: a row of the validation. */
export interface Group {
  key: CheckKey
  label: string
  run(bench: Bench, notes: EvidenceView[]): Promise<GroupResult>
}

export interface Judgement {
  verdict: Exclude<Verdict, 'no'>
  detail: string
}

/** An operation of the model's Type at the address that answered. */
export function ask(
  bench: Bench,
  name: string,
  body: Record<string, unknown>,
  extra: Partial<ProbeCall> = {},
): Promise<ProbeReply> {
  return bench.prober.call({
    name,
    method: 'POST',
    path: bench.path,
    baseUrl: bench.baseUrl,
    body: { model: bench.modelId, ...bench.profile.add, ...body },
    ...extra,
  })
}

/**
 * Asks and judges. A rejection is asked once more: only two make a *no*, with the server's words. Overload, refused keys
 * and faults of the moment are *unknown*, never *no*.
 */
export async function examine(
  bench: Bench,
  key: CapabilityKey,
  notes: EvidenceView[],
  question: () => Promise<ProbeReply>,
  judge: (reply: ProbeReply) => Judgement,
): Promise<Capability> {
  const { told } = bench.learned
  const isTold = key.startsWith('tools') ? told?.tools : key === 'vision' ? told?.vision : undefined
  const result = await decide(key, notes, question, judge, isTold === false)
  bench.card.checks[key] = result
  return result
}

async function decide(
  key: CapabilityKey,
  notes: EvidenceView[],
  question: () => Promise<ProbeReply>,
  judge: (reply: ProbeReply) => Judgement,
  isToldNot: boolean,
): Promise<Capability> {
  try {
    let rejections = 0
    for (let attempt = 0; attempt < 2; attempt++) {
      const reply = await question()
      notes.push({ ...reply.evidence, about: [key] })
      if (reply.kind === 'answered') {
        const { verdict, detail } = judge(reply)
        if (verdict === 'ignored' && isCutShort(reply))
          return capability('unknown', 'Not decided: the answer was cut at the token limit of the probe')
        return capability(verdict, detail)
      }
      if (reply.error?.code === 'tool_use_failed')
        return capability('ignored', 'The server could not read what the model called (tool_use_failed)')
      // A server that fails where it says itself that it does not offer this has refused it.
      if (reply.kind === 'rejected' || (isToldNot && reply.status >= 500)) rejections += 1
      if (rejections === 2) return capability('no', `“${reply.error?.message ?? `status ${reply.status}`}”`)
      if (reply.kind === 'limited' || reply.kind === 'denied') return capability('unknown', notDecided(reply))
      if (attempt === 1) return capability('unknown', notDecided(reply))
    }
  } catch (error) {
    if (!(error instanceof ProbeStop)) throw error
    return capability('unknown', stopText(error))
  }
  return capability('unknown', 'Not decided')
}

/** True where the tokens were used up before the answer began, or in the middle of a JSON: thinking takes its share. */
function isCutShort({ json, chunks }: ProbeReply): boolean {
  const answer = chunks ? readChatStream(chunks) : readChat(json)
  if (answer?.finishReason !== 'length') return false
  const words = answer.content.replace(/<think>[\s\S]*?(<\/think>|$)/, '').trim()
  return answer.toolCalls.length > 0 || words === '' || /^(```|[{[])/.test(words)
}

export function capability(verdict: Verdict, detail: string): Capability {
  return { verdict, detail: detail.slice(0, 300), pinned: false }
}

function notDecided(reply: ProbeReply): string {
  if (reply.status === 429) return 'Not decided: the server is rate limited'
  if (reply.failure) return `Not decided: ${reply.failure.replace(/^upstream_/, '').replaceAll('_', ' ')}`
  return `Not decided: status ${reply.status}`
}

export function stopText(stop: ProbeStop): string {
  const reasons = {
    calls: 'Not run: the call limit was reached',
    time: 'Not run: the time was up',
    tokens: 'Not run: the token limit was reached',
    cancelled: 'Not run: cancelled',
    refused: `Not run: ${stop.message}`,
  }
  return reasons[stop.reason]
}

/** The row of a group whose main capability came out like this. */
export function rowOf(main: Capability, summary: string): GroupResult {
  if (main.verdict === 'yes') return { state: 'passed', summary }
  if (main.verdict === 'no') return { state: 'absent', summary: `Not offered: ${main.detail}` }
  if (main.verdict === 'ignored') return { state: 'warned', summary: main.detail || 'Accepted, but not honoured' }
  return { state: 'skipped', summary: main.detail || 'Not decided' }
}

/** From now on the gateway leaves this parameter out. A group that is run again says it once. */
export function dropParameter(bench: Bench, name: string): void {
  if (!bench.profile.drop.includes(name)) bench.profile.drop.push(name)
}

/** The output bound of a probe, under the name this server takes, raised for models that think first. */
export function bound(bench: Bench, tokens: number): Record<string, number> {
  const { tokenParameter, outputTokensMin } = bench.learned
  return { [tokenParameter]: outputTokensMin > 16 ? Math.max(tokens, outputTokensMin + 128) : tokens }
}
