import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, input }) => getRuntime().models.listModels(scope, input))

/** The fields of the form; `validationId` names a validation that has just passed for the same ones. */
export const POST = route(
  ({ scope, input: { validationId, ...draft } }) =>
    getRuntime().models.addModel(scope, { draft, ...(validationId !== undefined && { validationId }) } as never),
  { status: 201 },
)
