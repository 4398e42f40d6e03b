import { ask, bound, capability, examine, type Group, type Judgement, rowOf } from './bench.ts'
import { parseArguments, readChat, readChatStream, type ToolCall } from './chat-answer.ts'

const user = (content: string) => ({ role: 'user', content })

const weather = tool('get_weather', 'Current weather in a city', { city: { type: 'string' } }, ['city'])
const clock = tool('get_time', 'Current time in a city', { city: { type: 'string' } }, ['city'])

function tool(name: string, description: string, properties: Record<string, unknown>, required: string[]) {
  return {
    type: 'function',
    function: { name, description, parameters: { type: 'object', properties, required, additionalProperties: false } },
  }
}

/** Function calling in every way that callers use it. */
export const toolsGroup: Group = {
  key: 'tools',
  label: 'Function calling',
  async run(bench, notes) {
    const asStream = {
      stream: true,
      ...(bench.profile.streamUsage === 'ask' && { stream_options: { include_usage: true } }),
    }
    const question =
      (name: string, body: Record<string, unknown>, stream = false) =>
      () =>
        ask(bench, name, { ...bound(bench, 128), ...body, ...(stream && asStream) }, stream ? { stream: true } : {})
    const auto = await examine(
      bench,
      'tools',
      notes,
      question('Function calling', {
        messages: [user('What is the weather in Paris? Use the tool.')],
        tools: [weather],
        tool_choice: 'auto',
      }),
      (reply) => judgeCalls(readChat(reply.json)?.toolCalls, 'get_weather', 1),
    )
    // Some servers refuse auto for want of a parser and yet can be made to call, so the other ways are asked for as well.
    const required = () =>
      examine(
        bench,
        'tools_required',
        notes,
        question('tool_choice required', {
          messages: [user('Say hello to Paris.')],
          tools: [weather],
          tool_choice: 'required',
        }),
        (reply) => judgeCalls(readChat(reply.json)?.toolCalls, 'get_weather', 1),
      )
    const named = () =>
      examine(
        bench,
        'tools_named',
        notes,
        question('A named function', {
          messages: [user('How is Rome?')],
          tools: [weather, clock],
          tool_choice: { type: 'function', function: { name: 'get_time' } },
        }),
        (reply) => judgeCalls(readChat(reply.json)?.toolCalls, 'get_time', 1),
      )
    const parallel = () =>
      examine(
        bench,
        'tools_parallel',
        notes,
        question('Parallel functions', {
          messages: [user('What is the weather in Paris, Oslo and Rome? Call the tool once for each city.')],
          tools: [weather],
          parallel_tool_calls: true,
        }),
        (reply) => judgeCalls(readChat(reply.json)?.toolCalls, 'get_weather', 2),
      )
    const streamed = () =>
      examine(
        bench,
        'tools_streamed',
        notes,
        question(
          'Streamed arguments',
          { messages: [user('What is the weather in Oslo? Use the tool.')], tools: [weather], tool_choice: 'auto' },
          true,
        ),
        (reply) => {
          const answer = reply.chunks ? readChatStream(reply.chunks) : readChat(reply.json)
          if (answer?.toolIndexMissing) bench.profile.toolIndexMissing = true
          if (!reply.chunks) return { verdict: 'ignored', detail: 'Answered whole where a stream was asked for' }
          return judgeCalls(answer?.toolCalls, 'get_weather', 1)
        },
      )
    const isOffered = auto.verdict === 'yes' || auto.verdict === 'ignored'
    const notRun = (key: 'tools_parallel' | 'tools_streamed') => {
      bench.card.checks[key] = capability('unknown', 'Not run, because function calling did not work')
      return bench.card.checks[key]
    }
    const results = await Promise.all([
      required(),
      named(),
      isOffered ? parallel() : notRun('tools_parallel'),
      isOffered ? streamed() : notRun('tools_streamed'),
    ])
    const ways = [
      ['auto', auto],
      ['required', results[0]],
      ['named', results[1]],
      ['parallel', results[2]],
      ['streamed', results[3]],
    ] as const
    const good = ways.filter(([, result]) => result.verdict === 'yes').map(([name]) => name)
    const bad = ways
      .filter(([, result]) => result.verdict === 'no' || result.verdict === 'ignored')
      .map(([name]) => name)
    if (auto.verdict === 'no' && good.length > 0)
      return { state: 'warned', summary: `${good.join(', ')}; not auto: ${auto.detail}` }
    return rowOf(auto, good.join(', ') + (bad.length > 0 ? `; not ${bad.join(', ')}` : ''))
  },
}

function judgeCalls(calls: readonly ToolCall[] | undefined, name: string, least: number): Judgement {
  const good = (calls ?? []).filter((call) => call.name === name && typeof parseArguments(call)?.city === 'string')
  if (good.length >= least) return { verdict: 'yes', detail: '' }
  if (good.length > 0) return { verdict: 'ignored', detail: `Called ${good.length} of ${least}` }
  return {
    verdict: 'ignored',
    detail: calls && calls.length > 0 ? 'Called with arguments that do not fit' : 'Accepted, no function was called',
  }
}
