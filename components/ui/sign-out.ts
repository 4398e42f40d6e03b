'use client'

/** Ends this session and goes on at `callbackUrl`. */
export async function signOut(callbackUrl: string): Promise<void> {
  const module = await import('next-auth/react')
  await module.signOut({ callbackUrl })
}
