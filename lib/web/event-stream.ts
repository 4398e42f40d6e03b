import { getRuntime } from '#lib/runtime.ts'

/** One server-sent event. `data` is sent as JSON. */
export interface StreamEvent {
  event?: string
  /** What a browser sends as `Last-Event-ID` when it comes back. */
  id?: string
  data: unknown
}

const keepAliveMs = 15_000

/**
 * Server-sent events at the reader's pace, with a comment every 15 s so that proxies keep the line open. A reader that
 * leaves ends the iteration. An error ends the stream after the events that came before it. When the process stops every
 * stream ends at once: who follows something comes back.
 */
export function eventStream(events: AsyncIterable<StreamEvent>): Response {
  const { stopping } = getRuntime()
  const iterator = events[Symbol.asyncIterator]()
  const encoder = new TextEncoder()
  let timer: NodeJS.Timeout | undefined
  let isOver = false
  let stop: () => void
  const end = () => {
    isOver = true
    clearInterval(timer)
    stopping.removeEventListener('abort', stop)
  }
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      timer = setInterval(() => controller.enqueue(encoder.encode(':\n\n')), keepAliveMs)
      timer.unref()
      stop = () => {
        end()
        controller.close()
        // One that waits for its next event hears of it afterwards.
        void iterator.return?.().catch(() => undefined)
      }
      if (stopping.aborted) stop()
      else stopping.addEventListener('abort', stop)
    },
    async pull(controller) {
      try {
        const step = await iterator.next()
        if (isOver) return
        if (!step.done) {
          controller.enqueue(encoder.encode(toWire(step.value)))
          return
        }
        end()
        controller.close()
      } catch (error) {
        if (isOver) return
        end()
        controller.error(error)
      }
    },
    async cancel() {
      end()
      await iterator.return?.()
    },
  })
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    },
  })
}

function toWire({ event, id, data }: StreamEvent): string {
  return `${id === undefined ? '' : `id: ${id}\n`}${event === undefined ? '' : `event: ${event}\n`}data: ${JSON.stringify(data)}\n\n`
}
