import { randomInt } from 'node:crypto'
import type { Capability } from '../vocabulary.ts'
import {
  ask,
  type Bench,
  bound,
  capability,
  dropParameter,
  examine,
  type Group,
  type Judgement,
  rowOf,
} from './bench.ts'
import { isResponse, isResponseStream, parseObject, readChat, readChatStream } from './chat-answer.ts'
import { parameterGroup } from './chat-parameters.ts'
import { toolsGroup } from './chat-tools.ts'
import { drawProbePicture, namesPicture } from './picture.ts'
import type { ProbeReply } from './probe.ts'

const user = (content: unknown) => ({ role: 'user', content })

const streaming: Group = {
  key: 'streaming',
  label: 'Streaming, usage in streams',
  async run(bench, notes) {
    const body = (withUsage: boolean) => ({
      messages: [user('Count from 1 to 20, separated by commas.')],
      ...bound(bench, 64),
      stream: true,
      ...(withUsage && { stream_options: { include_usage: true } }),
    })
    let asked = true
    let refusedOptions: Capability | undefined
    let usageSeen = false
    const judge = (reply: ProbeReply): Judgement => {
      if (!reply.chunks) return { verdict: 'ignored', detail: 'Answered whole where a stream was asked for' }
      const answer = readChatStream(reply.chunks)
      if (!answer) return { verdict: 'unknown', detail: 'The stream held no chat chunks' }
      usageSeen = reply.usage !== null
      return { verdict: 'yes', detail: speedText(reply) }
    }
    let main = await examine(
      bench,
      'streaming',
      notes,
      () => ask(bench, 'Streaming with usage', body(true), { stream: true }),
      judge,
    )
    if (main.verdict === 'no') {
      // It may be stream_options that the server refuses, not the stream.
      refusedOptions = main
      asked = false
      main = await examine(
        bench,
        'streaming',
        notes,
        () => ask(bench, 'Streaming', body(false), { stream: true }),
        judge,
      )
    }
    bench.card.checks.stream_usage = usageVerdict(main, asked, usageSeen, refusedOptions)
    if (main.verdict === 'yes') {
      bench.profile.streamUsage = asked && usageSeen ? 'ask' : usageSeen ? 'always' : 'never'
      if (!asked) dropParameter(bench, 'stream_options')
    } else if (main.verdict !== 'unknown') bench.profile.streamUsage = 'never'
    return rowOf(main, `${main.detail}${usageSeen ? ', usage in the stream' : ', no usage in the stream'}`)
  },
}

function usageVerdict(main: Capability, asked: boolean, seen: boolean, refused: Capability | undefined): Capability {
  if (main.verdict !== 'yes') return capability('unknown', 'Not run, because there was no stream')
  if (seen) return capability('yes', asked ? 'Told when asked for' : 'Always told; stream_options is refused')
  return refused
    ? capability('no', refused.detail)
    : capability('ignored', 'stream_options was accepted, no usage came')
}

/** `first token 96 ms, 284 tokens/s`. */
function speedText(reply: ProbeReply): string {
  const first = reply.firstByteMs ?? reply.ms
  const rest = (reply.ms - first) / 1_000
  const tokens = reply.usage?.outputTokens ?? 0
  const rate = rest > 0.02 && tokens >= 8 ? `, ${Math.round(tokens / rest)} tokens/s` : ''
  return `First token ${Math.round(first)} ms${rate}`
}

const bird = {
  type: 'object',
  properties: {
    species: { type: 'string' },
    wings: { type: 'integer' },
    habitat: { type: 'string', enum: ['forest', 'coast', 'city'] },
  },
  required: ['species', 'wings', 'habitat'],
  additionalProperties: false,
}

const structured: Group = {
  key: 'structured',
  label: 'Structured output',
  async run(bench, notes) {
    const [schema, object] = await Promise.all([
      examine(
        bench,
        'json_schema',
        notes,
        () =>
          ask(bench, 'json_schema, strict', {
            messages: [user('Describe a seagull.')],
            ...bound(bench, 128),
            response_format: { type: 'json_schema', json_schema: { name: 'bird', strict: true, schema: bird } },
          }),
        (reply) =>
          fitsBird(parseObject(readChat(reply.json)?.content ?? ''))
            ? { verdict: 'yes', detail: 'json_schema, strict' }
            : { verdict: 'ignored', detail: 'json_schema was accepted, the answer does not fit the schema' },
      ),
      examine(
        bench,
        'json_object',
        notes,
        () =>
          ask(bench, 'json_object', {
            messages: [user('Answer with a JSON object that has the key "colour" and names the colour of grass.')],
            ...bound(bench, 64),
            response_format: { type: 'json_object' },
          }),
        (reply) =>
          parseObject(readChat(reply.json)?.content ?? '')
            ? { verdict: 'yes', detail: 'json_object' }
            : { verdict: 'ignored', detail: 'json_object was accepted, the answer is no JSON' },
      ),
    ])
    if (schema.verdict === 'yes')
      return rowOf(schema, object.verdict === 'yes' ? 'json_schema strict, json_object' : 'json_schema strict')
    if (object.verdict === 'yes') return { state: 'warned', summary: `json_object only; json_schema: ${schema.detail}` }
    return rowOf(schema, '')
  },
}

function fitsBird(value: Record<string, unknown> | null): boolean {
  return (
    value !== null &&
    typeof value.species === 'string' &&
    Number.isInteger(value.wings) &&
    ['forest', 'coast', 'city'].includes(String(value.habitat)) &&
    Object.keys(value).length === 3
  )
}

const vision: Group = {
  key: 'vision',
  label: 'Vision',
  async run(bench, notes) {
    const picture = drawProbePicture(randomInt(12))
    const result = await examine(
      bench,
      'vision',
      notes,
      () =>
        ask(bench, 'A picture', {
          messages: [
            user([
              {
                type: 'text',
                text: 'Which colour and which shape do you see? Answer with two words: the colour, then circle, square or triangle.',
              },
              { type: 'image_url', image_url: { url: picture.dataUri } },
            ]),
          ],
          ...bound(bench, 32),
        }),
      (reply) =>
        namesPicture(readChat(reply.json)?.content ?? '', picture)
          ? { verdict: 'yes', detail: `Saw the ${picture.colour} ${picture.shape}` }
          : { verdict: 'ignored', detail: `Accepted, but did not see the ${picture.colour} ${picture.shape}` },
    )
    return rowOf(result, result.detail)
  },
}

const reasoning: Group = {
  key: 'reasoning',
  label: 'Reasoning',
  async run(bench, notes) {
    const seen = bench.card.checks.reasoning
    if (seen?.verdict === 'yes') return { state: 'passed', summary: seen.detail }
    const result = await examine(
      bench,
      'reasoning',
      notes,
      () =>
        ask(bench, 'Reasoning', { messages: [user('Is 91 a prime number? Answer yes or no.')], ...bound(bench, 128) }),
      (reply) => noteReasoning(bench, reply) ?? { verdict: 'unknown', detail: 'No reasoning fields seen' },
    )
    return rowOf(result, result.detail)
  },
}

/** Reads the signs of a model that thinks, and keeps the field's name for the wire profile. Null without any. */
export function noteReasoning(bench: Bench, reply: ProbeReply): Judgement | null {
  const answer = readChat(reply.json)
  if (answer?.reasoningField) {
    bench.profile.reasoningField = answer.reasoningField
    return { verdict: 'yes', detail: `Thoughts in ${answer.reasoningField}` }
  }
  if (answer?.reasoning) return { verdict: 'yes', detail: 'Thoughts as parts of the content' }
  if ((reply.usage?.reasoningTokens ?? 0) > 0) return { verdict: 'yes', detail: 'Reasoning tokens in the usage' }
  if (answer && /^\s*<think>/.test(answer.content))
    return { verdict: 'yes', detail: 'Thoughts between <think> tags in the text' }
  return null
}

const roles: Group = {
  key: 'roles',
  label: 'System and developer role',
  async run(bench, notes) {
    const question = (role: string, extra: Record<string, unknown>) => () =>
      ask(bench, `Role ${role}`, { messages: [{ role, content: 'You are brief.' }, user('Say hello.')], ...extra })
    const accepted = (reply: ProbeReply): Judgement =>
      readChat(reply.json)
        ? { verdict: 'yes', detail: '' }
        : { verdict: 'unknown', detail: 'No chat completion came back' }
    const [system, developer] = await Promise.all([
      examine(bench, 'system_role', notes, question('system', bound(bench, 16)), accepted),
      examine(bench, 'developer_role', notes, question('developer', bound(bench, 16)), accepted),
    ])
    if (system.verdict === 'no') bench.profile.systemRole = developer.verdict === 'yes' ? 'developer' : 'user'
    if (developer.verdict === 'no') bench.profile.developerRole = system.verdict === 'yes' ? 'system' : 'user'
    const names = [system.verdict === 'yes' && 'system', developer.verdict === 'yes' && 'developer'].filter(Boolean)
    if (system.verdict === 'no' && developer.verdict !== 'yes')
      return { state: 'absent', summary: `Sent as user instead: ${system.detail}` }
    return rowOf(system.verdict === 'yes' ? system : developer, names.join(', '))
  },
}

const responses: Group = {
  key: 'responses',
  label: 'Responses API',
  async run(bench, notes) {
    const question = (name: string, extra: object) => () =>
      bench.prober.call({
        name,
        method: 'POST',
        path: '/responses',
        baseUrl: bench.baseUrl,
        body: {
          model: bench.modelId,
          input: 'Reply with the word: ready',
          max_output_tokens: Math.max(16, bench.learned.outputTokensMin),
          store: false,
          ...extra,
        },
        ...('stream' in extra && { stream: true }),
      })
    const whole = await examine(bench, 'responses', notes, question('Responses API', {}), ({ json }) =>
      isResponse(json)
        ? { verdict: 'yes', detail: '' }
        : { verdict: 'ignored', detail: 'Answered, but with something that is no response' },
    )
    if (whole.verdict !== 'yes') return rowOf(whole, '')
    const streamed = await examine(
      bench,
      'responses',
      notes,
      question('Responses API, streamed', { stream: true }),
      ({ chunks }) => {
        if (!chunks) return { verdict: 'ignored', detail: 'Answered whole where a stream was asked for' }
        return isResponseStream(chunks)
          ? { verdict: 'yes', detail: 'Whole and streamed' }
          : { verdict: 'ignored', detail: 'The stream does not end with its response' }
      },
    )
    return rowOf(streamed, 'Whole and streamed')
  },
}

/** In the order of the page; they run side by side. */
export const chatGroups: readonly Group[] = [
  streaming,
  toolsGroup,
  structured,
  vision,
  reasoning,
  roles,
  parameterGroup,
  responses,
]

/** The tiny real call of the required stage. */
export function tinyChat(bench: Bench, temperature: number | null): Record<string, unknown> {
  return {
    messages: [user('Reply with the word: ready')],
    [bench.learned.tokenParameter]: Math.max(16, bench.learned.outputTokensMin),
    ...(temperature !== null && { temperature }),
  }
}
