import { readSettings, type Settings } from '#lib/platform/env.ts'
import { isOurHost } from './request.ts'

let settings: Settings | undefined
// `proxy.ts` is a bundle of its own, which may run before the runtime stands.
const rules = (): Settings => {
  settings ??= readSettings(process.env)
  return settings
}

/** Whether a page may be shown under this Host. */
export function isPageHost(host: string | null): boolean {
  return isOurHost(host ?? undefined, rules())
}

/** The content security policy of a page whose scripts carry `nonce`. */
export function contentPolicy(nonce: string): string {
  // The development server evaluates what it reloads and speaks over a socket.
  const isDevelopment = rules().mode === 'development'
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
    ...(isHttps() ? ['upgrade-insecure-requests'] : []),
  ].join('; ')
}

/** Headers of every page beside its policy. */
export function pageHeaders(): Record<string, string> {
  return {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=()',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    ...(isHttps() && { 'strict-transport-security': 'max-age=31536000; includeSubDomains' }),
  }
}

function isHttps(): boolean {
  return rules().publicUrl?.protocol === 'https:'
}
