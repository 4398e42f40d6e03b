import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'
import { answerValidation } from '../../../validations/answer.ts'

/** Without fields the stored model, whose card follows; with fields what an edit would make of it. */
export const POST = route(async ({ scope, params, input, request }) => {
  const { models } = getRuntime()
  const id = decodeURIComponent(params.id!)
  const { imageConsent, ...fields } = input
  const isEdit = Object.keys(fields).length > 0
  const started = isEdit
    ? await models.startValidation(scope, { id, patch: input } as never)
    : await models.revalidate(scope, { id, ...(imageConsent !== undefined && { imageConsent }) } as never)
  return answerValidation(scope, request, started)
})
