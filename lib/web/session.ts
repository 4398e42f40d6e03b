import { decode } from 'next-auth/jwt'
import type { Env } from '#lib/platform/env.ts'
import { getRuntime } from '#lib/runtime.ts'
import type { Person, RequestInfo } from '#lib/tenancy/index.ts'

/** Days until one signs in again, whatever happens. */
export const sessionDays = 30

/** The cookie is bound to https and to this host where the studio is served by https. */
export function sessionCookieName(env: Pick<Env, 'publicUrl'>): string {
  return isSecure(env) ? '__Host-patchbay.session' : 'patchbay.session'
}

export function isSecure(env: Pick<Env, 'publicUrl'>): boolean {
  return env.publicUrl?.protocol === 'https:'
}

/** The person of a session cookie's value, as the database knows them now; null where the session has ended. */
export async function readSession(cookie: string | undefined, request: RequestInfo): Promise<Person | null> {
  if (!cookie || cookie.length > 4096) return null
  const { env, tenancy } = getRuntime()
  const token = await decode({ token: cookie, secret: env.sessionSecret }).catch(() => null)
  if (!token?.sub || typeof token.version !== 'number') return null
  return tenancy.findPerson({ userId: token.sub, version: token.version }, request)
}

/** One cookie's value out of a `Cookie` header. */
export function cookieOf(headers: Headers, name: string): string | undefined {
  for (const pair of (headers.get('cookie') ?? '').split(';')) {
    const [key, value] = pair.split('=', 2)
    if (key?.trim() === name && value) return value.trim()
  }
  return undefined
}
