import { openApiDocument } from '#lib/reference/index.ts'
import { addressesOf, openHandler } from '#lib/web/index.ts'

/** What machines may call here, for everybody: it holds no secret and nothing of a workspace. */
export const GET = openHandler({ bodyBytesMax: 0 }, async (request: Request) =>
  Response.json(openApiDocument(addressesOf(request.headers)), {
    headers: { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
  }),
)
