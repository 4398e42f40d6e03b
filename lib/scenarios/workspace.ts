import type { Pool } from 'pg'
import { AppError } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'

/** The workspace by that slug, made where there is none; then the operators own it. Returns its id. */
export async function findOrAddWorkspace(pool: Pool, slug: string): Promise<string> {
  const find = () => pool.query<{ id: string }>('select id from workspaces where slug = $1', [slug])
  const found = (await find()).rows[0]
  if (found) return found.id
  const operators = await pool.query('select from users where operator limit 1')
  if (operators.rowCount === 0)
    throw new AppError({
      kind: 'precondition_failed',
      code: 'unclaimed',
      message: 'Nobody could look at it yet: set Patchbay up in the browser or by `patchbay -- init` first.',
    })
  await pool.query(
    `with w as (insert into workspaces (id, slug, name) values ($1, $2, $2) on conflict (slug) do nothing returning id)
     insert into members (workspace_id, user_id, role) select w.id, u.id, 'owner' from w cross join users u where u.operator`,
    [newId('wsp'), slug],
  )
  return (await find()).rows[0]!.id
}
