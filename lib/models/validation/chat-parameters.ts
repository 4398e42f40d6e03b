import type { CapabilityKey } from '../vocabulary.ts'
import { ask, type Bench, bound, capability, dropParameter, type Group, stopText } from './bench.ts'
import { readChat } from './chat-answer.ts'
import { namedParameter } from './named-parameter.ts'
import type { ProbeReply } from './probe.ts'
import { ProbeStop } from './prober.ts'

type ParameterKey = Extract<CapabilityKey, 'temperature' | 'stop' | 'seed' | 'logprobs' | 'n'>

/** What is sent for each; `logprobs` stands for its companion too. */
const values: Record<ParameterKey, Record<string, unknown>> = {
  temperature: { temperature: 0.2 },
  seed: { seed: 7 },
  stop: { stop: ['four'] },
  logprobs: { logprobs: true, top_logprobs: 1 },
  n: { n: 2 },
}
const sentNames: Record<ParameterKey, readonly string[]> = {
  temperature: ['temperature'],
  seed: ['seed'],
  stop: ['stop'],
  logprobs: ['logprobs', 'top_logprobs'],
  n: ['n'],
}

/** Parameters that do not depend on each other share a call; a 400 that names one sets it aside, another halves the rest. */
export const parameterGroup: Group = {
  key: 'parameters',
  label: 'Parameters',
  async run(bench, notes) {
    const question = (keys: readonly ParameterKey[], extra: Record<string, unknown> = {}) =>
      ask(bench, `Parameters: ${keys.join(', ') || 'token limits'}`, {
        messages: [{ role: 'user', content: 'Write the words: one two three four five' }],
        ...bound(bench, 24),
        ...Object.assign({}, ...keys.map((key) => values[key])),
        ...extra,
      })
    const suspects: ParameterKey[] = []

    const settle = (keys: readonly ParameterKey[], reply: ProbeReply) => {
      for (const key of keys) bench.card.checks[key] = judge(key, reply)
    }

    const sift = async (keys: readonly ParameterKey[]): Promise<void> => {
      if (keys.length === 0) return
      const reply = await question(keys)
      notes.push({ ...reply.evidence, about: [...keys] })
      if (reply.kind === 'answered') return settle(keys, reply)
      if (reply.kind !== 'rejected') {
        for (const key of keys) bench.card.checks[key] = capability('unknown', `Not decided: status ${reply.status}`)
        return
      }
      const named = namedParameter(
        reply.error,
        keys.flatMap((key) => sentNames[key]),
      )
      const culprit = keys.find((key) => named !== null && sentNames[key].includes(named))
      if (culprit) {
        suspects.push(culprit)
        return sift(keys.filter((key) => key !== culprit))
      }
      if (keys.length === 1) {
        suspects.push(keys[0]!)
        return
      }
      const half = Math.ceil(keys.length / 2)
      await sift(keys.slice(0, half))
      await sift(keys.slice(half))
    }

    /** The second rejection, alone: only that makes a *no*. */
    const confirm = async (key: ParameterKey) => {
      const reply = await question([key])
      notes.push({ ...reply.evidence, about: [key] })
      if (reply.kind === 'rejected') {
        bench.card.checks[key] = capability('no', `“${reply.error?.message ?? `status ${reply.status}`}”`)
        for (const name of sentNames[key]) dropParameter(bench, name)
      } else settle([key], reply)
    }

    const keys = Object.keys(values) as ParameterKey[]
    try {
      await sift(keys)
      for (const key of suspects) await confirm(key)
      await learnTokenParameter(
        bench,
        (extra) => question([], extra),
        (reply) => notes.push(reply.evidence),
      )
    } catch (error) {
      if (!(error instanceof ProbeStop)) throw error
      for (const key of keys) bench.card.checks[key] ??= capability('unknown', stopText(error))
    }
    const verdicts = keys.map((key) => [key, bench.card.checks[key]?.verdict ?? 'unknown'] as const)
    const list = (wanted: string) => verdicts.filter(([, verdict]) => verdict === wanted).map(([key]) => key)
    const parts = [
      list('yes').join(', '),
      list('no').length > 0 && `drops ${list('no').join(', ')}`,
      list('ignored').length > 0 && `ignores ${list('ignored').join(', ')}`,
    ]
    const summary = parts.filter(Boolean).join('; ') || 'Not decided'
    return { state: list('yes').length > 0 ? (list('ignored').length > 0 ? 'warned' : 'passed') : 'skipped', summary }
  },
}

/** Which name of the output bound the server takes. The one that the first call used is known to work. */
async function learnTokenParameter(
  bench: Bench,
  question: (extra: Record<string, unknown>) => Promise<ProbeReply>,
  note: (reply: ProbeReply) => void,
): Promise<void> {
  if (bench.learned.tokenParameter === 'max_completion_tokens') {
    bench.profile.maxTokensParameter = 'max_completion_tokens'
    return
  }
  const limit = Math.max(8, bench.learned.outputTokensMin)
  const reply = await question({ max_tokens: undefined, max_completion_tokens: limit })
  note(reply)
  const used = reply.usage?.outputTokens ?? 0
  const honoured = reply.kind === 'answered' && readChat(reply.json) !== null && used <= limit
  bench.profile.maxTokensParameter = honoured ? 'both' : 'max_tokens'
}

function judge(key: ParameterKey, reply: ProbeReply) {
  const answer = readChat(reply.json)
  if (!answer)
    return capability(
      'unknown',
      reply.kind === 'answered' ? 'No chat completion came back' : `Not decided: status ${reply.status}`,
    )
  if (key === 'n')
    return answer.choices === 2
      ? capability('yes', '')
      : capability('ignored', 'One choice came where two were asked for')
  if (key === 'logprobs' && !answer.hasLogprobs && answer.content === '')
    return capability('unknown', 'No text came that could have them')
  if (key === 'logprobs')
    return answer.hasLogprobs ? capability('yes', '') : capability('ignored', 'Accepted, none came')
  if (key === 'stop') {
    const words = answer.content.replace(/<think>[\s\S]*?(<\/think>|$)/, '')
    if (/four/i.test(words)) return capability('ignored', 'Went on after the stop word')
    return /three/i.test(words) ? capability('yes', '') : capability('unknown', 'No text came that could be stopped')
  }
  return capability('yes', '')
}
