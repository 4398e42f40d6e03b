import { randomBytes } from 'node:crypto'
import { type NextRequest, NextResponse } from 'next/server'
import { readSettings, type Settings } from '#lib/platform/env.ts'
import { pathHeader } from '#lib/web/path-header.ts'
import { isOurHost } from '#lib/web/request.ts'

/**
 * Headers of every page. Nothing here guards data: pages, actions and routes check session, role, Host and Origin
 * themselves. `/api` and `/v1` stay out: a proxy in front of them would cut long bodies.
 */
export const config = { matcher: ['/((?!api(?:/|$)|v1(?:/|$)|_next/static|_next/image|icon.svg).*)'] }

let settings: Settings | undefined

export function proxy(request: NextRequest): NextResponse {
  settings ??= readSettings(process.env)
  if (!isOurHost(request.headers.get('host') ?? undefined, settings)) {
    return new NextResponse('This address is not served here.', { status: 421, headers: { 'cache-control': 'no-store' } })
  }
  const nonce = randomBytes(16).toString('base64')
  const policy = contentPolicy(nonce, settings)
  // Next reads the nonce for its own scripts from the policy of the request.
  const headers = new Headers(request.headers)
  headers.set('x-nonce', nonce)
  headers.set('content-security-policy', policy)
  headers.set(pathHeader, request.nextUrl.pathname + request.nextUrl.search)

  const response = NextResponse.next({ request: { headers } })
  response.headers.set('content-security-policy', policy)
  response.headers.set('cache-control', 'no-store')
  response.headers.set('x-content-type-options', 'nosniff')
  response.headers.set('x-frame-options', 'DENY')
  response.headers.set('referrer-policy', 'same-origin')
  response.headers.set('permissions-policy', 'camera=(), microphone=(), geolocation=(), payment=()')
  response.headers.set('cross-origin-opener-policy', 'same-origin')
  response.headers.set('cross-origin-resource-policy', 'same-origin')
  if (isHttps(settings)) response.headers.set('strict-transport-security', 'max-age=31536000; includeSubDomains')
  return response
}

function contentPolicy(nonce: string, settings: Settings): string {
  // The development server evaluates what it reloads and speaks over a socket.
  const isDevelopment = settings.mode === 'development'
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${isDevelopment ? " 'unsafe-eval'" : ''}`,
    // Charts, menus and toasts place themselves by style attributes and elements, which cannot run anything.
    "style-src 'self' 'unsafe-inline'",
    // Pictures of models are shown by us: no address of elsewhere.
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self'${isDevelopment ? ' ws:' : ''}`,
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
    ...(isHttps(settings) ? ['upgrade-insecure-requests'] : []),
  ].join('; ')
}

function isHttps({ publicUrl }: Settings): boolean {
  return publicUrl?.protocol === 'https:'
}
