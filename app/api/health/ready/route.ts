import { getRuntime } from '#lib/runtime.ts'

export const dynamic = 'force-dynamic'

/** The process answers, and its database does. Says nothing of why not: anybody may ask. */
export async function GET(): Promise<Response> {
  const headers = { 'cache-control': 'no-store' }
  try {
    await getRuntime().database.pool.query('SELECT 1')
    return Response.json({ status: 'ready' }, { headers })
  } catch {
    return Response.json({ status: 'not ready' }, { status: 503, headers: { ...headers, 'retry-after': '2' } })
  }
}
