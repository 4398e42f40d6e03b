import { deleteFeedback } from '#lib/metering/index.ts'
import { route } from '#lib/web/index.ts'

export const DELETE = route(({ scope, params }) =>
  deleteFeedback(scope, { id: params.id ?? '', feedbackId: params.feedbackId ?? '' }),
)
