import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope }) => getRuntime().alerts.listChannels(scope))

/** The only answer, beside that of a new one, with the secret of a webhook. */
export const POST = route(({ scope, input }) => getRuntime().alerts.createChannel(scope, input as never), {
  status: 201,
  hasSecret: true,
})
