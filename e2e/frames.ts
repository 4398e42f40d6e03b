import type { Locator, Page } from '@playwright/test'

interface TraceEvent {
  name: string
  pid: number
  tid: number
  /** Microseconds; `tdur`: of the thread's own time, which a busy machine does not lengthen. */
  ts: number
  tdur?: number
}

/**
 * Scrolls `box` to its end by `step` pixels a frame. What the page's thread worked for each frame, in milliseconds of its
 * own processor time, the most first; the rows that stood in the document on the way, and how many at once at most.
 */
export async function scrollThrough(
  page: Page,
  box: Locator,
  step: number,
): Promise<{ frames: number[]; seen: string[]; most: number }> {
  const session = await page.context().newCDPSession(page)
  const events: TraceEvent[] = []
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])))
  const traced = new Promise<void>((resolve) => session.once('Tracing.tracingComplete', () => resolve()))
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['disabled-by-default-devtools.timeline', 'blink.user_timing'] },
  })
  const shown = await box.evaluate(async (element, by) => {
    const seen = new Set<string>()
    let most = 0
    // From the top, once what is there has been drawn.
    element.scrollTo({ top: 0 })
    for (let frame = 0; frame < 10; frame++) await new Promise((resolve) => requestAnimationFrame(resolve))
    for (let top = 0; top <= element.scrollHeight; top += by) {
      element.scrollTo({ top })
      await new Promise((resolve) => requestAnimationFrame(resolve))
      performance.mark('frame')
      const rows = element.querySelectorAll<HTMLElement>('[data-grid-row]')
      most = Math.max(most, rows.length)
      for (const row of rows) seen.add(row.dataset.gridRow!)
    }
    return { seen: [...seen], most }
  }, step)
  await session.send('Tracing.end')
  await traced
  await session.detach()
  const marks = events.filter(({ name }) => name === 'frame').sort((one, other) => one.ts - other.ts)
  const frames = new Array<number>(Math.max(0, marks.length - 1)).fill(0)
  for (const { name, pid, tid, ts, tdur } of events) {
    if (name !== 'RunTask' || tdur === undefined || pid !== marks[0]?.pid || tid !== marks[0].tid) continue
    const frame = marks.findLastIndex((mark) => mark.ts <= ts)
    if (frame >= 0 && frame < frames.length) frames[frame]! += tdur / 1_000
  }
  return { ...shown, frames: frames.sort((one, other) => other - one) }
}
