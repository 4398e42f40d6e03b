'use client'
import { PasswordForm } from '#components/account/password-form.tsx'
import { signInWithPassword } from '#components/auth/sign-in.ts'
import { changePassword } from './actions.ts'

export function Password({ email }: { email: string }) {
  return <PasswordForm change={changePassword} renew={(password) => signInWithPassword({ email, password })} />
}
