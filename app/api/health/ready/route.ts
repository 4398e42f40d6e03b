import { getRuntime } from '#lib/runtime.ts'
import { readinessResponse } from '#lib/web/index.ts'

export const dynamic = 'force-dynamic'

export function GET(): Promise<Response> {
  return readinessResponse(getRuntime())
}
