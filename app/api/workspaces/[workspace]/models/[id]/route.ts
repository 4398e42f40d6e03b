import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

const idOf = (params: Record<string, string>) => decodeURIComponent(params.id!)

export const GET = route(({ scope, params }) => getRuntime().models.getModel(scope, { id: idOf(params) }))

/** The fields that change, with the `version` that was read; `state` alone disables or enables. */
export const PATCH = route(async ({ scope, params, input: { state, validationId, ...patch } }) => {
  const { models } = getRuntime()
  const id = idOf(params)
  const { version, ...fields } = patch
  if (state !== undefined && Object.keys(fields).length === 0) {
    return models.setModelState(scope, { id, state, version } as never)
  }
  const changed = await models.updateModel(scope, {
    id,
    patch,
    ...(validationId !== undefined && { validationId }),
  } as never)
  return state === undefined ? changed : models.setModelState(scope, { id, state } as never)
})

export const DELETE = route(({ scope, params, input }) =>
  getRuntime().models.deleteModel(scope, { id: idOf(params), ...input } as never),
)
