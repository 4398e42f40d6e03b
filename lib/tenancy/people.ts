import { AppError, invalidInput } from '#lib/core/errors.ts'
import { newId } from '#lib/core/ids.ts'
import type { User } from '#lib/platform/generated/prisma/client.ts'
import { type AuditAuthor, recordAudit } from './audit.ts'
import { parseInput, requireOperator } from './guards.ts'
import type { House } from './house.ts'
import {
  ChangePasswordInput,
  type OperatorView,
  type PersonView,
  SetOperatorInput,
  SignInInput,
  UpdateAccountInput,
} from './schema.ts'
import type { Person, RequestInfo, Scope, Tx } from './scope.ts'
import { signInTry } from './throttle.ts'

/** E-mail and password -> the person. One answer and one duration for a wrong password and an unknown e-mail. */
export async function signIn(house: House, input: SignInInput, request: RequestInfo): Promise<Person> {
  const { email, password } = parseInput(SignInInput, input)
  const attempt = signInTry(house, email, request.address)
  await attempt.begin()
  const user = await house.system.user.findUnique({ where: { email } })
  if (!(await house.passwords.verify(user?.passwordHash ?? null, password)) || !user) {
    throw new AppError({ kind: 'unauthenticated', code: 'sign_in_failed', message: 'E-mail or password is wrong.' })
  }
  await attempt.succeed()
  return toPerson(house, user, request)
}

/** The person of a session, or null where it has ended or the person is gone. */
export async function findPerson(
  house: House,
  session: { userId: string; version: number },
  request: RequestInfo,
): Promise<Person | null> {
  const user = await house.system.user.findUnique({ where: { id: session.userId } })
  return user && user.sessionVersion === session.version ? toPerson(house, user, request) : null
}

/** Name, time zone and theme of the one who asks. */
export async function updateAccount(house: House, person: Person, input: UpdateAccountInput): Promise<PersonView> {
  const change = parseInput(UpdateAccountInput, input)
  return house.system.$transaction(async (tx) => {
    const user = await tx.user.update({ where: { id: person.id }, data: change })
    // The theme is a taste, not a change that anybody looks up.
    if (change.name !== undefined || change.timeZone !== undefined) {
      const before = { name: person.name, timeZone: person.timeZone }
      await recordAudit(tx, personAuthor(person), {
        action: 'account.update',
        target: personTarget(person),
        before,
        after: { name: user.name, timeZone: user.timeZone },
      })
    }
    return toPersonView(user)
  })
}

/** Ends every session, this one too: the caller signs in again with the new password. */
export async function changePassword(house: House, person: Person, input: ChangePasswordInput): Promise<void> {
  const { current, password } = parseInput(ChangePasswordInput, input)
  requireGoodPassword(password, person.email)
  const attempt = signInTry(house, person.email, person.request.address)
  await attempt.begin()
  const user = await house.system.user.findUniqueOrThrow({ where: { id: person.id } })
  if (!(await house.passwords.verify(user.passwordHash, current))) {
    const message = 'This is not your password.'
    throw invalidInput(message, { current: message }, 'wrong_password')
  }
  await attempt.succeed()
  const passwordHash = await house.passwords.hash(password)
  await house.system.$transaction(async (tx) => {
    await tx.user.update({ where: { id: person.id }, data: { passwordHash, sessionVersion: { increment: 1 } } })
    await recordAudit(tx, personAuthor(person), { action: 'account.change_password', target: personTarget(person) })
  })
}

/** Signs the person out everywhere. */
export async function endSessions(house: House, person: Person): Promise<void> {
  await house.system.$transaction(async (tx) => {
    await tx.user.update({ where: { id: person.id }, data: { sessionVersion: { increment: 1 } } })
    await recordAudit(tx, personAuthor(person), { action: 'account.end_sessions', target: personTarget(person) })
  })
}

/** Who runs the installation. For operators. */
export async function listOperators(house: House, who: Person | Scope): Promise<OperatorView[]> {
  requireOperator(who)
  return house.system.user.findMany({
    where: { operator: true },
    orderBy: { createdAt: 'asc' },
    select: { id: true, name: true, email: true },
  })
}

/** Names a further operator or takes the flag back. The last one stays. */
export async function setOperator(house: House, who: Person | Scope, input: SetOperatorInput): Promise<void> {
  requireOperator(who)
  // It concerns the installation, whichever workspace it is done from.
  const author = 'actor' in who ? { ...who, workspaceId: '', role: 'operator' } : personAuthor(who)
  const { email, operator } = parseInput(SetOperatorInput, input)
  await house.system.$transaction(async (tx) => {
    const operators = await tx.$queryRaw<{ id: string }[]>`SELECT id FROM users WHERE operator ORDER BY id FOR UPDATE`
    // Between the page and now somebody may have taken the flag of the one who asks.
    requireOperator({ operator: operators.some(({ id }) => id === author.actor.id) })
    const user = await tx.user.findUnique({ where: { email } })
    if (!user) throw invalidInput('Nobody here has this e-mail.', { email: 'Nobody here has this e-mail.' })
    if (user.operator === operator) return
    if (!operator && operators.length === 1) {
      throw new AppError({ kind: 'conflict', code: 'last_operator', message: 'Name another operator first.' })
    }
    await tx.user.update({ where: { id: user.id }, data: { operator } })
    await recordAudit(tx, author, {
      action: operator ? 'operator.add' : 'operator.remove',
      target: { kind: 'user', id: user.id, label: user.email },
    })
  })
}

/** Makes a person. The caller has checked the password's rules and that nobody has the e-mail. */
export async function insertUser(
  tx: Tx,
  house: House,
  user: { email: string; name: string; passwordHash: string; operator?: boolean; timeZone?: string },
): Promise<User> {
  const createdAt = new Date(house.clock.nowMs())
  return tx.user.create({ data: { id: newId('usr', createdAt.getTime()), createdAt, ...user } })
}

/** What the length alone does not catch. */
export function requireGoodPassword(password: string, email: string): void {
  if (password.toLowerCase() === email || new Set(password).size < 3) {
    const message = 'This password is too easy to guess.'
    throw invalidInput(message, { password: message })
  }
}

export function toPerson(house: House, user: User, request: RequestInfo): Person {
  return {
    ...toPersonView(user),
    sessionVersion: user.sessionVersion,
    request,
    now: () => new Date(house.clock.nowMs()),
  }
}

export function toPersonView(user: Omit<PersonView, 'theme'> & { theme: string }): PersonView {
  const { id, email, name, operator, timeZone } = user
  return { id, email, name, operator, timeZone, theme: user.theme as PersonView['theme'] }
}

/** The author of what a person does outside of a workspace, or to one they are not (any more, or yet) working in. */
export function personAuthor(
  person: Person,
  workspaceId = '',
  role: string = person.operator ? 'operator' : '',
): AuditAuthor {
  return {
    workspaceId,
    actor: { kind: 'user', id: person.id, label: person.email },
    role,
    request: person.request,
    now: person.now,
  }
}

export function personTarget(person: { id: string; email: string }): { kind: string; id: string; label: string } {
  return { kind: 'user', id: person.id, label: person.email }
}
