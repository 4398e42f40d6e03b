/**
 * Brings what a mark is about into view and gives it the focus. The nearest place that is drawn counts:
 * `variants.0.tools.1.function.name` leads to its own field, else to the functions. A fold that hides it is opened.
 */
export function goToPlace(box: HTMLElement | null, place: string): void {
  for (let path = place; path !== ''; path = path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : '') {
    const found = box?.querySelector<HTMLElement>(`[data-place="${CSS.escape(path)}"]`)
    if (!found) continue
    found.querySelector<HTMLElement>('h2 > button[aria-expanded="false"]')?.click()
    requestAnimationFrame(() => {
      found.scrollIntoView({ block: 'center' })
      const control =
        found.querySelector<HTMLElement>('[aria-invalid="true"]') ??
        found.querySelector<HTMLElement>('textarea, input:not([type="file"]), button')
      control?.focus({ preventScroll: true })
    })
    return
  }
}
