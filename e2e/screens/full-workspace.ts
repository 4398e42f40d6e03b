import { supportConfig } from '#lib/scenarios/demo/deployments.ts'
import { at, manage, practiceModel, type Tenant } from '../fixtures.ts'

interface Made {
  id: string
  slug: string
  version: number
}

// Made when they are asked for: a worker's installation has its address only once it runs.
const models = () => [
  practiceModel({
    name: 'Support chat',
    description: 'Answers customers. Thirty days of prompts are kept for the weekly review.',
    maxTokens: 4096,
    temperature: 0.2,
    aliases: ['support', 'groq/llama-3.3'],
  }),
  practiceModel({
    name: 'Careful thinker',
    modelId: 'practice-reasoner',
    region: 'us',
    inputPrice: '1.1',
    outputPrice: '4.4',
  }),
  practiceModel({
    name: 'Small and quick',
    modelId: 'practice-small',
    region: 'eu',
    inputPrice: '0.05',
    outputPrice: '0.08',
  }),
  practiceModel({
    name: 'Unpriced with a long name that has to be cut somewhere',
    modelId: 'practice-chat:no-tools',
    inputPrice: '',
    outputPrice: '',
  }),
  practiceModel({
    name: 'Old completions',
    type: 'completion',
    modelId: 'practice-completion',
    inputPrice: '0.5',
    outputPrice: '1.5',
  }),
  practiceModel({
    name: 'Search vectors',
    type: 'embedding',
    modelId: 'practice-embed',
    inputPrice: '0.02',
    outputPrice: '',
  }),
  practiceModel({
    name: 'Pictures',
    type: 'image',
    modelId: 'practice-image',
    imagePrice: '0.04',
    inputPrice: '',
    outputPrice: '',
    imageConsent: true,
  }),
]

const prompts = [
  'Write a haiku about patch cables',
  'Summarise: the meeting moved to Tuesday',
  'Say hello',
  'Name three rivers',
]

/** A workspace in which something has happened: seven models, one of them disabled, some twenty calls, a few of them refused. */
export async function fillWorkspace(
  tenant: Tenant,
): Promise<{ model: Made; requestId: string; failedId: string; unstoredId: string }> {
  // Gateways know of it before the models below are validated.
  await keepPayloads(tenant)
  const made: Made[] = []
  for (const model of models()) made.push(await manage<Made>(tenant, 'POST', '/models', model))
  const website = await manage<{ id: string }>(tenant, 'POST', '/keys', { name: 'Website', scopes: ['inference'] })
  await manage(tenant, 'POST', '/keys', { name: 'Nightly report', scopes: ['inference', 'read'] })
  const ofKey = { scope: 'key', scopeId: website.id }
  for (const budget of [
    { scope: 'workspace', amount: '2000', window: 'month' },
    { ...ofKey, unit: 'tokens', amount: '10000000', window: 'week' },
    { scope: 'model', scopeId: made[1]!.slug, amount: '0.05', window: 'day' },
    { scope: 'model', scopeId: made[2]!.slug, amount: '300', window: 'total' },
    { scope: 'identity', scopeId: '*', amount: '0.5', window: 'day' },
  ])
    await manage(tenant, 'POST', '/budgets', budget)
  await manage(tenant, 'POST', '/limits', { scope: 'workspace', kind: 'requests_per_minute', amount: 600 })
  await manage(tenant, 'POST', '/limits', { ...ofKey, kind: 'concurrency', amount: 5 })
  await fillAlerts(tenant, made)
  for (let round = 0; round < 4; round++) {
    const content = prompts[round % prompts.length]!
    for (const { slug } of made.slice(0, 4)) {
      await call(tenant, 'chat/completions', {
        model: slug,
        messages: [{ role: 'user', content }],
        stream: round % 2 === 0,
        identity: { id: `customer-${round % 3}` },
      })
    }
    await call(tenant, 'embeddings', { model: made[5]!.slug, input: content })
  }
  await call(tenant, 'completions', { model: made[4]!.slug, prompt: 'Once upon a time', max_tokens: 32 })
  const drawn = await call(tenant, 'images/generations', {
    model: made[6]!.slug,
    prompt: 'A red circle',
    response_format: 'b64_json',
  })
  const thread = { id: 'humming' }
  const said: { role: string; content: string }[] = [{ role: 'system', content: 'You help customers of a music shop.' }]
  for (const content of ['My patch bay hums. What can I do?', 'It only hums when the lamp is on.']) {
    said.push({ role: 'user', content })
    const answer = await call(tenant, 'chat/completions', { model: made[0]!.slug, messages: said, thread })
    said.push(answer.body.choices[0]!.message)
  }
  const picture = { type: 'image_url', image_url: { url: `data:image/png;base64,${drawn.body.data![0]!.b64_json}` } }
  const asked = await call(tenant, 'chat/completions', {
    model: made[0]!.slug,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'What is the weather in Lisbon?' }, picture] }],
    tools: [
      {
        type: 'function',
        function: { name: 'get_weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
      },
    ],
    tool_choice: 'required',
  })
  await call(tenant, 'feedback', {
    request_id: asked.id,
    rating: 'bad',
    correction: 'It should have asked for the weather in Lisbon.',
    comment: 'The picture has nothing to do with it.',
    values: { stars: 2, reviewer: 'support' },
  })
  const unstored = await call(
    tenant,
    'chat/completions',
    { model: made[0]!.slug, messages: said },
    { 'x-no-store': 'true' },
  )
  const failed = await call(tenant, 'chat/completions', {
    model: made[0]!.slug,
    messages: [{ role: 'user', content: 'Hello' }],
    n: 1_000,
  })
  for (let count = 0; count < 3; count++)
    await call(tenant, 'chat/completions', { model: 'no-such-model', messages: [{ role: 'user', content: 'Hello' }] })
  await fillDeployment(tenant, made)
  const { version } = await manage<Made>(tenant, 'GET', `/models/${made[4]!.id}`)
  await manage(tenant, 'PATCH', `/models/${made[4]!.id}`, { state: 'disabled', version })
  return { model: made[0]!, requestId: asked.id, failedId: failed.id, unstoredId: unstored.id }
}

/** Two rules, one of them muted, and a channel whose test arrives nowhere. */
async function fillAlerts(tenant: Tenant, models: readonly Made[]): Promise<void> {
  const url = 'https://hooks.example.test/alerts'
  const channel = await manage<Made>(tenant, 'POST', '/alerts/channels', {
    ...{ name: 'On call', kind: 'webhook', url, notices: ['budget', 'key_refused'] },
  })
  await manage(tenant, 'POST', `/alerts/channels/${channel.id}/test`)
  const spend = { name: 'Daily spend', condition: 'cost', windowMinutes: 1_440, threshold: '50' }
  const slow = { name: 'Slow answers', condition: 'latency', windowMinutes: 60, threshold: '3000' }
  await manage(tenant, 'POST', '/alerts/rules', { ...spend, channelIds: [channel.id] })
  const rule = await manage<Made>(tenant, 'POST', '/alerts/rules', {
    ...slow,
    scope: 'model',
    scopeId: models[0]!.slug,
  })
  await manage(tenant, 'POST', `/alerts/rules/${rule.id}/mute`, { minutes: null })
}

/** A deployment with two versions, a canary, some calls, and a draft in which a fallback is not up to it. */
async function fillDeployment(tenant: Tenant, models: readonly Made[]): Promise<void> {
  const [chat, thinker, , plain] = models as [Made, Made, Made, Made]
  const brief = await manage<Made>(tenant, 'POST', '/evaluators', {
    ...{ name: 'Brief', config: { kind: 'length', unit: 'words', min: null, max: 25 } },
  })
  const guardrails = [{ evaluator: brief.id, on: 'output', act: 'rate' }]
  const configOf = (words: string, more: object = {}) => {
    const config = supportConfig({ support: chat, thinker }, words)
    const [main, ...others] = config.variants
    return { ...config, variants: [{ ...main!, guardrails, ...more }, ...others] }
  }
  const path = '/deployments/support-answer'
  const description = 'Answers customers of the shop.'
  await manage(tenant, 'POST', '/deployments', { key: 'support-answer', description, config: configOf('Be kind.') })
  await manage(tenant, 'POST', `${path}/publish`, { draftVersion: 1, description: 'The first one' })
  const shorter = configOf('Be short and exact.', { parameters: { temperature: 0.2, max_tokens: 400 } })
  await manage(tenant, 'PUT', `${path}/draft`, { version: 1, config: shorter })
  await manage(tenant, 'POST', `${path}/publish`, {
    draftVersion: 2,
    environment: 'staging',
    description: 'Shorter answers',
  })
  await manage(tenant, 'PUT', `${path}/environments/production/canary`, { version: '1.1', percent: 50 })
  // Enough of them that either side of the canary gets some.
  for (let count = 0; count < 16; count++)
    await call(tenant, 'chat/completions', {
      model: 'deployment/support-answer',
      messages: [],
      variables: { question: prompts[count % prompts.length] },
      context: { country: count % 2 === 0 ? 'NL' : 'DE' },
      thread: { id: `talk-${count}` },
    })
  const unable = configOf('Be short and exact.', { fallbacks: [{ model: thinker.id }, { model: plain.id }] })
  await manage(tenant, 'PUT', `${path}/draft`, { version: 2, config: unable })
  await manage(tenant, 'POST', '/deployments', { key: 'classify-mail', model: chat.id })
}

/** Makes a workspace keep prompts and answers. */
export async function keepPayloads(tenant: Tenant): Promise<void> {
  const { version } = await manage<Made>(tenant, 'GET', '')
  await manage(tenant, 'PATCH', '', { version, payloadDays: 7 })
}

interface Body {
  choices: { message: { role: string; content: string } }[]
  data?: { b64_json: string }[]
}

/** A call through the gateway; the answer of one that streams is left alone. */
export async function call(
  tenant: Tenant,
  path: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<{ id: string; body: Body }> {
  const answer = await fetch(`${at.gateway}/v1/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${tenant.apiKey}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  return { id: answer.headers.get('x-request-id')!, body: text.startsWith('{') ? JSON.parse(text) : { choices: [] } }
}
