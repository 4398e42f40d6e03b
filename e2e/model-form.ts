import { expect, type Locator, type Page } from '@playwright/test'

/** The open Add Model or Edit dialog, as a person sees it. */
export interface ModelForm {
  dialog: Locator
  /** The text box of a field. */
  box(field: string): Locator
  /** The line below a field: an error, a warning, a note or the help. */
  below(field: string): Locator
  /** Everything that stands in the form, by field. */
  values(): Promise<Record<string, string[]>>
  submit: Locator
  footer(text: string): Locator
}

export function modelForm(page: Page): ModelForm {
  const dialog = page.getByRole('dialog', { name: /^(Add Model|Edit )/ })
  const part = (field: string) => dialog.locator(`[data-field="${field}"]`)
  return {
    dialog,
    box: (field) => part(field).locator('input, textarea').first(),
    below: (field) => part(field).locator('[aria-live]').last(),
    values: () =>
      dialog.evaluate((form) => {
        const values: Record<string, string[]> = {}
        for (const field of form.querySelectorAll<HTMLElement>('[data-field]')) {
          const boxes = [...field.querySelectorAll<HTMLInputElement>('input:not([aria-hidden]), textarea')]
          const chosen = [...field.querySelectorAll('[role=radio][data-state=checked], button[role=combobox]')]
          values[field.dataset.field!] = [
            ...boxes.map((box) => box.value),
            ...chosen.map((each) => each.textContent ?? ''),
          ]
        }
        values.checkboxes = [...form.querySelectorAll('[role=checkbox]')].map(
          (box) => box.getAttribute('aria-checked') ?? '',
        )
        return values
      }),
    submit: dialog.getByRole('button', { name: /^(Add Model|Save)( |$)/ }),
    footer: (text) => dialog.getByText(text, { exact: true }),
  }
}

/** Opens Add Model: empty, or filled for the practice provider. */
export async function openAddModel(page: Page, studio: string, workspace: string, start: 'openai' | 'practice') {
  await page.goto(`${studio}/${workspace}/router?add=${start}`)
  const form = modelForm(page)
  await expect(form.dialog).toBeVisible()
  return form
}
