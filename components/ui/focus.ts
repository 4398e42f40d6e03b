'use client'

/**
 * The first thing to fill in takes the focus, not the closing cross that happens to come first. A finger gets no
 * keyboard thrown over what it wanted to read.
 */
export function focusFirstControl(event: Event) {
  const box = event.currentTarget
  if (!(box instanceof HTMLElement)) return
  event.preventDefault()
  const control = box.querySelector<HTMLElement>(
    '[data-autofocus], input:not([type=hidden], [type=radio]:not(:checked)), textarea, [role=combobox]',
  )
  const target = control && matchMedia('(pointer: fine)').matches ? control : box
  target.focus({ preventScroll: true })
}
