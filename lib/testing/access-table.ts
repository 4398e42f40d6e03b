import type { Role } from '#lib/tenancy/schema.ts'
import { type Entry, isKey, type Kind } from './access-rules.ts'
import { type ActorName, actors, type Things, type World } from './access-world.ts'

function entry(kind: Kind, least: Role, passes: number, rest: Omit<Entry, 'kind' | 'least' | 'passes'> = {}): Entry {
  return { kind, least, passes, ...rest }
}

type Spare = (world: World) => Promise<Partial<Things>>

const model = (things: Things) => ({ id: things.model })
const groupOf = (things: Things) => ({ address: encodeURIComponent(things.group) })
const budget = (things: Things) => ({ id: things.budget })
const limit = (things: Things) => ({ id: things.limit })
const rule = (things: Things) => ({ id: things.rule })
const channel = (things: Things) => ({ id: things.channel })
const delivery = (things: Things) => ({ id: things.delivery })
const dataset = (things: Things) => ({ id: things.dataset })
const datasetRow = (things: Things) => ({ id: things.dataset, rowId: things.datasetRow })
const datasetImport = (things: Things) => ({ id: things.dataset, importId: things.datasetImport })
const snapshot = (things: Things) => ({ id: things.dataset, number: '1' })
const deployment = (things: Things) => ({ id: things.deployment })
const canary = (things: Things) => ({ id: things.deployment, environment: 'staging' })
const evaluator = (things: Things) => ({ id: things.evaluator })
const experiment = (things: Things) => ({ id: things.experiment })
const run = (things: Things) => ({ id: things.run })
const overRun = (things: Things) => ({ id: things.overRun })
const cell = (things: Things) => ({ id: things.overRun, rowId: things.runRow, candidate: '0' })
const version = { version: 999_999 }
const api = '/api/workspaces/[workspace]'

/** Every route handler and method below `app/`. */
export const routes: Record<string, Entry> = {
  'GET /api/health/live': entry('open', 'viewer', 200),
  'GET /api/health/ready': entry('open', 'viewer', 200),
  'GET /api/openapi.json': entry('open', 'viewer', 200),
  'GET /api/auth/[...nextauth]': entry('open', 'viewer', 200, { params: () => ({ nextauth: ['csrf'] }) }),
  'POST /api/auth/[...nextauth]': entry('open', 'viewer', 200, {
    params: () => ({ nextauth: ['callback', 'credentials'] }),
    input: () => ({ email: 'somebody@example.test' }),
    except: Object.fromEntries(actors.filter(hasNoOrigin).map((actor) => [actor, 403])),
  }),
  'GET /api/me': entry('person', 'viewer', 200),
  'PATCH /api/me': entry('person', 'viewer', 200, { input: () => ({ theme: 'dark' }) }),
  'GET /api/workspaces': entry('person', 'viewer', 200),
  'POST /api/workspaces': entry('person', 'viewer', 201, { input: () => ({ name: 'Another one' }) }),

  [`GET ${api}`]: entry('read', 'viewer', 200),
  [`PATCH ${api}`]: entry('write', 'admin', 409, { input: () => ({ ...version, name: 'New name' }) }),
  [`DELETE ${api}`]: entry('people', 'owner', 400, { input: () => ({ confirmation: 'not its name' }) }),
  [`GET ${api}/audit`]: entry('read', 'admin', 200),
  [`GET ${api}/network`]: entry('operate', 'viewer', 200),
  [`POST ${api}/network`]: entry('operate', 'viewer', 201, { input: () => ({ entry: '127.0.0.1:9' }) }),
  [`DELETE ${api}/network/[id]`]: entry('operate', 'viewer', 204, { params: (things) => ({ id: things.endpoint }) }),

  [`GET ${api}/members`]: entry('read', 'viewer', 200),
  [`PATCH ${api}/members/[userId]`]: entry('write', 'admin', 200, {
    params: (things) => ({ userId: things.member }),
    input: () => ({ role: 'viewer', version: 1 }),
  }),
  [`DELETE ${api}/members/[userId]`]: entry('write', 'admin', 204, { params: (things) => ({ userId: things.member }) }),
  [`GET ${api}/invitations`]: entry('read', 'admin', 200),
  [`POST ${api}/invitations`]: entry('write', 'admin', 201, {
    input: ({ spare }) => ({ email: spare.email(), role: 'viewer' }),
  }),
  [`DELETE ${api}/invitations/[id]`]: entry('write', 'admin', 204, { params: (things) => ({ id: things.invitation }) }),

  [`GET ${api}/notices`]: entry('read', 'admin', 200),
  [`DELETE ${api}/notices/[id]`]: entry('write', 'admin', 204, { params: (things) => ({ id: things.notice }) }),

  [`GET ${api}/keys`]: entry('read', 'developer', 200),
  // A key grants only scopes that it has: this one does not call.
  [`POST ${api}/keys`]: entry('write', 'developer', 201, {
    input: () => ({ name: 'one more', scopes: ['inference'] }),
    except: { 'manage key': 403 },
  }),
  // Developers find their own keys only; the read key's maker is the owner, as this key's.
  [`GET ${api}/keys/[id]`]: entry('read', 'developer', 200, {
    params: (things) => ({ id: things.key }),
    except: { developer: 404 },
  }),
  [`PATCH ${api}/keys/[id]`]: entry('write', 'developer', 409, {
    params: (things) => ({ id: things.key }),
    input: () => ({ ...version, name: 'renamed' }),
    except: { developer: 404 },
  }),
  [`DELETE ${api}/keys/[id]`]: entry('write', 'developer', 200, {
    params: (things) => ({ id: things.key }),
    except: { developer: 404 },
  }),

  [`GET ${api}/models`]: entry('read', 'viewer', 200),
  [`POST ${api}/models`]: entry('write', 'admin', 201, { input: ({ form }) => form() }),
  [`POST ${api}/models/offered`]: entry('write', 'admin', 200, { input: ({ form }) => connection(form()) }),
  [`POST ${api}/models/validate`]: entry('write', 'admin', 200, { input: ({ form }) => form() }),
  [`GET ${api}/models/[id]`]: entry('read', 'viewer', 200, { params: model }),
  [`PATCH ${api}/models/[id]`]: entry('write', 'admin', 409, {
    params: model,
    input: () => ({ ...version, description: 'New words' }),
  }),
  [`DELETE ${api}/models/[id]`]: entry('write', 'admin', 204, { params: model }),
  [`GET ${api}/models/[id]/uses`]: entry('read', 'viewer', 200, { params: model }),
  [`GET ${api}/models/[id]/draft`]: entry('read', 'admin', 200, { params: model }),
  [`GET ${api}/models/[id]/prices`]: entry('read', 'viewer', 200, { params: model }),
  [`POST ${api}/models/[id]/prices`]: entry('write', 'admin', 201, {
    params: model,
    input: () => ({ inputPrice: '0.02' }),
  }),
  [`GET ${api}/models/[id]/recosts`]: entry('read', 'viewer', 200, { params: model }),
  [`POST ${api}/models/[id]/recosts/preview`]: entry('write', 'admin', 200, {
    params: model,
    input: () => ({ from: '2026-01-01', inputPrice: '1' }),
  }),
  [`POST ${api}/models/[id]/recosts`]: entry('write', 'admin', 400, {
    params: model,
    input: () => ({ from: '2126-01-01', inputPrice: '1' }),
  }),
  [`POST ${api}/models/[id]/recosts/[recostId]/stop`]: entry('write', 'admin', 409, {
    params: (things) => ({ id: things.model, recostId: things.recost }),
  }),
  [`PATCH ${api}/models/[id]/capabilities`]: entry('write', 'admin', 200, {
    params: model,
    input: () => ({ capability: 'embedding_batch', verdict: 'yes' }),
  }),
  [`GET ${api}/models/[id]/profile`]: entry('read', 'viewer', 200, { params: model }),
  [`PATCH ${api}/models/[id]/profile`]: entry('write', 'admin', 409, {
    params: model,
    input: () => ({ ...version, drop: ['seed'] }),
  }),
  [`GET ${api}/models/[id]/routing`]: entry('read', 'viewer', 200, { params: model }),
  [`PATCH ${api}/models/[id]/routing`]: entry('write', 'admin', 409, {
    params: model,
    input: () => ({ ...version, retry: { count: 1 } }),
  }),
  [`POST ${api}/models/[id]/validate`]: entry('write', 'admin', 200, { params: model, input: () => ({}) }),
  [`GET ${api}/models/[id]/rotate-key`]: entry('read', 'admin', 200, { params: model }),
  [`POST ${api}/models/[id]/rotate-key`]: entry('write', 'admin', 200, {
    params: model,
    input: ({ form }) => ({ apiKey: form().apiKey }),
  }),
  [`GET ${api}/models/[id]/addresses`]: entry('read', 'viewer', 200, { params: model }),
  // The slug stays.
  [`DELETE ${api}/models/[id]/addresses`]: entry('write', 'admin', 400, {
    params: model,
    input: ({ here }) => ({ address: here.modelSlug }),
  }),
  [`GET ${api}/models/[id]/groups`]: entry('read', 'viewer', 200, { params: model }),
  [`GET ${api}/export`]: entry('read', 'admin', 200),
  [`GET ${api}/models/export`]: entry('read', 'admin', 200),
  [`GET ${api}/models/intakes`]: entry('read', 'admin', 200),
  [`POST ${api}/models/intakes`]: entry('write', 'admin', 202, {
    input: ({ form }) => {
      const { type, modelId, name, region, ...rest } = form()
      const rows = [{ key: 'one', type, modelId, name }]
      return { source: 'several', connection: { ...connection(rest), region }, rows }
    },
  }),
  [`POST ${api}/models/intakes/preview`]: entry('write', 'admin', 200, {
    input: () => ({
      source: 'litellm',
      text: 'model_list: [{ model_name: a, litellm_params: { model: groq/a } }]',
    }),
  }),
  [`GET ${api}/models/intakes/[id]`]: entry('read', 'admin', 200, { params: (things) => ({ id: things.intake }) }),
  [`DELETE ${api}/models/intakes/[id]`]: entry('write', 'admin', 200, { params: (things) => ({ id: things.intake }) }),
  [`GET ${api}/budgets`]: entry('read', 'viewer', 200),
  [`POST ${api}/budgets`]: entry('write', 'admin', 201, {
    input: ({ spare }) => ({ scope: 'identity', scopeId: spare.email(), amount: '5', window: 'day' }),
  }),
  [`GET ${api}/budgets/[id]`]: entry('read', 'viewer', 200, { params: budget }),
  [`PATCH ${api}/budgets/[id]`]: entry('write', 'admin', 409, {
    params: budget,
    input: () => ({ ...version, amount: '7' }),
  }),
  [`POST ${api}/budgets/[id]/raise`]: entry('write', 'admin', 200, { params: budget, input: () => ({ amount: '1' }) }),
  [`DELETE ${api}/budgets/[id]`]: entry('write', 'admin', 204, { params: budget }),
  [`GET ${api}/alerts/rules`]: entry('read', 'viewer', 200),
  [`POST ${api}/alerts/rules`]: entry('write', 'admin', 201, {
    input: (_, things) => ({ name: 'one more', condition: 'cost', threshold: 5, channelIds: [things.channel] }),
  }),
  [`GET ${api}/alerts/rules/[id]`]: entry('read', 'viewer', 200, { params: rule }),
  [`PUT ${api}/alerts/rules/[id]`]: entry('write', 'admin', 409, {
    params: rule,
    input: () => ({ ...version, name: 'renamed', condition: 'cost', threshold: 7 }),
  }),
  [`POST ${api}/alerts/rules/[id]/mute`]: entry('write', 'admin', 200, {
    params: rule,
    input: () => ({ minutes: 60 }),
  }),
  [`DELETE ${api}/alerts/rules/[id]`]: entry('write', 'admin', 204, { params: rule }),
  [`GET ${api}/alerts/channels`]: entry('read', 'viewer', 200),
  [`POST ${api}/alerts/channels`]: entry('write', 'admin', 201, {
    input: () => ({ name: 'one more', kind: 'slack', url: 'https://hooks.example.org/alerts' }),
  }),
  [`GET ${api}/alerts/channels/[id]`]: entry('read', 'viewer', 200, { params: channel }),
  [`PUT ${api}/alerts/channels/[id]`]: entry('write', 'admin', 409, {
    params: channel,
    input: () => ({ ...version, name: 'renamed' }),
  }),
  [`DELETE ${api}/alerts/channels/[id]`]: entry('write', 'admin', 204, { params: channel }),
  [`POST ${api}/alerts/channels/[id]/test`]: entry('write', 'admin', 202, { params: channel }),
  [`POST ${api}/alerts/channels/[id]/secret`]: entry('write', 'admin', 200, { params: channel }),
  [`GET ${api}/alerts/deliveries`]: entry('read', 'viewer', 200),
  [`GET ${api}/alerts/deliveries/[id]`]: entry('read', 'viewer', 200, { params: delivery }),
  [`POST ${api}/alerts/deliveries/[id]/redeliver`]: entry('write', 'admin', 202, { params: delivery }),
  [`GET ${api}/limits`]: entry('read', 'viewer', 200),
  [`POST ${api}/limits`]: entry('write', 'admin', 201, {
    input: ({ spare }) => ({ scope: 'identity', scopeId: spare.email(), kind: 'concurrency', amount: 5 }),
  }),
  [`GET ${api}/limits/[id]`]: entry('read', 'viewer', 200, { params: limit }),
  [`PATCH ${api}/limits/[id]`]: entry('write', 'admin', 409, {
    params: limit,
    input: () => ({ ...version, amount: 7 }),
  }),
  [`DELETE ${api}/limits/[id]`]: entry('write', 'admin', 204, { params: limit }),
  [`GET ${api}/deployments`]: entry('read', 'viewer', 200),
  [`POST ${api}/deployments`]: entry('write', 'developer', 201, {
    input: ({ here, spare }) => ({ key: spare.email().replaceAll(/\W/g, '-'), model: here.model }),
  }),
  [`GET ${api}/deployments/[id]`]: entry('read', 'viewer', 200, { params: deployment }),
  [`PATCH ${api}/deployments/[id]`]: entry('write', 'developer', 409, {
    params: deployment,
    input: () => ({ ...version, description: 'New words' }),
  }),
  [`DELETE ${api}/deployments/[id]`]: entry('write', 'developer', 400, {
    params: deployment,
    input: () => ({ confirmation: 'not its key' }),
  }),
  [`POST ${api}/deployments/[id]/duplicate`]: entry('write', 'developer', 201, {
    params: deployment,
    input: ({ spare }) => ({ key: spare.email().replaceAll(/\W/g, '-') }),
  }),
  [`GET ${api}/deployments/[id]/draft`]: entry('read', 'viewer', 200, { params: deployment }),
  [`PUT ${api}/deployments/[id]/draft`]: entry('write', 'developer', 409, {
    params: deployment,
    input: ({ here }) => ({ ...version, config: { variants: [{ name: 'main', model: here.model }] } }),
  }),
  // What a draft would be, asked with a body: keys need manage, as for every POST.
  [`POST ${api}/deployments/[id]/check`]: entry('write', 'viewer', 200, { params: deployment, input: () => ({}) }),
  [`POST ${api}/deployments/[id]/try-context`]: entry('write', 'viewer', 200, {
    params: deployment,
    input: () => ({ context: { country: 'NL' } }),
  }),
  [`GET ${api}/deployments/[id]/diff`]: entry('read', 'viewer', 200, {
    params: deployment,
    input: () => ({ from: '1.0', to: 'draft' }),
  }),
  // What is served is the same already,
  [`POST ${api}/deployments/[id]/publish`]: entry('write', 'developer', 409, {
    params: deployment,
    input: () => ({ draftVersion: 1 }),
  }),
  [`GET ${api}/deployments/[id]/versions`]: entry('read', 'viewer', 200, { params: deployment }),
  [`GET ${api}/deployments/[id]/versions/[version]`]: entry('read', 'viewer', 200, {
    params: (things) => ({ id: things.deployment, version: '1.0' }),
  }),
  [`GET ${api}/deployments/[id]/releases`]: entry('read', 'viewer', 200, { params: deployment }),
  [`GET ${api}/deployments/[id]/figures`]: entry('read', 'viewer', 200, { params: deployment }),
  [`POST ${api}/deployments/[id]/promote`]: entry('write', 'developer', 409, {
    params: deployment,
    input: () => ({ from: '1.0', to: 'production' }),
  }),
  // there is nothing to go back to, no canary, and staging stays.
  [`POST ${api}/deployments/[id]/rollback`]: entry('write', 'developer', 409, {
    params: deployment,
    input: () => ({ environment: 'production' }),
  }),
  [`PUT ${api}/deployments/[id]/environments/[environment]/canary`]: entry('write', 'developer', 400, {
    params: canary,
    input: () => ({ version: '1.0', percent: 5 }),
  }),
  [`DELETE ${api}/deployments/[id]/environments/[environment]/canary`]: entry('write', 'developer', 409, {
    params: canary,
  }),
  [`POST ${api}/deployments/[id]/environments/[environment]/canary/promote`]: entry('write', 'developer', 409, {
    params: canary,
  }),
  [`DELETE ${api}/deployments/[id]/environments/[environment]`]: entry('write', 'developer', 400, { params: canary }),
  [`GET ${api}/groups`]: entry('read', 'viewer', 200),
  [`POST ${api}/groups`]: entry('write', 'admin', 201, {
    input: ({ here, spare }) => ({ address: spare.email(), members: [{ model: here.model, weight: 1 }] }),
  }),
  [`GET ${api}/groups/[address]`]: entry('read', 'viewer', 200, { params: groupOf }),
  [`PUT ${api}/groups/[address]`]: entry('write', 'admin', 409, {
    params: groupOf,
    input: ({ here }) => ({ ...version, members: [{ model: here.model, weight: 2 }] }),
  }),
  [`DELETE ${api}/groups/[address]`]: entry('write', 'admin', 204, { params: groupOf }),
  // The key works: it is tried, and the mark that is not there goes.
  [`POST ${api}/models/[id]/retry-key`]: entry('write', 'admin', 200, { params: model }),
  [`PATCH ${api}/models/[id]/uses`]: entry('write', 'admin', 200, { params: model, input: () => ({ uses: [] }) }),
  [`POST ${api}/models/bulk`]: entry('write', 'admin', 200, {
    input: ({ here }) => ({ ids: [here.model], action: 'enable' }),
  }),
  [`GET ${api}/models/health`]: entry('read', 'viewer', 200, { input: ({ here }) => ({ modelIds: here.model }) }),
  [`GET ${api}/validations`]: entry('read', 'developer', 200),
  [`GET ${api}/validations/[id]`]: entry('read', 'developer', 200, { params: (things) => ({ id: things.validation }) }),
  [`DELETE ${api}/validations/[id]`]: entry('write', 'admin', 204, { params: (things) => ({ id: things.validation }) }),
  [`GET ${api}/validations/[id]/events`]: entry('read', 'admin', 200, {
    params: (things) => ({ id: things.validation }),
  }),

  [`GET ${api}/datasets`]: entry('read', 'viewer', 200),
  [`POST ${api}/datasets`]: entry('write', 'developer', 201, { input: () => ({ name: 'One more' }) }),
  [`POST ${api}/datasets/preview`]: entry('write', 'developer', 200, { input: () => ({ text: 'question\nWhy?\n' }) }),
  [`GET ${api}/datasets/[id]`]: entry('read', 'viewer', 200, { params: dataset }),
  [`PATCH ${api}/datasets/[id]`]: entry('write', 'developer', 409, {
    params: dataset,
    input: () => ({ ...version, name: 'New name' }),
  }),
  [`DELETE ${api}/datasets/[id]`]: entry('write', 'developer', 204, { params: dataset }),
  [`GET ${api}/datasets/[id]/rows`]: entry('read', 'developer', 200, { params: dataset }),
  [`POST ${api}/datasets/[id]/rows`]: entry('write', 'developer', 201, {
    params: dataset,
    input: () => ({ rows: [{ inputs: { question: 'Why?' } }] }),
  }),
  [`GET ${api}/datasets/[id]/rows/[rowId]`]: entry('read', 'developer', 200, { params: datasetRow }),
  [`PATCH ${api}/datasets/[id]/rows/[rowId]`]: entry('write', 'developer', 409, {
    params: datasetRow,
    input: () => ({ ...version, expected: 'Because.' }),
  }),
  [`POST ${api}/datasets/[id]/rows/delete`]: entry('write', 'developer', 200, {
    params: dataset,
    input: ({ nowhere }) => ({ rowIds: [nowhere.datasetRow] }),
  }),
  [`POST ${api}/datasets/[id]/rows/requests`]: entry('write', 'developer', 201, {
    params: dataset,
    input: ({ nowhere }) => ({ requestIds: [nowhere.request] }),
  }),
  [`POST ${api}/datasets/[id]/rows/restore`]: entry('write', 'developer', 200, {
    params: dataset,
    input: () => ({ undo: '2026-01-01T00:00:00.000Z' }),
  }),
  [`GET ${api}/datasets/[id]/snapshots`]: entry('read', 'viewer', 200, { params: dataset }),
  [`POST ${api}/datasets/[id]/snapshots`]: entry('write', 'developer', 201, { params: dataset, input: () => ({}) }),
  [`DELETE ${api}/datasets/[id]/snapshots/[number]`]: entry('write', 'developer', 204, { params: snapshot }),
  [`POST ${api}/datasets/[id]/snapshots/[number]/restore`]: entry('write', 'developer', 200, { params: snapshot }),
  [`GET ${api}/datasets/[id]/imports`]: entry('read', 'developer', 200, { params: dataset }),
  [`POST ${api}/datasets/[id]/imports`]: entry('write', 'developer', 201, {
    params: dataset,
    input: () => ({ plan: { format: 'csv', fields: [{ source: 'question', to: 'input', name: 'question' }] } }),
  }),
  [`GET ${api}/datasets/[id]/imports/[importId]`]: entry('read', 'developer', 200, { params: datasetImport }),
  [`DELETE ${api}/datasets/[id]/imports/[importId]`]: entry('write', 'developer', 200, { params: datasetImport }),
  [`PUT ${api}/datasets/[id]/imports/[importId]/content`]: entry('write', 'developer', 200, {
    params: datasetImport,
    input: () => ({}),
  }),
  [`GET ${api}/datasets/[id]/export`]: entry('read', 'developer', 200, { params: dataset }),
  [`GET ${api}/evaluators`]: entry('read', 'viewer', 200),
  [`POST ${api}/evaluators`]: entry('write', 'developer', 201, {
    input: () => ({ name: 'One more', config: { kind: 'exact' } }),
  }),
  [`POST ${api}/evaluators/try`]: entry('write', 'developer', 200, {
    input: () => ({ config: { kind: 'exact' }, example: { answer: 'x', expected: 'x' } }),
  }),
  [`GET ${api}/evaluators/[id]`]: entry('read', 'viewer', 200, { params: evaluator }),
  [`PATCH ${api}/evaluators/[id]`]: entry('write', 'developer', 409, {
    params: evaluator,
    input: () => ({ ...version, name: 'New name' }),
  }),
  [`DELETE ${api}/evaluators/[id]`]: entry('write', 'developer', 204, { params: evaluator }),
  [`GET ${api}/evaluators/[id]/versions`]: entry('read', 'viewer', 200, { params: evaluator }),
  [`GET ${api}/experiments`]: entry('read', 'viewer', 200),
  [`POST ${api}/experiments`]: entry('write', 'developer', 201, {
    input: ({ here }) => ({ name: 'One more', datasetId: here.dataset }),
  }),
  [`POST ${api}/experiments/replay`]: entry('write', 'developer', 409, {
    input: (_, things) => ({ deployment: things.deployment, model: things.model }),
  }),
  [`GET ${api}/experiments/[id]`]: entry('read', 'viewer', 200, { params: experiment }),
  [`PATCH ${api}/experiments/[id]`]: entry('write', 'developer', 409, {
    params: experiment,
    input: () => ({ ...version, name: 'New name' }),
  }),
  // A run of it is not over.
  [`DELETE ${api}/experiments/[id]`]: entry('write', 'developer', 409, { params: experiment }),
  [`GET ${api}/experiments/[id]/check`]: entry('read', 'viewer', 200, { params: experiment }),
  [`POST ${api}/experiments/[id]/runs`]: entry('write', 'developer', 201, {
    params: experiment,
    input: () => ({ capUsd: '5' }),
  }),
  [`GET ${api}/runs`]: entry('read', 'viewer', 200),
  [`GET ${api}/runs/[id]`]: entry('read', 'viewer', 200, { params: run }),
  [`GET ${api}/runs/[id]/events`]: entry('read', 'viewer', 200, { params: overRun }),
  [`POST ${api}/runs/[id]/pause`]: entry('write', 'developer', 409, { params: overRun }),
  [`POST ${api}/runs/[id]/resume`]: entry('write', 'developer', 409, { params: overRun, input: () => ({}) }),
  [`POST ${api}/runs/[id]/cancel`]: entry('write', 'developer', 409, { params: overRun }),
  [`POST ${api}/runs/[id]/retry`]: entry('write', 'developer', 409, { params: overRun }),
  [`DELETE ${api}/runs/[id]`]: entry('write', 'developer', 409, { params: run }),
  [`GET ${api}/runs/[id]/rows`]: entry('read', 'developer', 200, { params: run }),
  [`GET ${api}/runs/[id]/rows/[rowId]/cells/[candidate]`]: entry('read', 'developer', 200, { params: cell }),
  [`PUT ${api}/runs/[id]/rows/[rowId]/cells/[candidate]/review`]: entry('write', 'developer', 200, {
    params: cell,
    input: () => ({ rating: 4 }),
  }),
  // Each takes back what they said above.
  [`DELETE ${api}/runs/[id]/rows/[rowId]/cells/[candidate]/review`]: entry('write', 'developer', 204, { params: cell }),
  [`GET ${api}/runs/[id]/comparison`]: entry('read', 'viewer', 200, { params: run }),
  [`GET ${api}/runs/[id]/export`]: entry('read', 'developer', 200, { params: run }),

  [`POST ${api}/try/[...path]`]: entry('people', 'developer', 200, {
    params: () => ({ path: ['embeddings'] }),
    input: ({ here }) => ({ model: here.modelSlug, input: 'x' }),
  }),
  [`GET ${api}/playground/links`]: entry('read', 'developer', 200),
  [`POST ${api}/playground/links`]: entry('write', 'developer', 201, {
    input: ({ here }) => ({ prompt: { type: 'embedding', inputs: ['x'], columns: [{ model: here.modelSlug }] } }),
  }),
  [`GET ${api}/playground/links/[id]`]: entry('read', 'developer', 200, { params: (things) => ({ id: things.link }) }),
  // Developers take away their own only.
  [`DELETE ${api}/playground/links/[id]`]: entry('write', 'developer', 204, {
    params: (things) => ({ id: things.link }),
    except: { developer: 403 },
  }),
  [`GET ${api}/requests`]: entry('read', 'viewer', 200),
  [`GET ${api}/requests/[id]`]: entry('read', 'viewer', 200, { params: (things) => ({ id: things.request }) }),
  [`GET ${api}/requests/[id]/payload`]: entry('read', 'developer', 200, {
    params: (things) => ({ id: things.request }),
  }),
  [`PUT ${api}/requests/[id]/feedback`]: entry('write', 'developer', 200, {
    params: (things) => ({ id: things.request }),
    input: () => ({ rating: 'good' }),
  }),
  // Developers take away their own only.
  [`DELETE ${api}/requests/[id]/feedback/[feedbackId]`]: entry('write', 'developer', 204, {
    params: (things) => ({ id: things.request, feedbackId: things.feedback }),
    except: { developer: 403 },
  }),
  [`GET ${api}/requests/export`]: entry('read', 'viewer', 200),
  [`GET ${api}/analytics/overview`]: entry('read', 'viewer', 200),
  [`GET ${api}/analytics/usage`]: entry('read', 'viewer', 200),
  [`GET ${api}/analytics/models`]: entry('read', 'viewer', 200, { input: ({ here }) => ({ modelIds: here.model }) }),
  [`GET ${api}/analytics/export`]: entry('read', 'viewer', 200),
  // A comparison, asked with a body: keys need manage, as for every POST.
  [`POST ${api}/analytics/reconcile`]: entry('write', 'viewer', 200, {
    input: () => ({ text: 'date,model,cost\n2026-01-01,x,1' }),
  }),

  // A list of the caller's own.
  'GET /v1/[...path]': entry('call', 'viewer', 200, {
    params: () => ({ path: ['models'] }),
    except: { 'manage key of another workspace': 200 },
  }),
  'POST /v1/[...path]': entry('call', 'viewer', 200, {
    params: () => ({ path: ['embeddings'] }),
    input: ({ here }) => ({ model: here.modelSlug, input: 'x' }),
  }),
  // Nothing is served without a path,
  ...Object.fromEntries(
    ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'].map((method) => [
      `${method} /v1`,
      entry('open', 'viewer', 404),
    ]),
  ),
  // or with these.
  ...Object.fromEntries(
    ['DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'PUT'].map((method) => [
      `${method} /v1/[...path]`,
      entry('open', 'viewer', 405, { params: () => ({ path: ['models'] }) }),
    ]),
  ),
}

/** Every server action: `<file below app>#<name>`. */
export const actions: Record<string, Entry> = {
  '(auth)/actions.ts#claimInstallation': entry('open', 'viewer', 409, {
    input: () => ({ name: 'X', email: 'x@example.test', password: 'correct horse battery', workspaceName: 'X' }),
  }),
  '(auth)/actions.ts#acceptInvitation': entry('open', 'viewer', 404, { input: () => ({ token: 'no such token' }) }),
  '(account)/account/actions.ts#updateAccount': entry('person', 'viewer', 200, { input: () => ({ theme: 'light' }) }),
  '(account)/account/actions.ts#changePassword': entry('person', 'viewer', 400, {
    input: () => ({ current: 'not mine', password: 'correct horse battery' }),
  }),
  '(account)/account/actions.ts#endSessions': entry('person', 'viewer', 200),
  '(account)/account/actions.ts#leaveWorkspace': entry('person', 'viewer', 404, {
    input: () => ({ workspace: 'no-such-workspace' }),
  }),
  '(account)/account/actions.ts#createWorkspace': entry('person', 'viewer', 200, {
    input: () => ({ name: 'One more' }),
  }),
  '(studio)/[workspace]/settings/actions.ts#updateWorkspace': entry('write', 'admin', 409, {
    input: () => ({ ...version, name: 'New name' }),
  }),
  '(studio)/[workspace]/settings/actions.ts#deleteWorkspace': entry('people', 'owner', 400, {
    input: () => ({ confirmation: 'not its name' }),
  }),
  '(studio)/[workspace]/settings/actions.ts#removeDemo': entry('people', 'admin', 412),
  '(studio)/[workspace]/settings/actions.ts#updateMember': entry('write', 'admin', 200, {
    input: (_, things) => ({ userId: things.member, role: 'viewer', version: 1 }),
  }),
  '(studio)/[workspace]/settings/actions.ts#removeMember': entry('write', 'admin', 200, {
    input: (_, things) => ({ userId: things.member }),
  }),
  '(studio)/[workspace]/settings/actions.ts#inviteMember': entry('write', 'admin', 200, {
    input: ({ spare }) => ({ email: spare.email(), role: 'viewer' }),
  }),
  '(studio)/[workspace]/settings/actions.ts#revokeInvitation': entry('write', 'admin', 200, {
    input: (_, things) => ({ id: things.invitation }),
  }),
  '(studio)/[workspace]/settings/actions.ts#allowEndpoint': entry('operate', 'viewer', 200, {
    input: () => ({ entry: '127.0.0.1:9' }),
  }),
  '(studio)/[workspace]/settings/actions.ts#disallowEndpoint': entry('operate', 'viewer', 200, {
    input: (_, things) => ({ id: things.endpoint }),
  }),
  '(studio)/[workspace]/router/keys/actions.ts#createKey': entry('write', 'developer', 200, {
    input: () => ({ name: 'one more' }),
  }),
  '(studio)/[workspace]/settings/actions.ts#setOperator': entry('operate', 'viewer', 400, {
    input: () => ({ email: 'nobody-here@example.test', operator: true }),
  }),
  '(studio)/[workspace]/router/keys/actions.ts#updateKey': entry('write', 'developer', 409, {
    input: (_, things) => ({ ...version, id: things.key, name: 'renamed' }),
    except: { developer: 404 },
  }),
  '(studio)/[workspace]/router/keys/actions.ts#revokeKey': entry('write', 'developer', 200, {
    input: (_, things) => ({ id: things.key }),
    except: { developer: 404 },
  }),
}

const settings = '(studio)/[workspace]/settings/actions.ts'
const spareMember: Spare = async ({ spare }) => ({ member: await spare.member() })
const spareInvitation: Spare = async ({ spare }) => ({ invitation: await spare.invitation() })
const spareKey: Spare = async ({ spare }) => ({ key: await spare.key() })
const spareDataset: Spare = ({ spare }) => spare.dataset()
const spareEndpoint: Spare = async ({ spare }) => ({ endpoint: await spare.endpoint() })

/** What is taken away by those who may: made anew for each of them. */
export const spares: Record<string, Spare> = {
  [`DELETE ${api}/network/[id]`]: spareEndpoint,
  [`DELETE ${api}/members/[userId]`]: spareMember,
  [`DELETE ${api}/invitations/[id]`]: spareInvitation,
  [`DELETE ${api}/keys/[id]`]: spareKey,
  [`DELETE ${api}/budgets/[id]`]: async ({ spare }) => ({ budget: await spare.budget() }),
  [`DELETE ${api}/alerts/rules/[id]`]: async ({ spare }) => ({ rule: await spare.rule() }),
  [`DELETE ${api}/alerts/channels/[id]`]: async ({ spare }) => ({ channel: await spare.channel() }),
  [`POST ${api}/alerts/deliveries/[id]/redeliver`]: async ({ spare }) => ({ delivery: await spare.delivery() }),
  [`DELETE ${api}/limits/[id]`]: async ({ spare }) => ({ limit: await spare.limit() }),
  [`DELETE ${api}/requests/[id]/feedback/[feedbackId]`]: async ({ spare }) => ({ feedback: await spare.feedback() }),
  [`DELETE ${api}/playground/links/[id]`]: async ({ spare }) => ({ link: await spare.link() }),
  [`DELETE ${api}/groups/[address]`]: async ({ spare }) => ({ group: await spare.group() }),
  [`DELETE ${api}/evaluators/[id]`]: async ({ spare }) => ({ evaluator: await spare.evaluator() }),
  [`DELETE ${api}/datasets/[id]`]: spareDataset,
  [`DELETE ${api}/datasets/[id]/snapshots/[number]`]: spareDataset,
  [`PUT ${api}/datasets/[id]/imports/[importId]/content`]: spareDataset,
  [`DELETE ${api}/models/[id]`]: async ({ spare }) => ({ model: await spare.model() }),
  [`${settings}#removeMember`]: spareMember,
  [`${settings}#revokeInvitation`]: spareInvitation,
  [`${settings}#disallowEndpoint`]: spareEndpoint,
  '(studio)/[workspace]/router/keys/actions.ts#revokeKey': spareKey,
}

/** Scripts send none, and a foreign page another one. */
function hasNoOrigin(actor: ActorName): boolean {
  return isKey(actor) || actor === 'owner from a foreign page'
}

function connection({ baseUrl, apiKey }: Record<string, unknown>): Record<string, unknown> {
  return { baseUrl, apiKey }
}
