import { randomBytes } from 'node:crypto'
import { type NextRequest, NextResponse } from 'next/server'
import { contentPolicy, isPageHost, pageHeaders } from '#lib/web/page-policy.ts'
import { pathHeader } from '#lib/web/path-header.ts'

/**
 * Headers of every page. Nothing here guards data: pages, actions and routes check session, role, Host and Origin
 * themselves. `/api` and `/v1` stay out: a proxy in front of them would cut long bodies.
 */
export const config = { matcher: ['/((?!api(?:/|$)|v1(?:/|$)|_next/static|_next/image|icon.svg).*)'] }

export function proxy(request: NextRequest): NextResponse {
  if (!isPageHost(request.headers.get('host'))) {
    return new NextResponse('This address is not served here.', { status: 421, headers: pageHeaders() })
  }
  const nonce = randomBytes(16).toString('base64')
  const policy = contentPolicy(nonce)
  // Next reads the nonce for its own scripts from the policy of the request.
  const headers = new Headers(request.headers)
  headers.set('x-nonce', nonce)
  headers.set('content-security-policy', policy)
  headers.set(pathHeader, request.nextUrl.pathname + request.nextUrl.search)
  const response = NextResponse.next({ request: { headers } })
  response.headers.set('content-security-policy', policy)
  for (const [name, value] of Object.entries(pageHeaders())) response.headers.set(name, value)
  return response
}
