import { createTransport } from 'nodemailer'
import type { Clock } from '#lib/core/clock.ts'
import { dial } from './dial.ts'
import type { Egress } from './egress.ts'
import { isLoopback } from './hosts.ts'

/** The operator's mail server. Holds a secret: never log it. */
export interface MailSettings {
  host: string
  port: number
  /** TLS from the first byte; else STARTTLS where the server offers it. */
  isSecure: boolean
  user: { name: string; password: string } | undefined
  /** `Patchbay <alerts@example.org>` */
  from: string
}

export interface MailMessage {
  to: readonly string[]
  subject: string
  text: string
  /** The same for every attempt: who gets it twice can tell. */
  id: string
}

export type MailOutcome =
  | { ok: true; status: number; answer: string }
  | {
      ok: false
      /** Of SMTP, where the server got as far as one. */
      status: number | null
      code: string
      /** Safe to show: our words, or the server's with the password cut out. */
      message: string
    }

export interface Mail {
  readonly from: string
  /** One message, one connection. Never throws. */
  send(message: MailMessage): Promise<MailOutcome>
}

const timeoutMs = 10_000

/**
 * Mail by the operator's server. Its connection is opened by the guard, which has to allow exactly that address. A password
 * leaves this machine by TLS alone; a server on loopback is spoken to without TLS.
 */
export function createMail({
  settings,
  egress,
  clock,
}: {
  settings: MailSettings
  egress: Egress
  clock: Clock
}): Mail {
  const { host, port, isSecure, user, from } = settings
  const bare = host.includes(':') ? `[${host}]` : host
  const isLocal = isLoopback(host)
  const transport = createTransport({
    ...{ host, port, secure: isSecure, requireTLS: !isSecure && !isLocal && user !== undefined, ignoreTLS: isLocal },
    ...(user && { auth: { user: user.name, pass: user.password } }),
    ...{ connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs },
    // What a message is made of is text of ours alone.
    ...{ disableFileAccess: true, disableUrlAccess: true, logger: false },
    getSocket(_options, done) {
      const verdict = egress.judgeUrl(`http://${bare}:${port}`)
      if (!verdict.ok) return done(new MailRefused(verdict.code, verdict.message))
      void dial(egress, clock, { ...verdict.place, isSecure: false }, { timeoutMs }).then((result) =>
        result.ok ? done(null, { connection: result.socket }) : done(new MailRefused(result.code, result.message)),
      )
    },
  })
  return {
    from,
    async send({ to, subject, text, id }) {
      try {
        const info = await transport.sendMail({ from, to: [...to], subject, text, messageId: `<${id}@patchbay>` })
        const answer = String(info.response)
        return { ok: true, status: Number(/^\d{3}/.exec(answer)?.[0] ?? 250), answer }
      } catch (error) {
        return toFailure(error, user?.password)
      }
    },
  }
}

class MailRefused extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

function toFailure(error: unknown, password: string | undefined): MailOutcome {
  const { code, responseCode, message } = error as { code?: unknown; responseCode?: unknown; message?: unknown }
  const text = String(message ?? 'The mail could not be sent.')
  return {
    ok: false,
    status: typeof responseCode === 'number' ? responseCode : null,
    code: typeof code === 'string' ? code.toLowerCase() : 'mail_failed',
    message: password ? text.replaceAll(password, '[redacted]') : text,
  }
}
