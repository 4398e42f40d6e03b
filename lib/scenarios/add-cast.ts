import { randomBytes } from 'node:crypto'
import type { PoolClient } from 'pg'
import { parseMicroAmount } from '#lib/core/money.ts'
import { type CastModel, type CastPrice, castCallers, castModels } from './cast.ts'
import { fixedId } from './ids.ts'
import type { PreparedCast } from './traffic.ts'

export interface Stage {
  workspaceId: string
  /** When the first prices begin. */
  fromMs: number
  /** When the later ones do. */
  laterFromMs: number
}

/** Of the API, by a model's Type. */
export const endpoints: Record<CastModel['type'], string> = {
  ...{ chat: 'chat/completions', completion: 'completions' },
  ...{ embedding: 'embeddings', image: 'images/generations' },
}
const host = 'made-up.example'

/** Of a caller that calls no deployment. */
export const noVersions = {
  ...{ version: '', earlier: '', since: 0, canary: '', canary_since: 0, canary_share: 0, staging: '' },
  ...{ variant_1: '', variant_2: '' },
}
const someVersions = {
  ...{ version: '3.0', earlier: '', since: 0, canary: '3.1', canary_since: 0, canary_share: 0.2, staging: '3.1' },
  ...{ variant_1: 'main', variant_2: 'main' },
}

/** Puts models, prices and keys into the workspace where they are missing. Returns what `trafficStatement` needs of them. */
export async function addCast(client: PoolClient, stage: Stage): Promise<PreparedCast> {
  const { rows } = await client.query<{ address: string; model_id: string | null }>(
    'select address, model_id from model_addresses where workspace_id = $1',
    [stage.workspaceId],
  )
  const taken = new Map(rows.map(({ address, model_id }) => [address, model_id]))
  const models: object[] = []
  for (const [ordinal, model] of castModels.entries()) {
    const id = fixedId('mdl', stage.workspaceId, model.name)
    const plain = model.name.toLowerCase().replaceAll(' ', '-')
    const slug = (taken.get(plain) ?? id) === id ? plain : `${plain}-made-up`
    await addModel(client, stage, model, id, slug)
    models.push({ ...toModelRow(model, id, slug), ...(await addPrices(client, stage, model, id)), ordinal })
  }
  const callers = await addCallers(client, stage.workspaceId)
  return { models, callers, weights: castCallers.map(({ weight }) => weight) }
}

async function addModel(client: PoolClient, stage: Stage, model: CastModel, id: string, slug: string): Promise<void> {
  await client.query(
    `insert into models (id, workspace_id, type, name, slug, model_id, region, description, base_url, host, state, created_at)
     values ($1, $2, $3, $4, $5, $5, $6, 'Of made-up traffic: there is no server behind it.', $7, $8, 'disabled', to_timestamp($9::float8 / 1000)) on conflict (id) do nothing`,
    [id, stage.workspaceId, model.type, model.name, slug, model.region, `https://${host}/v1`, host, stage.fromMs],
  )
  await client.query(
    `insert into model_addresses (workspace_id, address, model_id, kind) values ($1, $2, $3, 'slug') on conflict do nothing`,
    [stage.workspaceId, slug, id],
  )
}

function toModelRow(model: CastModel, id: string, slug: string): object {
  return {
    ...{ id, slug, endpoint: endpoints[model.type], first_byte: model.firstByteMs, per_token: model.perTokenMs },
    ...{ input_tokens: model.inputTokens, output_tokens: model.outputTokens, error_share: model.errorShare },
    ...{ tells_no_usage: model.tellsNoUsage ?? false, reasons: model.name.includes('reasoning') },
  }
}

async function addPrices(client: PoolClient, stage: Stage, model: CastModel, modelId: string): Promise<object> {
  const { workspaceId, fromMs, laterFromMs } = stage
  const add = async (
    name: string,
    price: CastPrice,
    sinceMs: number,
  ): Promise<[string, ReturnType<typeof toIntegers>]> => {
    const integers = toIntegers(price)
    if (Object.values(price).every((each) => each === null)) return ['', integers]
    const id = fixedId('prc', workspaceId, model.name, name)
    await client.query(
      `insert into model_prices (id, workspace_id, model_id, effective_from, input_pico_usd_per_token, output_pico_usd_per_token, cached_input_pico_usd_per_token, image_nano_usd, created_at)
       values ($1, $2, $3, to_timestamp($4::float8 / 1000), $5, $6, $7, $8, to_timestamp($4::float8 / 1000)) on conflict (id) do nothing`,
      [id, workspaceId, modelId, sinceMs, integers.input, integers.output, integers.cached, integers.image],
    )
    return [id, integers]
  }
  const [price_id, first] = await add('first', model.price, fromMs)
  const [later_price_id, later] = model.laterPrice ? await add('later', model.laterPrice, laterFromMs) : ['', first]
  return {
    ...{ price_id, ...first, later_from: model.laterPrice ? laterFromMs : Number.MAX_SAFE_INTEGER, later_price_id },
    ...Object.fromEntries(Object.entries(later).map(([kind, each]) => [`later_${kind}`, each])),
  }
}

/** As prices are stored: pico-dollars a token, nano-dollars an image. */
function toIntegers({ input, output, cached, image }: CastPrice) {
  const micro = (text: string | null) => {
    const parsed = text === null ? null : parseMicroAmount(text)
    return parsed?.ok ? parsed.micro : null
  }
  const picture = micro(image)
  const text = (value: bigint | null) => value?.toString() ?? null
  return {
    ...{ input: text(micro(input)), output: text(micro(output)), cached: text(micro(cached)) },
    image: text(picture === null ? null : picture * 1_000n),
  }
}

async function addCallers(client: PoolClient, workspaceId: string): Promise<object[]> {
  const { rows } = await client.query<{ user_id: string }>(
    'select user_id from members where workspace_id = $1 order by created_at, user_id limit 1',
    [workspaceId],
  )
  const callers: object[] = []
  for (const [ordinal, { name, kind, source, models, team, feature, deployment }] of castCallers.entries()) {
    const key = fixedId('key', workspaceId, name)
    const id = kind === 'key' ? key : kind === 'job' ? name : (rows[0]?.user_id ?? fixedId('usr', workspaceId, name))
    const [model_1, model_2, model_3] = models
    const deployment_id = deployment === undefined ? '' : fixedId('dep', workspaceId, deployment)
    const versions = deployment === undefined ? noVersions : someVersions
    callers.push({ ordinal, kind, id, source, team, feature, deployment_id, model_1, model_2, model_3, ...versions })
    if (kind !== 'key') continue
    await client.query(
      `insert into api_keys (id, workspace_id, public_id, name, secret_hash, last_four, scopes, model_ids, role)
       values ($1, $2, $1, $3, $4, '----', '{inference}', '{}', 'developer') on conflict (id) do nothing`,
      [id, workspaceId, name, randomBytes(32).toString('hex')],
    )
  }
  return callers
}
