'use client'
import type { ReactNode } from 'react'
import { onDemand, useOnDemand } from './on-demand.ts'

const body = onDemand(() => import('./dialog-body.tsx'))

export interface DialogProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  title: ReactNode
  /** One line below the title. */
  description?: ReactNode
  /** `wide` is 1,060 px for a form with a panel beside it; the others are 440 and 640 px. */
  size?: 'small' | 'medium' | 'wide'
  /** Beside the title, before the closing cross. */
  headerActions?: ReactNode
  footer?: ReactNode
  children: ReactNode
  /** `false` gives the content the whole body, without padding. */
  padded?: boolean
  /** Nothing but text to scroll through: the keyboard can reach the body. */
  reading?: boolean
  /** `true` while something typed would be lost: a click outside does not close; Escape and the cross still do. */
  keepOnOutsideClick?: boolean
}

/** A modal dialog; its code is fetched when the first one opens. */
export function Dialog(props: DialogProps) {
  const part = useOnDemand(body, props.open)
  return part ? <part.DialogBody {...props} /> : null
}
