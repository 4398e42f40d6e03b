import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { expectAccessible } from '../fixtures.ts'

const folder = join(import.meta.dirname, '..', 'pictures')
const widths = [1440, 390] as const
const themes = ['light', 'dark'] as const

/**
 * One state of one screen, in both themes and at both widths: a picture, axe, and nothing wider than the window.
 * `arrange` brings a state about that does not last, before each picture; it returns what ends it.
 */
export async function picture(page: Page, name: string, arrange?: () => Promise<() => Promise<void>>): Promise<void> {
  mkdirSync(folder, { recursive: true })
  for (const width of widths) {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 900 })
    for (const colorScheme of themes) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      const end = await arrange?.()
      await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme)
      await page.screenshot({
        path: join(folder, `${name}.${colorScheme}.${width}.png`),
        animations: 'disabled',
        fullPage: true,
      })
      await expectAccessible(page, colorScheme === 'light' ? 'all' : 'colours')
      expect(await wider(page), `${name} at ${width} px`).toEqual([])
      await end?.()
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
}

/** What is wider than the place it has: the page, or a part of a dialog that is meant to scroll down only. */
function wider(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const parts = [document.documentElement, ...document.querySelectorAll('[role=dialog] [class*="overflow-y-auto"]')]
    return parts.filter((part) => part.scrollWidth > part.clientWidth + 1).map((part) => part.outerHTML.slice(0, 160))
  })
}
