import { headers } from 'next/headers'
import { notFound, redirect } from 'next/navigation'
import { cache } from 'react'
import { AppError } from '#lib/core/errors.ts'
import { getRuntime } from '#lib/runtime.ts'
import type { Person, Scope, Visitor } from '#lib/tenancy/index.ts'
import { type Role, roleReaches } from '#lib/tenancy/schema.ts'
import { isOwnPath } from './auth.ts'
import { pathHeader } from './path-header.ts'
import { isLoopbackVisit, isOurHost, readRequest } from './request.ts'
import { cookieOf, readSession, sessionCookieName } from './session.ts'

/** Who looks at a page; one look-up a request, however many components ask. */
export const getVisitor = cache(async (): Promise<Visitor & { person: Person | null }> => {
  const { env } = getRuntime()
  const incoming = await headers()
  if (!isOurHost(incoming.get('host') ?? undefined, env)) notFound()
  const request = readRequest(incoming, env)
  const person = await readSession(cookieOf(incoming, sessionCookieName(env)), request)
  return { request, loopback: isLoopbackVisit(incoming, env), person }
})

/** The signed-in person; everybody else is sent to sign in, or to the set-up of an installation nobody claimed. */
export const requirePerson = cache(async (): Promise<Person> => {
  const { person } = await getVisitor()
  if (person) return person
  if (!(await getRuntime().tenancy.isClaimed())) redirect('/claim')
  const path = (await headers()).get(pathHeader) ?? ''
  redirect(isOwnPath(path) && path !== '/' ? `/sign-in?next=${encodeURIComponent(path)}` : '/sign-in')
})

const getScope = cache(async (slug: string): Promise<Scope> => {
  const person = await requirePerson()
  try {
    return await getRuntime().tenancy.scopeForPerson(person, slug)
  } catch (error) {
    if (error instanceof AppError && error.kind === 'not_found') notFound()
    throw error
  }
})

/** The person's scope in the workspace of the address; the page is not found for others and below the role `least`. */
export async function requireScope(slug: string, least: Role = 'viewer'): Promise<Scope> {
  const scope = await getScope(slug)
  if (!roleReaches(scope.role, least)) notFound()
  return scope
}
