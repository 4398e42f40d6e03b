import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'
import { answerValidation } from '../../validations/answer.ts'

/** Validates what a form holds; nothing is saved. Server-sent events where asked for, else the finished validation. */
export const POST = route(async ({ scope, input, request }) =>
  answerValidation(scope, request, await getRuntime().models.startValidation(scope, { draft: input } as never)),
)
