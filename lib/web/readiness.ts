import { answerReadiness, missingForCalls } from '#lib/platform/readiness.ts'
import type { Runtime } from '#lib/runtime.ts'

/** Who asks waits at most so long for a Postgres that does not answer. */
const answerMaxMs = 2_000

/** Whether this studio serves: calls, and pages, which cannot do without Postgres for a moment. */
export async function readinessResponse(runtime: Runtime): Promise<Response> {
  const missing = missingForCalls(runtime)
  if (!(await answersInTime(runtime.database))) missing.unshift('Postgres does not answer')
  const { status, headers, body } = answerReadiness(missing)
  return new Response(body, { status, headers })
}

async function answersInTime({ pool }: Runtime['database']): Promise<boolean> {
  const late = Promise.withResolvers<false>()
  const timer = setTimeout(() => late.resolve(false), answerMaxMs)
  const asked = pool.query('SELECT 1').then(
    () => true,
    () => false,
  )
  const isInTime = await Promise.race([asked, late.promise])
  clearTimeout(timer)
  return isInTime
}
