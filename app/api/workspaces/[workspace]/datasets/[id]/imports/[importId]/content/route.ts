import { getRuntime } from '#lib/runtime.ts'
import { rawRoute } from '#lib/web/index.ts'

/** The file, as its bytes. */
export const PUT = rawRoute(({ scope, params, request }) =>
  getRuntime().datasets.readImport(scope, { id: params.id!, importId: params.importId! }, bytesOf(request)),
)

async function* bytesOf({ body }: Request): AsyncGenerator<Uint8Array> {
  if (body) yield* body as unknown as AsyncIterable<Uint8Array>
}
