import { newId } from '#lib/core/ids.ts'
import { setFeedback } from '#lib/metering/index.ts'
import type { Database } from '#lib/platform/database.ts'
import { createLink } from '#lib/playground/index.ts'
import type { Runtime } from '#lib/runtime.ts'
import type { Person, Scope } from '#lib/tenancy/index.ts'
import type { KeyScope, Role } from '#lib/tenancy/schema.ts'
import type { TestInstallation } from './installation.ts'

/** Everybody who may knock, by what they carry. */
export const actors = [
  'anonymous',
  'no member',
  'viewer',
  'developer',
  'admin',
  'owner',
  'operator',
  'owner from a foreign page',
  'owner of another workspace',
  'removed member',
  'removed member, old session',
  'revoked key',
  'inference key',
  'read key',
  'manage key',
  'manage key of another workspace',
] as const
export type ActorName = (typeof actors)[number]

/** One workspace's things, each of which exists; or ids of the right form that name nothing. */
export interface Things {
  slug: string
  model: string
  modelSlug: string
  validation: string
  key: string
  invitation: string
  request: string
  /** Of the request. */
  feedback: string
  /** Of the model: one that is over. */
  recost: string
  notice: string
  group: string
  budget: string
  limit: string
  /** Of alerts. */
  rule: string
  channel: string
  /** To the channel: one that is over. */
  delivery: string
  deployment: string
  intake: string
  link: string
  dataset: string
  datasetRow: string
  datasetImport: string
  evaluator: string
  experiment: string
  /** Of the experiment: one that waits in the queue. */
  run: string
  /** One that is over, with a cell for a row. */
  overRun: string
  runRow: string
  member: string
  /** Of the installation: the same for both workspaces. */
  endpoint: string
}

type DatasetThings = Pick<Things, 'dataset' | 'datasetRow' | 'datasetImport'>

/** Two workspaces with everything in them, and everybody who may knock at the first. */
export interface World {
  here: Things
  elsewhere: Things
  nowhere: Things
  /** A caller's key that may do everything here. */
  secret: string
  /** What the actor's requests carry. */
  headers(actor: ActorName): Promise<Record<string, string>>
  /** New things of the first workspace, to be taken away again. */
  spare: {
    model(): Promise<string>
    member(): Promise<string>
    endpoint(): Promise<string>
    invitation(): Promise<string>
    key(): Promise<string>
    group(): Promise<string>
    budget(): Promise<string>
    limit(): Promise<string>
    rule(): Promise<string>
    channel(): Promise<string>
    delivery(): Promise<string>
    link(): Promise<string>
    feedback(): Promise<string>
    dataset(): Promise<DatasetThings>
    evaluator(): Promise<string>
    email(): string
  }
  /** A form for a model that works, an embedding model. */
  form(): Record<string, unknown>
}

const host = '127.0.0.1:3000'
const request = { id: 'req_test', address: '127.0.0.1' }

/**
 * `seal`: next-auth's own way to make a cookie. `model.apiKey`, `model.baseUrl`: of every model in it, the practice
 * provider's unless told otherwise.
 */
export async function accessWorld(
  installation: TestInstallation,
  database: Database,
  seal: (session: { token: Record<string, unknown>; secret: string }) => Promise<string>,
  model: { apiKey?: string; baseUrl?: string } = {},
): Promise<World> {
  const { runtime, practice, env } = installation
  const { tenancy } = runtime
  const { pool } = database
  let count = 0
  const form = () => ({
    type: 'embedding',
    baseUrl: practice.url,
    apiKey: `sk-practice-access${String(++count).padStart(8, '0')}`,
    name: `Model ${String(count).padStart(6, '0')}`,
    modelId: 'practice-embed',
    region: 'own',
    ...model,
  })

  // The first person claims the installation and is its operator.
  const claimed = await tenancy.claim(
    { request, loopback: true },
    { name: 'Op', email: 'op@example.test', password: 'correct horse battery', workspaceName: 'Operations' },
  )
  const operator = claimed.person

  async function person(name: string): Promise<Person> {
    const id = newId('usr')
    const email = `${name.replace(/\W+/g, '-')}-${++count}@example.test`
    await pool.query('insert into users (id, email, name) values ($1, $2, $3)', [id, email, name])
    return (await tenancy.findPerson({ userId: id, version: 1 }, request))!
  }

  async function join(workspaceId: string, who: Person, role: Role): Promise<void> {
    await pool.query('insert into members (workspace_id, user_id, role) values ($1, $2, $3)', [
      workspaceId,
      who.id,
      role,
    ])
  }

  async function endpoint(): Promise<string> {
    const id = newId('aep')
    await pool.query('insert into allowed_endpoints (id, entry, created_by) values ($1, $2, $3)', [
      id,
      `127.0.0.1:${20_000 + ++count}`,
      operator.id,
    ])
    return id
  }

  async function notice(workspaceId: string): Promise<string> {
    const id = newId('ntc')
    await pool.query(
      `insert into notices (id, workspace_id, kind, level, title, body, href, action_label) values ($1, $2, 'x.y', 'info', $1, '', '/', 'Open')`,
      [id, workspaceId],
    )
    return id
  }

  async function group(scope: Scope, modelId: string): Promise<string> {
    const members = [{ model: modelId, weight: 1 }]
    return (await runtime.models.saveGroup(scope, { address: `group/of-${++count}`, members })).address
  }

  async function rule(scope: Scope): Promise<string> {
    const figure = { condition: 'cost', threshold: '5' } as const
    return (await runtime.alerts.createRule(scope, { name: `Rule ${++count}`, ...figure })).id
  }

  async function channel(scope: Scope): Promise<Pick<Things, 'channel' | 'delivery'>> {
    const place = { kind: 'webhook', url: 'https://hooks.example.org/alerts' } as const
    const { id } = await runtime.alerts.createChannel(scope, { name: `Channel ${++count}`, ...place })
    const delivery = newId('ald')
    await pool.query(
      `insert into alert_deliveries (id, workspace_id, channel_id, event, title, message, state) values ($1, $2, $3, 'test', $1, '{"text":""}', 'failed')`,
      [delivery, scope.workspaceId, id],
    )
    return { channel: id, delivery }
  }

  async function budget(scope: Scope): Promise<string> {
    const amount = { scopeId: `somebody-${++count}`, amount: '5', window: 'month' } as const
    return (await runtime.budgets.createBudget(scope, { scope: 'identity', ...amount })).id
  }

  async function limit(scope: Scope): Promise<string> {
    const amount = { scopeId: `somebody-${++count}`, kind: 'concurrency', amount: 5 } as const
    return (await runtime.budgets.createLimit(scope, { scope: 'identity', ...amount })).id
  }

  async function deployment(scope: Scope, model: string): Promise<string> {
    const { id } = await runtime.deployments.createDeployment(scope, { key: `deployment-${++count}`, model })
    await runtime.deployments.publish(scope, { id, draftVersion: 1 })
    return id
  }

  async function link(scope: Scope): Promise<string> {
    return (await createLink(scope, { name: `link ${++count}`, prompt: { type: 'chat' } })).id
  }

  async function intake(workspaceId: string): Promise<string> {
    const id = newId('itk')
    await pool.query(
      `insert into model_intakes (id, workspace_id, source, status, actor_id, actor_label, rows, finished_at) values ($1, $2, 'file', 'finished', '', $1, '[]', now())`,
      [id, workspaceId],
    )
    return id
  }

  /** A dataset with a row, a snapshot, and an import that waits for its file. */
  async function dataset(scope: Scope): Promise<DatasetThings> {
    const { datasets } = runtime
    const { id } = await datasets.createDataset(scope, { name: `Dataset ${++count}`, columns: [{ name: 'question' }] })
    const { items } = await datasets.addRows(scope, { id, rows: [{ inputs: { question: 'Why?' } }] })
    await datasets.createSnapshot(scope, { id })
    const plan = { format: 'jsonl', fields: [{ source: 'question', to: 'input', name: 'question' }] } as const
    const { id: datasetImport } = await datasets.startImport(scope, { id, plan: { ...plan, fields: [...plan.fields] } })
    return { dataset: id, datasetRow: items[0]!.id, datasetImport }
  }

  async function recost(workspaceId: string, modelId: string): Promise<string> {
    const id = newId('rct')
    await pool.query(
      `insert into ledger.recosts (id, workspace_id, model_id, from_at, to_at, done_to, mode, state, created_by, created_label, created_at)
       values ($1, $2, $3, now() - interval '1 day', now(), now(), 'ran', 'done', '', '', now())`,
      [id, workspaceId, modelId],
    )
    return id
  }

  async function evaluator(scope: Scope): Promise<string> {
    const { evaluators } = runtime
    return (await evaluators.createEvaluator(scope, { name: `Evaluator ${++count}`, config: { kind: 'exact' } })).id
  }

  /** An experiment with a run that waits and one that is over. */
  async function experiment(scope: Scope, { dataset: datasetId, datasetRow }: DatasetThings) {
    const { experiments } = runtime
    const made = await experiments.createExperiment(scope, {
      name: `Experiment ${++count}`,
      datasetId,
      setup: { candidates: [{ key: 'r', name: 'Recorded', kind: 'recorded' }] },
    })
    const waiting = await experiments.startRun(scope, { id: made.id })
    const over = await experiments.startRun(scope, { id: made.id })
    await experiments.cancelRun(scope, { id: over.id })
    await pool.query(
      `insert into experiment_cells (workspace_id, run_id, candidate, row_id, position, state) values ($1, $2, 0, $3, 1, 'done')`,
      [scope.workspaceId, over.id, datasetRow],
    )
    await pool.query(`update experiment_runs set done = cells where id = $1`, [over.id])
    return { experiment: made.id, run: waiting.id, overRun: over.id, runRow: datasetRow }
  }

  async function furnish(owner: Person): Promise<{ scope: Scope; things: Things }> {
    const { slug } = await tenancy.createWorkspace(owner, { name: `Workspace ${++count}`, payloadDays: 7 })
    await runtime.feed.refresh()
    const scope = await tenancy.scopeForPerson(owner, slug)
    const member = await person('member')
    await join(scope.workspaceId, member, 'viewer')
    const model = await runtime.models.addModel(scope, { draft: form() as never })
    const [validation] = (await runtime.models.listValidations(scope, { model: model.id })).items
    const { key } = await tenancy.createKey(scope, { name: 'a key' })
    const things = await dataset(scope)
    const request = await call(runtime, scope, model.slug)
    const { invitation } = await tenancy.invite(scope, { email: `guest-${++count}@example.test`, role: 'viewer' })
    return {
      scope,
      things: {
        slug,
        model: model.id,
        modelSlug: model.slug,
        validation: validation!.id,
        key: key.id,
        invitation: invitation.id,
        request,
        feedback: await feedback(scope, request),
        recost: await recost(scope.workspaceId, model.id),
        notice: await notice(scope.workspaceId),
        group: await group(scope, model.id),
        budget: await budget(scope),
        limit: await limit(scope),
        rule: await rule(scope),
        ...(await channel(scope)),
        deployment: await deployment(scope, model.id),
        intake: await intake(scope.workspaceId),
        link: await link(scope),
        ...things,
        ...(await experiment(scope, things)),
        evaluator: await evaluator(scope),
        member: member.id,
        endpoint: await endpoint(),
      },
    }
  }

  const [owner, otherOwner] = [await person('owner'), await person('other owner')]
  const here = await furnish(owner)
  const elsewhere = await furnish(otherOwner)
  const { scope } = here
  const people: Partial<Record<ActorName, Person>> = {
    owner,
    operator,
    'owner of another workspace': otherOwner,
    'owner from a foreign page': owner,
    'no member': await person('no member'),
  }
  for (const role of ['viewer', 'developer', 'admin'] as const) {
    people[role] = await person(role)
    await join(scope.workspaceId, people[role], role)
  }
  await join(scope.workspaceId, operator, 'viewer')
  const removed = await person('removed')
  await join(scope.workspaceId, removed, 'admin')
  const oldSession = await cookieOf(removed.id)
  await tenancy.removeMember(scope, { userId: removed.id })
  people['removed member'] = removed

  const secret = async (of: Scope, scopes: KeyScope[]) => tenancy.createKey(of, { name: scopes.join(), scopes })
  const revoked = await secret(scope, ['inference', 'read', 'manage'])
  await tenancy.revokeKey(scope, { id: revoked.key.id })
  const keys: Partial<Record<ActorName, string>> = {
    'revoked key': revoked.secret,
    'inference key': (await secret(scope, ['inference'])).secret,
    'read key': (await secret(scope, ['read'])).secret,
    'manage key': (await secret(scope, ['manage'])).secret,
    'manage key of another workspace': (await secret(elsewhere.scope, ['inference', 'read', 'manage'])).secret,
  }
  const whole = await secret(scope, ['inference', 'read', 'manage'])
  await runtime.feed.refresh()

  /** As next-auth seals it at sign-in, of the version that the person's sessions have now. */
  async function cookieOf(userId: string): Promise<string> {
    const { rows } = await pool.query<{ version: number }>(
      'select session_version as version from users where id = $1',
      [userId],
    )
    const token = { sub: userId, version: rows[0]!.version }
    return `patchbay.session=${await seal({ token, secret: env.sessionSecret })}`
  }

  async function headers(actor: ActorName): Promise<Record<string, string>> {
    const origin = actor === 'owner from a foreign page' ? 'http://127.0.0.1:3001' : `http://${host}`
    if (keys[actor]) return { host, authorization: `Bearer ${keys[actor]}` }
    if (actor === 'removed member, old session') return { host, origin, cookie: oldSession }
    const who = people[actor]
    return { host, origin, ...(who && { cookie: await cookieOf(who.id) }) }
  }

  const spare = {
    async model() {
      const id = newId('mdl')
      await pool.query(
        `insert into models (id, workspace_id, type, name, slug, model_id, region, base_url, host) values ($1, $2, 'chat', $1, $1, 'x', 'own', 'https://server.example/v1', 'server.example')`,
        [id, scope.workspaceId],
      )
      return id
    },
    async member() {
      const who = await person('spare')
      await join(scope.workspaceId, who, 'viewer')
      return who.id
    },
    endpoint,
    invitation: async () => (await tenancy.invite(scope, { email: spare.email(), role: 'viewer' })).invitation.id,
    key: async () => (await tenancy.createKey(scope, { name: 'spare' })).key.id,
    group: () => group(scope, here.things.model),
    budget: () => budget(scope),
    limit: () => limit(scope),
    rule: () => rule(scope),
    channel: async () => (await channel(scope)).channel,
    delivery: async () => (await channel(scope)).delivery,
    link: () => link(scope),
    feedback: () => feedback(scope, here.things.request),
    dataset: () => dataset(scope),
    evaluator: () => evaluator(scope),
    email: () => `spare-${++count}@example.test`,
  }
  const nowhere: Things = {
    slug: 'nowhere',
    model: newId('mdl'),
    modelSlug: 'no-such-model',
    validation: newId('val'),
    key: newId('key'),
    invitation: newId('inv'),
    request: newId('req'),
    feedback: newId('fbk'),
    recost: newId('rct'),
    notice: newId('ntc'),
    group: 'no/such-group',
    budget: newId('bud'),
    limit: newId('lim'),
    rule: newId('alr'),
    channel: newId('alc'),
    delivery: newId('ald'),
    deployment: newId('dep'),
    intake: newId('itk'),
    link: newId('plk'),
    dataset: newId('dts'),
    datasetRow: newId('row'),
    datasetImport: newId('imp'),
    evaluator: newId('evl'),
    experiment: newId('exp'),
    run: newId('run'),
    overRun: newId('run'),
    runRow: newId('row'),
    member: newId('usr'),
    endpoint: newId('aep'),
  }
  return { here: here.things, elsewhere: elsewhere.things, nowhere, secret: whole.secret, headers, spare, form }
}

/** What the scope's actor says of a request. */
async function feedback(scope: Scope, id: string): Promise<string> {
  return (await setFeedback(scope, { id, rating: 'good' }))!.id
}

/** A call of a model; returns the id of its record. */
async function call({ gateway, ledger, keeper }: Runtime, scope: Scope, model: string): Promise<string> {
  const reply = await gateway.handleAs(
    {
      workspaceId: scope.workspaceId,
      actor: scope.actor,
      keyId: '',
      scopes: ['inference'],
      modelIds: [],
      source: 'try',
    },
    {
      method: 'POST',
      path: '/v1/embeddings',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify({ model, input: 'x' })),
      peer: '',
      signal: new AbortController().signal,
      receivedAtMs: Date.now(),
    },
  )
  if (reply.status !== 200) throw new Error(`the model answered ${reply.status}`)
  await Promise.all([ledger.flush(), keeper.flush()])
  return reply.headers['x-request-id']!
}
