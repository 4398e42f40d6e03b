import { AppError } from '#lib/core/errors.ts'
import type { Source } from '#lib/metering/schema.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import type { DemoHouse } from './house.ts'
import type { DemoModelIds } from './models.ts'

interface Answer {
  id: string
  status: number
  body: Record<string, unknown>
}

/**
 * Calls that are made this minute, through the gateway: their prompts and answers are kept, so that the newest requests
 * show what a call looks like. A few of them fail, as calls do. Throws where one that should work does not.
 */
export async function makeDemoCalls(
  house: DemoHouse,
  scope: Scope,
  { models, keys }: { models: DemoModelIds; keys: ReadonlyMap<string, string> },
): Promise<void> {
  const by = async (name: string, source: Source, path: string, body: object): Promise<Answer> => {
    const keyId = keys.get(name)!
    return call(house, {
      identity: {
        ...{ workspaceId: scope.workspaceId, actor: { kind: 'key', id: keyId, label: name }, keyId, modelIds: [] },
        ...{ scopes: ['inference'], source },
      },
      path,
      body,
    })
  }
  const well = async (...given: Parameters<typeof by>): Promise<Answer> => {
    const answer = await by(...given)
    if (answer.status === 200) return answer
    throw new AppError({
      kind: 'internal',
      code: 'demo_call',
      message: `A call of the demo was answered with ${answer.status}: ${JSON.stringify(answer.body).slice(0, 300)}`,
    })
  }
  const support = (variables: object, more: object = {}) =>
    well('Website chat', 'deployment', 'chat/completions', {
      ...{ model: 'deployment/support-answer', messages: [], variables, ...more },
    })

  for (const [index, question] of questions.entries())
    await support(
      { question, customer: `customer-${String(index * 37).padStart(4, '0')}` },
      {
        identity: { id: `customer-${String(index * 37).padStart(4, '0')}` },
        context: { country: index % 2 === 0 ? 'NL' : 'DE', plan: 'home', open_tickets: index % 4 },
        thread: { id: `talk-${index}` },
      },
    )
  const said: object[] = [{ role: 'system', content: 'You help customers of a music shop.' }]
  for (const content of [
    'My patch bay hums. What can I do?',
    'It only hums when the lamp is on.',
    'Thank you, that was it.',
  ]) {
    said.push({ role: 'user', content })
    const { body } = await well('Help centre', 'gateway', 'chat/completions', {
      ...{ model: models.support.slug, messages: said, thread: { id: 'humming' }, identity: { id: 'customer-0412' } },
    })
    said.push((body.choices as { message: object }[])[0]!.message)
  }
  await well('Mobile app', 'gateway', 'chat/completions', {
    model: models.support.slug,
    messages: [{ role: 'user', content: 'Where is order 20418?' }],
    tools: [
      {
        type: 'function',
        function: { name: 'find_order', parameters: { type: 'object', properties: { number: { type: 'string' } } } },
      },
    ],
    tool_choice: 'required',
  })
  const drawn = await well('Catalogue', 'deployment', 'images/generations', {
    ...{
      model: 'deployment/catalogue-picture',
      variables: { thing: 'circle' },
      prompt: '',
      response_format: 'b64_json',
    },
  })
  const url = `data:image/png;base64,${(drawn.body.data as { b64_json: string }[])[0]!.b64_json}`
  await well('Website chat', 'gateway', 'chat/completions', {
    model: models.support.slug,
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What do you see?' },
          { type: 'image_url', image_url: { url } },
        ],
      },
    ],
  })
  await well('Search indexer', 'gateway', 'embeddings', { model: models.vectors.slug, input: questions.slice(0, 3) })
  await well('Forms', 'gateway', 'completions', { model: models.forms.slug, prompt: 'Dear customer,', max_tokens: 40 })
  await well('Mail sorter', 'deployment', 'chat/completions', {
    ...{
      model: 'deployment/triage-mail',
      messages: [],
      variables: { mail: 'When will the delivery of my mixer arrive?' },
    },
  })
  await well('Nightly reports', 'gateway', 'chat/completions', {
    ...{
      model: models.thinker.slug,
      messages: [{ role: 'user', content: 'Explain in 60 words what a patch bay is for' }],
    },
  })
  await by('Lab', 'gateway', 'chat/completions', {
    model: 'no-such-model',
    messages: [{ role: 'user', content: 'Hello' }],
  })
  await by('Lab', 'gateway', 'chat/completions', {
    ...{ model: models.trial.slug, n: 1_000, messages: [{ role: 'user', content: 'Hello' }] },
  })
}

const questions = [
  'When do you open on Sunday?',
  'Does the mixer come with a cable set?',
  'Can I pick up order 20377 in the shop?',
  'Which headphones are good for a small room?',
  'Do you take back opened microphones?',
  'What is the difference between the two preamps?',
  'My keyboard has no sound on the left.',
  'List three uses of a patch bay',
]

type Identity = Parameters<DemoHouse['gateway']['handleAs']>[0]

async function call(house: DemoHouse, given: { identity: Identity; path: string; body: object }): Promise<Answer> {
  const reply = await house.gateway.handleAs(given.identity, {
    ...{ method: 'POST', path: `/v1/${given.path}`, headers: { 'content-type': 'application/json' }, peer: '' },
    body: Buffer.from(JSON.stringify(given.body)),
    signal: new AbortController().signal,
    receivedAtMs: house.nowMs(),
  })
  const parts: Uint8Array[] = []
  if (reply.body instanceof Uint8Array) parts.push(reply.body)
  else if (reply.body) for await (const part of reply.body) parts.push(part)
  const text = Buffer.concat(parts).toString()
  return {
    id: reply.headers['x-request-id'] ?? '',
    status: reply.status,
    body: text.startsWith('{') ? JSON.parse(text) : {},
  }
}
