import type { DeploymentConfigInput } from '#lib/deployments/schema.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import { type DemoHouse, daysAgo } from './house.ts'
import type { DemoModelIds } from './models.ts'

/** Which of its versions answered when, in thirty days of traffic. */
interface Served {
  version: string
  earlier: string
  since: number
  canary: string
  canary_since: number
  canary_share: number
  staging: string
  variant_1: string
  variant_2: string
}

export type DemoDeployments = Record<
  'support-answer' | 'triage-mail' | 'catalogue-picture',
  { id: string; traffic: Served }
>

export const categories = ['billing', 'delivery', 'returns', 'repairs', 'praise'] as const

const findOrder = {
  name: 'find_order',
  description: 'Finds an order by its number.',
  parameters: {
    type: 'object',
    properties: { number: { type: 'string', description: 'As it stands on the invoice.' } },
    required: ['number'],
    additionalProperties: false,
  },
}

/**
 * What the shop's support answers with: variables, a function, a fallback, a row of the routing. `words` is what versions
 * differ by, `rating` an evaluator that looks at a quarter of the calls.
 */
export function supportConfig(
  models: Record<'support' | 'thinker', { id: string }>,
  words: string,
  { parameters = {}, rating }: { parameters?: Record<string, unknown>; rating?: string | undefined } = {},
): DeploymentConfigInput {
  const system = (more: string) => `You answer customers of {{shop}}.\n${words} ${more}`
  return {
    variables: [
      { name: 'question', description: 'What the customer wrote.' },
      { name: 'shop', required: false, default: 'the music shop' },
      { name: 'customer', required: false, default: '', pii: true, description: 'How to address them.' },
    ],
    variants: [
      {
        name: 'main',
        model: models.support.id,
        messages: [
          { role: 'system', content: system('Say so where you do not know.') },
          { role: 'user', content: '{{question}}' },
        ],
        parameters: { max_tokens: 400, ...parameters },
        tools: [{ function: findOrder }],
        retry: { count: 2 },
        fallbacks: [{ model: models.thinker.id }],
        timeouts: { firstByteMs: 8_000 },
        guardrails: rating === undefined ? [] : [{ evaluator: rating, on: 'output', act: 'rate', sample: 25 }],
      },
      {
        name: 'careful',
        model: models.thinker.id,
        messages: [
          { role: 'system', content: system('Think it through before you answer.') },
          { role: 'user', content: '{{question}}' },
        ],
        fallbacks: [{ model: models.support.id }],
      },
    ],
    routing: {
      rows: [
        {
          conditions: [{ field: 'country', type: 'string', operator: 'in', value: ['NL', 'BE'] }],
          split: [
            { variant: 'main', percent: 80 },
            { variant: 'careful', percent: 20 },
          ],
        },
        {
          conditions: [
            { field: 'plan', type: 'string', operator: 'in', value: ['business', 'studio'] },
            { field: 'open_tickets', type: 'number', operator: 'greater', value: 2 },
          ],
          split: [{ variant: 'careful', percent: 100 }],
        },
      ],
      default: 'main',
    },
  }
}

function triageConfig(models: DemoModelIds, guardrail: string, system: string): DeploymentConfigInput {
  return {
    variables: [{ name: 'mail', pii: true }],
    variants: [
      {
        name: 'main',
        model: models.quick.id,
        messages: [
          { role: 'system', content: system },
          { role: 'user', content: '{{mail}}' },
        ],
        parameters: { temperature: 0, max_tokens: 20 },
        cacheSeconds: 3_600,
        fallbacks: [{ model: models.support.id }],
        guardrails: [{ evaluator: guardrail, on: 'output' }],
      },
    ],
  }
}

export const triagePrompts = {
  first: `Sort the mail. Answer with one of: ${categories.slice(0, 4).join(', ')}`,
  second: `Sort the mail of a customer. Answer with one of: ${categories.join(', ')}`,
}

/** Makes them with their versions, as people would have over a month. `guardrail`, `rating`: ids of evaluators. */
export async function addDemoDeployments(
  house: DemoHouse,
  scope: Scope,
  { models, guardrail, rating }: { models: DemoModelIds; guardrail: string; rating: string },
): Promise<DemoDeployments> {
  const { deployments } = house
  const now = house.nowMs()
  const at = (days: number) => daysAgo(scope, now, days)
  const since = (days: number) => at(days).now().getTime()
  async function publishNext(id: string, days: number, config: DeploymentConfigInput, more: object): Promise<void> {
    const { version } = await deployments.getDraft(scope, { id })
    const saved = await deployments.saveDraft(at(days), { id, version, config })
    await deployments.publish(at(days), { id, draftVersion: saved.version, ...more })
  }

  const support = await deployments.createDeployment(at(30), {
    ...{ key: 'support-answer', description: 'Answers customers of the shop, on the website and in the app.' },
    config: supportConfig(models, 'Be kind.', { rating }),
  })
  await deployments.publish(at(30), { id: support.id, draftVersion: 1, description: 'The first one' })
  const short = supportConfig(models, 'Be short and exact.', { parameters: { temperature: 0.2 }, rating })
  const exact = { environment: 'staging', description: 'Shorter answers' }
  await publishNext(support.id, 16, short, exact)
  await deployments.promote(at(13), { id: support.id, from: '1.1', to: 'production' })
  const asks = supportConfig(models, 'Be short and exact. Ask for the order number where it helps.', {
    parameters: { temperature: 0.2 },
    rating,
  })
  await publishNext(support.id, 4, asks, { environment: 'staging', description: 'Asks for the order number' })
  await deployments.setCanary(at(3), { ...{ id: support.id, environment: 'production' }, version: '1.2', percent: 15 })

  const triage = await deployments.createDeployment(at(29), {
    ...{ key: 'triage-mail', description: 'Puts incoming mail into one of five trays.' },
    config: triageConfig(models, guardrail, triagePrompts.first),
  })
  await deployments.publish(at(29), { id: triage.id, draftVersion: 1, description: 'Four trays' })
  const five = triageConfig(models, guardrail, triagePrompts.second)
  await publishNext(triage.id, 9, five, { bump: 'major', description: 'A tray for praise' })

  const picture = await deployments.createDeployment(at(27), {
    ...{ key: 'catalogue-picture', description: 'Draws a picture for an entry that has none.' },
    config: {
      variables: [{ name: 'thing' }, { name: 'colour', required: false, default: 'red' }],
      variants: [{ name: 'main', model: models.pictures.id, prompt: 'A {{colour}} {{thing}} on white' }],
    },
  })
  await deployments.publish(at(27), { id: picture.id, draftVersion: 1, description: 'Plain background' })

  return {
    'support-answer': {
      id: support.id,
      traffic: {
        ...{ version: '1.1', earlier: '1.0', since: since(13), staging: '1.2' },
        ...{ canary: '1.2', canary_since: since(3), canary_share: 0.15, variant_1: 'main', variant_2: 'careful' },
      },
    },
    'triage-mail': {
      id: triage.id,
      traffic: {
        ...{ version: '2.0', earlier: '1.0', since: since(9), staging: '2.0' },
        ...{ canary: '', canary_since: 0, canary_share: 0, variant_1: 'main', variant_2: 'main' },
      },
    },
    'catalogue-picture': {
      id: picture.id,
      traffic: {
        ...{ version: '1.0', earlier: '1.0', since: 0, staging: '1.0' },
        ...{ canary: '', canary_since: 0, canary_share: 0, variant_1: 'main', variant_2: 'main' },
      },
    },
  }
}
