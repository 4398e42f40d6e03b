import { createLink, listLinks } from '#lib/playground/index.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, input }) => listLinks(scope, input as never))

export const POST = route(({ scope, input }) => createLink(scope, input as never), {
  status: 201,
  // Pictures are part of a prompt.
  bodyBytesMax: 8_000_000,
})
