'use client'
import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import { cn } from './cn.ts'
import type { DialogProps } from './dialog.tsx'
import { focusFirstControl } from './focus.ts'
import { IconButton } from './icon-button.tsx'

const widths = { small: 'md:max-w-[440px]', medium: 'md:max-w-[640px]', wide: 'md:max-w-[1060px]' }

/** Focus stays inside and returns to what opened it. Below 768 px a medium or wide one is a page. */
export function DialogBody({
  open,
  onOpenChange,
  title,
  description,
  size = 'medium',
  headerActions,
  footer,
  children,
  padded = true,
  reading = false,
  keepOnOutsideClick = false,
}: DialogProps) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 grid animate-fade place-items-center overflow-y-auto bg-scrim md:p-6">
          <Radix.Content
            {...(description ? {} : { 'aria-describedby': undefined })}
            onOpenAutoFocus={focusFirstControl}
            onInteractOutside={(event) => {
              // A toast lies outside, and pressing it is not a wish to leave.
              const onToast = event.target instanceof Element && event.target.closest('[data-sonner-toaster]')
              if (keepOnOutsideClick || onToast) event.preventDefault()
            }}
            className={cn(
              'flex w-full animate-rise flex-col overflow-hidden bg-surface-1 shadow-dialog outline-none',
              size === 'small'
                ? 'm-4 max-h-[calc(100dvh-2rem)] max-w-[calc(100%-2rem)] rounded-2xl border'
                : 'h-dvh md:h-auto md:rounded-2xl md:border',
              'md:max-h-[calc(100dvh-3rem)]',
              widths[size],
            )}
          >
            <header className="flex items-start gap-2 border-b py-3.5 pr-3 pl-5">
              <div className="min-w-0 flex-1">
                <Radix.Title className="font-semibold text-lg leading-7 tracking-[-0.01em]">{title}</Radix.Title>
                {description && (
                  <Radix.Description className="mt-0.5 text-muted text-sm">{description}</Radix.Description>
                )}
              </div>
              {headerActions}
              <Radix.Close asChild>
                <IconButton label="Close" size="sm">
                  <X />
                </IconButton>
              </Radix.Close>
            </header>
            <div
              tabIndex={reading ? 0 : undefined}
              className={cn(
                'min-h-0 flex-1 overflow-y-auto overscroll-contain -outline-offset-2',
                padded && 'px-5 py-4',
              )}
            >
              {children}
            </div>
            {footer && (
              <footer className="flex flex-wrap items-center justify-end gap-2 border-t bg-surface-0 px-5 py-3">
                {footer}
              </footer>
            )}
          </Radix.Content>
        </Radix.Overlay>
      </Radix.Portal>
    </Radix.Root>
  )
}
