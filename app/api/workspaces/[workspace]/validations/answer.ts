import type { ValidationEvent, ValidationView } from '#lib/models/schema.ts'
import { getRuntime } from '#lib/runtime.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import { eventStream } from '#lib/web/index.ts'

/** The events as they come to whoever asks for them, else the validation when it is finished. */
export async function answerValidation(
  scope: Scope,
  request: Request,
  started: { id: string; events: AsyncGenerator<ValidationEvent> },
): Promise<Response | ValidationView> {
  if (request.headers.get('accept')?.includes('text/event-stream')) return validationStream(started.events)
  for await (const event of started.events) if (event.type === 'finished') return event.validation
  return getRuntime().models.getValidation(scope, { id: started.id })
}

export function validationStream(events: AsyncGenerator<ValidationEvent>): Response {
  return eventStream(
    (async function* () {
      for await (const event of events) yield { id: String(event.seq), data: event }
    })(),
  )
}
