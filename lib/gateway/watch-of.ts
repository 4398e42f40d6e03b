import type { Form } from './endpoints.ts'
import { ResponsesWatch } from './responses-watch.ts'
import { StreamWatch } from './stream-watch.ts'

/** Who reads along with a stream of this form. */
export function watchOf(form: Form, secrets: readonly string[]): StreamWatch {
  return form === 'responses' ? new ResponsesWatch(secrets) : new StreamWatch(secrets)
}
