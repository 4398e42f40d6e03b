import { z } from 'zod'
import type { ModelEntry } from '#lib/models/schema.ts'
import { ChatCompletion } from '#lib/openai/wire/answers.ts'
import { fillIn } from '../template.ts'
import { contentText, conversationText } from '../text.ts'
import type { JudgeAnswer, JudgeConfig } from './config.ts'
import { failure, measure, type Score, type Subject, short, textOf, verdict } from './score.ts'

const answerCharactersMax = 100_000

/** The call that asks a model for its judgement, but for the model's address. */
export function judgeBody(
  config: JudgeConfig,
  subject: Subject,
  { capabilities: { checks }, profile }: Pick<ModelEntry, 'capabilities' | 'profile'>,
): Record<string, unknown> {
  const named: Record<string, unknown> = {
    answer: subject.text.slice(0, answerCharactersMax),
    expected: subject.expected,
    input: conversationText(subject.messages),
  }
  const prompt = fillIn(config.prompt, (name) =>
    Object.hasOwn(subject.inputs, name) ? subject.inputs[name] : Object.hasOwn(named, name) ? named[name] : undefined,
  )
  const schema = schemaOf(config.answer)
  const system = `You judge the answer of a language model. Reply with one JSON object and nothing else. It has "reason", a short text, and "verdict", ${words(config.answer)}.`
  const takesSchema = checks.json_schema?.verdict !== 'no' || profile.jsonSchemaDowngrade !== 'none'
  const takesJson = checks.json_object?.verdict !== 'no'
  return {
    messages: [
      { role: 'system', content: system },
      { role: 'user', content: prompt },
    ],
    max_tokens: config.maxTokens,
    ...(config.temperature !== null && { temperature: config.temperature }),
    ...(takesSchema
      ? { response_format: { type: 'json_schema', json_schema: { name: 'judgement', strict: true, schema } } }
      : takesJson && { response_format: { type: 'json_object' } }),
  }
}

function schemaOf(answer: JudgeAnswer): Record<string, unknown> {
  const verdicts: Record<JudgeAnswer['type'], Record<string, unknown>> = {
    boolean: { type: 'boolean' },
    // Bounds are in the words: not every server takes them in a strict schema.
    number: { type: 'number' },
    category: {
      type: 'string',
      ...(answer.type === 'category' && { enum: answer.categories.map(({ name }) => name) }),
    },
    text: { type: 'string' },
  }
  return {
    type: 'object',
    properties: { reason: { type: 'string' }, verdict: verdicts[answer.type] },
    required: ['reason', 'verdict'],
    additionalProperties: false,
  }
}

function words(answer: JudgeAnswer): string {
  switch (answer.type) {
    case 'boolean':
      return 'true or false'
    case 'number':
      return `a number from ${answer.min} to ${answer.max}`
    case 'category':
      return `one of ${answer.categories.map(({ name }) => JSON.stringify(name)).join(', ')}`
    case 'text':
      return 'a text'
  }
}

const Judgement = z.object({ reason: z.unknown().optional(), verdict: z.unknown().optional() })

/** What a judge's answer says; a failure where it says nothing that was asked for. */
export function readJudgement(answer: JudgeAnswer, body: unknown): Score {
  const completion = ChatCompletion.safeParse(body)
  const message = completion.data?.choices[0]?.message
  const text = message ? contentText(message.content) : ''
  const parsed = Judgement.safeParse(findObject(text))
  if (!parsed.success || parsed.data.verdict === undefined)
    return failure(`The judge did not answer as asked: ${short(message?.refusal || text || 'nothing')}`)
  const { reason, verdict: said } = parsed.data
  const detail = reason === undefined || reason === null ? '' : textOf(reason)
  const odd = () => failure(`The judge answered ${short(textOf(said))}, not ${words(answer)}.`)
  switch (answer.type) {
    case 'boolean': {
      const value = said === true || said === 'true' ? true : said === false || said === 'false' ? false : null
      return value === null ? odd() : verdict(value, detail)
    }
    case 'number': {
      const value = typeof said === 'string' && said.trim() !== '' ? Number(said) : said
      if (typeof value !== 'number' || !(value >= answer.min && value <= answer.max)) return odd()
      return measure(value, answer.passAt, detail)
    }
    case 'category': {
      const found = answer.categories.find(({ name }) => name === said)
      if (!found) return odd()
      // Where no category passes they only sort.
      const sorts = answer.categories.every(({ passes }) => !passes)
      const score = verdict(found.passes, detail)
      return { ...score, label: found.name, ...(sorts && { passed: null, value: null }) }
    }
    case 'text':
      return { passed: null, value: null, label: null, detail: short(textOf(said)), skipped: false, error: null }
  }
}

/** The object that a text is, also in a fenced block or with words around it. */
function findObject(text: string): unknown {
  const [from, to] = [text.indexOf('{'), text.lastIndexOf('}')]
  for (const candidate of [text, text.slice(from, to + 1)]) {
    try {
      return JSON.parse(candidate)
    } catch {}
  }
  return null
}
