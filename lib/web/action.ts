import { headers } from 'next/headers'
import { AppError, invalidInput } from '#lib/core/errors.ts'
import type { ActionResult } from '#lib/core/result.ts'
import { getRuntime } from '#lib/runtime.ts'
import type { Person, Scope, Visitor } from '#lib/tenancy/index.ts'
import { isOurFault, toShownError } from './errors.ts'
import { isLoopbackVisit, readRequest, requireHost, requireOrigin } from './request.ts'
import { cookieOf, readSession, sessionCookieName } from './session.ts'

/** A verb of a room as a server action of one workspace: session, origin, membership; the verb parses and checks the role. */
export function action<Input, Value>(verb: (scope: Scope, input: Input) => Promise<Value>) {
  return async (workspace: string, input: Input): Promise<ActionResult<Value>> =>
    guarded(async (visitor) => {
      const person = await requireSession(visitor)
      const scope = await getRuntime().tenancy.scopeForPerson(person, String(workspace))
      return verb(scope, requireRecord(input))
    })
}

/** The same for what a person does outside of a workspace. */
export function personAction<Input, Value>(verb: (person: Person, input: Input) => Promise<Value>) {
  return async (input: Input): Promise<ActionResult<Value>> =>
    guarded(async (visitor) => verb(await requireSession(visitor), requireRecord(input)))
}

/** The same for what is open to everybody who reaches the studio; `person` is null for those not signed in. */
export function openAction<Input, Value>(
  verb: (visitor: Visitor & { person: Person | null }, input: Input) => Promise<Value>,
) {
  return async (input: Input): Promise<ActionResult<Value>> =>
    guarded(async (visitor) => verb({ ...visitor, person: await findSession(visitor) }, requireRecord(input)))
}

interface ActionVisitor extends Visitor {
  headers: Headers
}

async function guarded<Value>(work: (visitor: ActionVisitor) => Promise<Value>): Promise<ActionResult<Value>> {
  const { env, logger } = getRuntime()
  const incoming = await headers()
  const request = readRequest(incoming, env)
  try {
    requireHost(incoming, env)
    requireOrigin(incoming, env)
    const value = await work({ headers: incoming, request, loopback: isLoopbackVisit(incoming, env) })
    return { ok: true, value }
  } catch (error) {
    if (isOurFault(error)) logger.error({ error, requestId: request.id }, 'action failed')
    return { ok: false, error: toShownError(error, request.id) }
  }
}

function findSession(visitor: ActionVisitor): Promise<Person | null> {
  return readSession(cookieOf(visitor.headers, sessionCookieName(getRuntime().env)), visitor.request)
}

async function requireSession(visitor: ActionVisitor): Promise<Person> {
  const person = await findSession(visitor)
  if (person) return person
  throw new AppError({
    kind: 'unauthenticated',
    code: 'session_ended',
    message: 'Your session has ended. Sign in again.',
  })
}

// Actions are public endpoints: whatever the types say, anything may arrive.
function requireRecord<Input>(input: Input): Input {
  if (input === undefined) return {} as Input
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw invalidInput('The input is not an object.')
  return input
}
