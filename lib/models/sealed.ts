import type { Pool } from 'pg'
import { type Rewrapped, rewrapColumn, type SealedColumn } from '#lib/platform/sealed-rows.ts'
import type { SecretBox } from '#lib/platform/secret-box.ts'
import { raiseNotice, recordAudit, type Scope } from '#lib/tenancy/index.ts'
import { aboutKey, keyGroupOfRow } from './refused-key.ts'
import { fingerprintOf, placeOf, type SealedField, sealedFields } from './stored.ts'

/**
 * Puts the secrets of all models under the active master key, and the fingerprints of their keys, by which equal keys are
 * known. Beside running traffic; resumable. `pool` is as `patchbay_system`.
 */
export async function rewrapModels(pool: Pool, secrets: SecretBox): Promise<Rewrapped> {
  const done: Rewrapped = { rewrapped: 0, unreadable: 0 }
  for (const field of sealedFields) {
    const { rewrapped, unreadable } = await rewrapColumn(pool, secrets, columnOf(field))
    done.rewrapped += rewrapped
    done.unreadable += unreadable
  }
  await renewFingerprints(pool, secrets)
  return done
}

function columnOf(field: SealedField): SealedColumn {
  return {
    ...{ table: 'public.models', column: field, key: ['workspace_id', 'id'] },
    place: ({ workspace_id, id }) => placeOf(workspace_id!, id!, field),
  }
}

async function renewFingerprints(pool: Pool, secrets: SecretBox): Promise<void> {
  const { rows } = await pool.query<{ workspace_id: string; id: string; sealed_key: string; key_fingerprint: string }>(
    `select workspace_id, id, sealed_key, key_fingerprint from models where split_part(sealed_key, '.', 2) = $1`,
    [secrets.activeKeyId],
  )
  for (const { workspace_id, id, sealed_key, key_fingerprint } of rows) {
    const apiKey = secrets.open(sealed_key, placeOf(workspace_id, id, 'sealed_key'))
    const fingerprint = fingerprintOf(secrets, workspace_id, apiKey)
    if (fingerprint === key_fingerprint) continue
    await pool.query('update models set key_fingerprint = $1 where workspace_id = $2 and id = $3 and sealed_key = $4', [
      fingerprint,
      workspace_id,
      id,
      sealed_key,
    ])
  }
}

/**
 * Gives up secrets that no master key opens any more: the models stay, marked so that nobody calls their servers until a
 * key is entered, with a notice for each key. Returns how many models.
 */
export async function loseSecrets(scope: Scope): Promise<number> {
  return scope.tx(async (tx) => {
    const { workspaceId } = scope
    const now = scope.now()
    const sealed = [{ sealedKey: { not: null } }, { sealedHeaders: { not: null } }, { sealedQuery: { not: null } }]
    const rows = await tx.model.findMany({
      where: { workspaceId, OR: sealed },
      select: {
        ...{ id: true, workspaceId: true, name: true, slug: true, host: true, keyFingerprint: true, deletedAt: true },
        ...{ headerNames: true, queryNames: true },
      },
      orderBy: { name: 'asc' },
    })
    await tx.model.updateMany({
      where: { workspaceId, id: { in: rows.map(({ id }) => id) } },
      data: {
        ...{ sealedKey: null, sealedHeaders: null, sealedQuery: null, headerNames: [], queryNames: [] },
        ...{ keyRefusedAt: now, updatedAt: now, version: { increment: 1 } },
      },
    })
    const groups = Map.groupBy(
      rows.filter(({ deletedAt }) => deletedAt === null),
      keyGroupOfRow,
    )
    for (const [group, models] of groups) {
      const names = [...new Set(models.flatMap(({ headerNames, queryNames }) => [...headerNames, ...queryNames]))]
      await raiseNotice(tx, workspaceId, now, {
        ...aboutKey(scope, models[0]!, models[0]!.keyFingerprint === null ? models[0]!.id : group),
        title:
          models.length === 1
            ? `The key of ${models[0]!.name} has to be entered again`
            : `The key of ${models.length} models has to be entered again`,
        body: `It was sealed with a master key that is gone. Until then calls are answered with an error.${names.length > 0 ? ` So were the values of ${names.join(', ')}: enter them in the model's form.` : ''}`,
      })
    }
    for (const { id, name } of rows)
      await recordAudit(tx, scope, { action: 'model.secrets_lost', target: { kind: 'model', id, label: name } })
    return rows.length
  })
}
