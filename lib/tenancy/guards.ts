import type { z } from 'zod'
import { AppError, type FieldErrors, invalidInput } from '#lib/core/errors.ts'
import { plainIssue } from '#lib/core/plain-issue.ts'
import { type KeyScope, type Role, roleReaches } from './schema.ts'
import type { Scope } from './scope.ts'

/**
 * For what changes something: throws `forbidden` unless the scope's role is `least` or above and, for a caller's key,
 * unless it has the scope manage.
 */
export function requireRole(scope: Scope, least: Role): void {
  requireKeyScope(scope, ['manage'])
  if (!roleReaches(scope.role, least)) throw lacksRole(least)
}

/** For what only reads: every member from `least` up; a caller's key needs the scope read (or manage). */
export function requireRead(scope: Scope, least: Role = 'viewer'): void {
  requireKeyScope(scope, ['read', 'manage'])
  if (!roleReaches(scope.role, least)) throw lacksRole(least)
}

/** For what concerns the installation: a person who runs it. */
export function requireOperator(who: { readonly operator: boolean }): void {
  if (!who.operator) {
    throw new AppError({
      kind: 'forbidden',
      code: 'operator_only',
      message: 'Only the operator may do this. Ask the operator.',
    })
  }
}

/** Unknown input -> typed, or `invalid_input` with a message for each field. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input, { error: plainIssue })
  if (parsed.success) return parsed.data
  const fields: FieldErrors = {}
  for (const issue of parsed.error.issues) fields[issue.path.map(String).join('.')] ??= issue.message
  const [first] = Object.entries(fields)
  const message = first?.[0] ? `${first[0]}: ${first[1]}` : (first?.[1] ?? 'The input is not valid.')
  throw invalidInput(message, fields)
}

function requireKeyScope(scope: Scope, oneOf: readonly KeyScope[]): void {
  if (scope.actor.kind !== 'key' || scope.keyScopes.some((has) => oneOf.includes(has))) return
  throw new AppError({
    kind: 'forbidden',
    code: 'permission_denied',
    message: `This key lacks the scope ${oneOf[0]}.`,
  })
}

function lacksRole(least: Role): AppError {
  return new AppError({
    kind: 'forbidden',
    code: 'role_too_low',
    message: `This needs the role ${least}${least === 'owner' ? '' : ' or above'}. Ask an owner or admin of the workspace.`,
  })
}
