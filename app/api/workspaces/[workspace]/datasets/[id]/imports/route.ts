import { getRuntime } from '#lib/runtime.ts'
import { route } from '#lib/web/index.ts'

export const GET = route(({ scope, params, input }) =>
  getRuntime().datasets.listImports(scope, { ...input, id: params.id! }),
)

/** How the file is to be read; the file itself is put at the import's `content`. */
export const POST = route(
  ({ scope, params, input }) => getRuntime().datasets.startImport(scope, { ...input, id: params.id! } as never),
  { status: 201 },
)
