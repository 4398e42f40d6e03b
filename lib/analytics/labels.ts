import { isId } from '#lib/core/ids.ts'
import type { Tx } from '#lib/tenancy/index.ts'

/**
 * Names of models, of deployments and of whoever calls, by id. Models that were deleted keep theirs; one that was validated and never
 * saved goes by the Model ID it was validated with; what is unknown keeps its id.
 */
export async function findLabels(tx: Tx, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await tx.$queryRawUnsafe<{ id: string; label: string }[]>(
    `select id, name as label from models where id = any($1::text[])
     union all select id, name from api_keys where id = any($1::text[])
     union all select id, name from users where id = any($1::text[])
     union all select id, key from deployments where id = any($1::text[])`,
    ids,
  )
  const labels = new Map(rows.map(({ id, label }) => [id, label]))
  const unknown = ids.filter((id) => isId('mdl', id) && !labels.has(id))
  if (unknown.length > 0) for (const [id, label] of await findUnsaved(tx, unknown)) labels.set(id, label)
  return labels
}

/** What models are called that a validation reserved an id for, and nobody saved. */
export async function findUnsaved(tx: Tx, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await tx.$queryRawUnsafe<{ id: string; model_id: string }[]>(
    `select distinct subject ->> 'reservedModelId' as id, subject ->> 'modelId' as model_id from validations
     where model_id is null and subject ->> 'reservedModelId' = any($1::text[])`,
    ids,
  )
  return new Map(rows.map(({ id, model_id }) => [id, `not saved: ${model_id}`]))
}
