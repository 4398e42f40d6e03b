import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'

export interface ListenEvent {
  /** What the notification carried; empty after a gap. */
  payload: string
  /** True when notifications may have been missed: read everything again. */
  reconnected: boolean
}

type Handler = (event: ListenEvent) => void

export interface Listener {
  listen(channel: string, handler: Handler): Promise<() => Promise<void>>
  close(): Promise<void>
}

const pingMs = 10_000
const backoffMaxMs = 2_000

/** One connection for all channels of a process, made at the first `listen`, made anew when it breaks. */
export function createListener(config: pg.ClientConfig, onError: (error: Error) => void): Listener {
  const handlers = new Map<string, Set<Handler>>()
  const closing = new AbortController()
  let client: pg.Client | undefined
  let opening: Promise<pg.Client> | undefined

  async function connect(): Promise<pg.Client> {
    const fresh = new pg.Client(config)
    // A client that fails says so by this event, also while it is being opened; `end` always follows.
    fresh.on('error', onError)
    fresh.on('notification', ({ channel, payload }) => tell(channel, { payload: payload ?? '', reconnected: false }))
    try {
      await fresh.connect()
      for (const channel of handlers.keys()) await fresh.query(`LISTEN ${channel}`)
    } catch (error) {
      fresh.end().catch(() => undefined)
      throw error
    }
    fresh.once('end', () => void recover(fresh))
    void keepAlive(fresh)
    client = fresh
    return fresh
  }

  // A connection that a firewall dropped is silent: only a question shows it.
  async function keepAlive(of: pg.Client): Promise<void> {
    try {
      for (;;) {
        await delay(pingMs, undefined, { signal: closing.signal, ref: false })
        if (client !== of) return
        const lost = AbortSignal.timeout(pingMs / 2)
        await Promise.race([
          of.query('SELECT 1'),
          new Promise((_, reject) =>
            lost.addEventListener('abort', () => reject(new Error('the listening connection is silent'))),
          ),
        ])
      }
    } catch (error) {
      if (closing.signal.aborted || client !== of) return
      onError(error as Error)
      destroy(of)
    }
  }

  async function recover(broken: pg.Client): Promise<void> {
    if (client !== broken) return
    client = undefined
    opening = undefined
    for (let waitMs = 100; !closing.signal.aborted && handlers.size > 0; waitMs = Math.min(waitMs * 2, backoffMaxMs)) {
      try {
        opening = connect()
        await opening
        for (const channel of handlers.keys()) tell(channel, { payload: '', reconnected: true })
        return
      } catch (error) {
        opening = undefined
        onError(error as Error)
        await delay(waitMs, undefined, { signal: closing.signal, ref: false }).catch(() => undefined)
      }
    }
  }

  function tell(channel: string, event: ListenEvent): void {
    for (const handler of handlers.get(channel) ?? []) {
      try {
        handler(event)
      } catch (error) {
        onError(error as Error)
      }
    }
  }

  return {
    async listen(channel, handler) {
      if (!/^[a-z_]{1,60}$/.test(channel)) throw new Error(`not a channel: ${channel}`)
      const first = !handlers.has(channel)
      handlers.set(channel, (handlers.get(channel) ?? new Set()).add(handler))
      try {
        if (!opening) opening = connect()
        const current = await opening
        if (first) await current.query(`LISTEN ${channel}`)
      } catch (error) {
        opening = undefined
        drop(channel, handler)
        throw error
      }
      return async () => {
        if (drop(channel, handler)) await client?.query(`UNLISTEN ${channel}`).catch(onError)
      }
    },
    async close() {
      closing.abort()
      handlers.clear()
      const last = client
      client = undefined
      await last?.end().catch(() => undefined)
    },
  }

  /** True when nobody hears the channel any more. */
  function drop(channel: string, handler: Handler): boolean {
    const set = handlers.get(channel)
    set?.delete(handler)
    return set?.size === 0 && handlers.delete(channel)
  }
}

/** `end` waits for an answer that a silent server never gives. */
function destroy(client: pg.Client): void {
  ;(client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
}
