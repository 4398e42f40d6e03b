import type { Tx } from '#lib/tenancy/index.ts'

/** Names of models and of whoever calls, by id. Models that were deleted keep theirs; what is unknown keeps its id. */
export async function findLabels(tx: Tx, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await tx.$queryRawUnsafe<{ id: string; label: string }[]>(
    `select id, name as label from models where id = any($1::text[])
     union all select id, name from api_keys where id = any($1::text[])
     union all select id, name from users where id = any($1::text[])`,
    ids,
  )
  return new Map(rows.map(({ id, label }) => [id, label]))
}
