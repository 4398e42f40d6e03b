import type { NextAuthOptions, Session } from 'next-auth'
import credentials from 'next-auth/providers/credentials'
import { getRuntime } from '#lib/runtime.ts'
import { isOurFault, toShownError } from './errors.ts'
import { readRequest } from './request.ts'
import { isSecure, sessionCookieName, sessionDays } from './session.ts'

/** next-auth's settings: e-mail and password, a sealed cookie, nothing in it but the person's id and session version. */
export function authOptions(): NextAuthOptions {
  const { env, tenancy, logger } = getRuntime()
  trustOwnHost(env.publicUrl)
  const secure = isSecure(env)
  return {
    secret: env.sessionSecret,
    useSecureCookies: secure,
    pages: { signIn: '/sign-in', error: '/sign-in' },
    session: { strategy: 'jwt', maxAge: sessionDays * 24 * 3600 },
    cookies: {
      sessionToken: {
        name: sessionCookieName(env),
        options: { httpOnly: true, sameSite: 'lax', path: '/', secure },
      },
    },
    providers: [
      credentials({
        credentials: { email: {}, password: {} },
        async authorize(given, { headers }) {
          const request = readRequest(new Headers(headers), env)
          try {
            const input = { email: given?.email ?? '', password: given?.password ?? '' }
            const person = await tenancy.signIn(input, request)
            return { id: person.id, sessionVersion: person.sessionVersion }
          } catch (error) {
            if (isOurFault(error)) logger.error({ error, requestId: request.id }, 'sign-in failed')
            // next-auth hands the message of an error on to the form.
            throw new Error(toShownError(error, request.id).message)
          }
        },
      }),
    ],
    callbacks: {
      jwt({ token, user }) {
        if (user) return { sub: user.id, version: (user as { sessionVersion?: number }).sessionVersion }
        return { sub: token.sub, version: token.version }
      },
      // Wider than next-auth's own type: the id is all that a session says.
      session: ({ token, session }): Session & { user: { id: string } } => ({
        expires: session.expires,
        user: { id: token.sub ?? '' },
      }),
      redirect: ({ url, baseUrl }) => (isOwnPath(url) || url.startsWith(`${baseUrl}/`) ? url : baseUrl),
    },
    logger: {
      error: (code, details) => {
        // A wrong password is the caller's affair and already counted.
        if (code !== 'CALLBACK_CREDENTIALS_HANDLER_ERROR')
          logger.error({ code, reason: describe(details) }, 'next-auth')
      },
      warn: (code) => logger.warn({ code }, 'next-auth'),
      debug: () => undefined,
    },
  }
}

/** A path of ours to go on to: never a host in disguise. */
export function isOwnPath(path: string): boolean {
  return /^\/(?![/\\])[^\p{Cc}\\]{0,2000}$/u.test(path)
}

// next-auth reads these two from the environment alone. Without a public address the Host is one that we checked.
function trustOwnHost(publicUrl: URL | undefined): void {
  if (publicUrl) {
    process.env.NEXTAUTH_URL = publicUrl.origin
  } else {
    delete process.env.NEXTAUTH_URL
    process.env.AUTH_TRUST_HOST = 'true'
  }
}

function describe(details: unknown): string {
  if (details instanceof Error) return details.message
  const { error } = (details ?? {}) as { error?: unknown }
  return error instanceof Error ? error.message : 'no details'
}
