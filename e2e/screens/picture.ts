import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { expectAccessible } from '../fixtures.ts'

const folder = join(import.meta.dirname, '..', 'pictures')
interface Look {
  width: 1440 | 390
  colorScheme: 'light' | 'dark'
}
const everyLook: readonly Look[] = [
  { width: 1440, colorScheme: 'light' },
  { width: 1440, colorScheme: 'dark' },
  { width: 390, colorScheme: 'light' },
  { width: 390, colorScheme: 'dark' },
]
/** For what is simple and has been looked at otherwise: each theme and each width once. */
export const twoLooks: readonly Look[] = [
  { width: 1440, colorScheme: 'light' },
  { width: 390, colorScheme: 'dark' },
]

/**
 * One state of one screen, in both themes and at both widths: a picture, axe, and nothing wider than the window.
 * `arrange` brings a state about that does not last, before each picture; it returns what ends it.
 */
export async function picture(
  page: Page,
  name: string,
  { looks = everyLook, arrange }: { looks?: readonly Look[]; arrange?: () => Promise<() => Promise<void>> } = {},
): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const seen = new Set<number>()
  for (const { width, colorScheme } of looks) {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 900 })
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    const end = await arrange?.()
    await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme)
    await page.screenshot({
      path: join(folder, `${name}.${colorScheme}.${width}.png`),
      animations: 'disabled',
      fullPage: true,
    })
    // In another theme at the same width only colours are others.
    await expectAccessible(page, seen.has(width) ? 'colours' : 'all')
    seen.add(width)
    expect(await wider(page), `${name} at ${width} px`).toEqual([])
    await end?.()
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
