import { AppError } from '#lib/core/errors.ts'
import { type ModelType, type ModelView, modelTypes } from '#lib/models/schema.ts'
import { getRuntime } from '#lib/runtime.ts'
import type { Scope } from '#lib/tenancy/index.ts'

/** What every playground needs of the server. */
export async function loadPlayground(scope: Scope) {
  const { env } = getRuntime()
  return {
    workspace: scope.workspace.slug,
    gatewayUrl: `${env.publicGatewayUrl?.origin ?? `http://localhost:${env.gatewayPort}`}/v1`,
    firstModels: await findFirstModels(scope),
  }
}

/** The newest active model of each Type. */
async function findFirstModels(scope: Scope): Promise<Partial<Record<ModelType, ModelView>>> {
  const { models } = getRuntime()
  const found = await Promise.all(
    modelTypes.map(async (type) => (await models.listModels(scope, { type, state: 'active', limit: 1 })).items[0]),
  )
  return Object.fromEntries(modelTypes.flatMap((type, index) => (found[index] ? [[type, found[index]]] : [])))
}

/** Nothing in place of what does not exist. */
export async function unlessGone<Found>(finding: Promise<Found>): Promise<Found | undefined> {
  try {
    return await finding
  } catch (error) {
    if (error instanceof AppError && error.kind === 'not_found') return undefined
    throw error
  }
}
