import { z } from 'zod'
import { staleEdit } from '#lib/core/errors.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import { type DeploymentRow, lockDeployment, requireDeployment } from './rows.ts'
import { toDeploymentViews } from './views.ts'

/** What every edit carries: the version that was read. */
export const version = z.coerce.number('Send the version that you read.').int().min(1).max(2_147_483_647)
export const ref = z.string().min(1).max(256)

/** Characters of keys are those of addresses' parts; `@` and `/` separate. */
export const DeploymentKey = z
  .string({ error: 'Enter a key.' })
  .trim()
  .min(1, 'Enter a key.')
  .max(64, 'At most 64 characters.')
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, 'Letters, digits, “-” and “_”; a letter or digit first.')
  .refine((key) => !/^dep_[0-9a-hjkmnp-tv-z]{24}$/.test(key), 'This looks like an id.')

export const Description = z.string().trim().max(500, 'At most 500 characters.')

/** `production`, `staging` or one's own. */
export const EnvironmentName = z
  .string({ error: 'Name an environment.' })
  .trim()
  .min(1, 'Name an environment.')
  .max(32, 'At most 32 characters.')
  .regex(/^[a-z][a-z0-9-]*$/, 'Lower-case letters, digits and “-”; a letter first.')
  .refine((name) => name !== 'draft', 'This word is taken.')

/** Locks a deployment and does the work; again where two such transactions waited for each other. */
export async function changeDeployment<Result>(
  scope: Scope,
  name: string,
  work: (tx: Tx, row: DeploymentRow) => Promise<Result>,
): Promise<Result> {
  return againOnDeadlock(() => scope.tx(async (tx) => work(tx, await lockDeployment(tx, scope, name))))
}

/** Models are locked by who deletes them before the deployments that use them, and the other way round by who saves. */
export async function againOnDeadlock<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt === 3 || !isDeadlock(error)) throw error
    }
  }
}

function isDeadlock(error: unknown): boolean {
  const { code, meta } = error as { code?: unknown; meta?: { code?: unknown } }
  return code === 'P2034' || code === '40P01' || meta?.code === '40P01'
}

export async function staleDeployment(scope: Scope, id: string): Promise<Error> {
  const [current] = await scope.tx(async (tx) => toDeploymentViews(tx, scope, [await requireDeployment(tx, scope, id)]))
  return staleEdit('This deployment', current)
}
