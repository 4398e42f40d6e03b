import { AppError, invalidInput } from '#lib/core/errors.ts'
import type { House } from './house.ts'

/** An address in its two parts: what the guard judges, and what is asked there. For what `parseUrl` let through. */
export function splitUrl(text: string): { base: string; path: string; host: string } {
  const url = new URL(text)
  return { base: url.origin, path: `${url.pathname}${url.search}`, host: url.host }
}

/** An address to send to, judged by the rules for models' servers. Throws `invalid_input` with what helps. */
export async function parseUrl(
  { checkUrl }: Pick<House, 'checkUrl'>,
  text: string,
): Promise<{ url: string; host: string }> {
  const refuse = (message: string, code?: string) => invalidInput(message, { url: message }, code)
  if (/[\s\\\p{Cc}]/u.test(text)) throw refuse('The address holds a character that does not belong there.')
  const [, base = ''] = /^([a-z][a-z0-9+.-]*:\/\/[^/?#]*)/i.exec(text) ?? []
  const parsed = URL.parse(text)
  if (base === '' || !parsed) throw refuse('Write a whole address such as https://hooks.example.org/alerts.')
  if (parsed.hash !== '') throw refuse('The address must not have a part after #.')
  const verdict = await checkUrl(base)
  if (!verdict.ok) throw refuse(verdict.message, verdict.code)
  return { url: parsed.href, host: parsed.host }
}

export function mailIsMissing(): AppError {
  const message = 'No mail server is set up. The operator sets PATCHBAY_SMTP_URL and PATCHBAY_SMTP_FROM.'
  return new AppError({ kind: 'precondition_failed', code: 'email_not_set_up', message })
}
