'use client'
import { signOut } from 'next-auth/react'
import { Frame, type FrameProps } from '#components/shell/frame.tsx'

/** The frame with the one thing that only a browser can do: ending the session. */
export function StudioFrame(props: Omit<FrameProps, 'onSignOut'>) {
  return <Frame {...props} onSignOut={() => void signOut({ callbackUrl: '/sign-in' })} />
}
