import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'
import { validationStream } from '../../answer.ts'

/** Goes on after the event that was seen last. */
export const GET = route(async ({ scope, params, request }) => {
  const after = request.headers.get('last-event-id') ?? '0'
  return validationStream(await getRuntime().models.validationEvents(scope, { id: params.id!, after }))
})
