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
    '[data-autofocus], input:not([type=hidden]), textarea, [role=combobox], [role=radio][aria-checked=true]',
  )
  const target = control && matchMedia('(pointer: fine)').matches ? control : box
  target.focus({ preventScroll: true })
}
