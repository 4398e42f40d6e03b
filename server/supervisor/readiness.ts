import { request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

export interface ReadyTarget {
  name: string
  /** `http://127.0.0.1:3000/api/health/ready` */
  url: string
}

const textMax = 10_000

/** Asks every 50 ms until each target answers 200. Returns the names of those that did not in time. */
export async function waitUntilReady(
  targets: ReadyTarget[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string[]> {
  const untilMs = performance.now() + timeoutMs
  const late = await Promise.all(
    targets.map(async ({ name, url }) => {
      while (!signal.aborted) {
        if ((await askDoor(url))?.status === 200) return undefined
        if (performance.now() > untilMs) return name
        await delay(50, undefined, { signal }).catch(() => undefined)
      }
      return undefined
    }),
  )
  return late.filter((name) => name !== undefined)
}

/** What a door says of itself; undefined where nobody answers in time. */
export function askDoor(url: string, timeoutMs = 5_000): Promise<{ status: number; text: string } | undefined> {
  return new Promise((resolve) => {
    const asked = request(url, { agent: false, timeout: timeoutMs }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text = (text + part).slice(0, textMax)
      })
      response.once('end', () => resolve({ status: response.statusCode!, text }))
      response.once('error', () => resolve(undefined))
    })
    asked.once('timeout', () => asked.destroy())
    asked.once('error', () => resolve(undefined))
    asked.end()
  })
}
