'use client'
import type { ActionResult } from '#lib/core/result.ts'

/** Signs in by e-mail and password. The cookie is set by the answer; no page is loaded. */
export async function signInWithPassword(input: { email: string; password: string }): Promise<ActionResult<null>> {
  const { signIn } = await import('next-auth/react')
  const answer = await signIn('credentials', { ...input, redirect: false })
  if (answer?.ok && !answer.error) return { ok: true, value: null }
  const message = answer?.error ?? 'Patchbay cannot be reached. Try again.'
  return { ok: false, error: { kind: 'unauthenticated', code: 'sign_in_failed', message, requestId: '' } }
}
