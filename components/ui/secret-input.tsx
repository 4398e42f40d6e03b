'use client'
import { Eye, EyeOff } from 'lucide-react'
import { useEffect, useState } from 'react'
import { cn } from './cn.ts'
import { IconButton } from './icon-button.tsx'
import { Input, type InputProps } from './input.tsx'

/**
 * Takes a secret that is not the person's own password. A password field would be filled by the browser with a saved
 * password, which would then be sent to a stranger's server; so this is a text box with hidden characters, and a
 * password field only where the browser cannot hide them.
 */
export function SecretInput({ className, ...rest }: Omit<InputProps, 'type' | 'suffix' | 'autoComplete' | 'mono'>) {
  const [shown, setShown] = useState(false)
  const [canHide, setCanHide] = useState(true)
  useEffect(() => setCanHide(CSS.supports('-webkit-text-security', 'disc')), [])
  return (
    <Input
      {...rest}
      mono
      type={canHide || shown ? 'text' : 'password'}
      autoComplete="off"
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      data-1p-ignore
      data-lpignore="true"
      data-bwignore
      data-form-type="other"
      className={cn(!shown && 'concealed', className)}
      suffix={
        <IconButton
          size="sm"
          className="size-6"
          label={shown ? 'Hide what is typed' : 'Show what is typed'}
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
        >
          {shown ? <EyeOff /> : <Eye />}
        </IconButton>
      }
    />
  )
}
