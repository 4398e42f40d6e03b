import { afterEach, describe, expect, test, vi } from 'vitest'
import { StreamBroken } from '#lib/openai/upstream.ts'
import { failureError, gatewayError } from './errors.ts'
import { type StreamEnd, StreamRelay } from './relay.ts'
import { RunningCall } from './running-call.ts'
import { StreamWatch } from './stream-watch.ts'
import { ToolIndexes } from './tool-index.ts'

afterEach(() => {
  vi.useRealTimers()
})

/** An upstream that gives what the test pushes. */
class Script implements AsyncIterator<Uint8Array> {
  readonly #steps: (IteratorResult<Uint8Array> | Error)[] = []
  #waiting: { resolve(step: IteratorResult<Uint8Array>): void; reject(error: Error): void } | null = null
  reads = 0

  push(text: string | Uint8Array): this {
    return this.#add({ done: false, value: typeof text === 'string' ? Buffer.from(text) : text })
  }
  end(): this {
    return this.#add({ done: true, value: undefined })
  }
  fail(error: Error): this {
    return this.#add(error)
  }
  next(): Promise<IteratorResult<Uint8Array>> {
    this.reads++
    const step = this.#steps.shift()
    if (step instanceof Error) return Promise.reject(step)
    return step ? Promise.resolve(step) : new Promise((resolve, reject) => (this.#waiting = { resolve, reject }))
  }
  #add(step: IteratorResult<Uint8Array> | Error): this {
    const waiting = this.#waiting
    this.#waiting = null
    if (!waiting) this.#steps.push(step)
    else if (step instanceof Error) waiting.reject(step)
    else waiting.resolve(step)
    return this
  }
}

function relayOf(
  first: string | Uint8Array,
  options: { cutUsage?: boolean; mend?: boolean; secrets?: readonly string[] } = {},
) {
  const source = new Script()
  const ends: StreamEnd[] = []
  const abort = vi.fn()
  const leave = new RunningCall(null)
  const watch = new StreamWatch(options.secrets ?? [])
  const relay = new StreamRelay({
    first: [Buffer.from(first)],
    source,
    abort,
    signal: leave,
    watch,
    cutUsage: options.cutUsage ?? false,
    toolIndexes: options.mend ? new ToolIndexes() : null,
    toError: (error) => (error instanceof StreamBroken ? failureError(error.failure) : gatewayError('internal_error')),
    settle: (end) => ends.push(end),
  })
  return { relay, source, ends, abort, leave, watch }
}

async function all(relay: StreamRelay): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of relay) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

const event = (data: object | string) => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`
const delta = (content: string) => ({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })
const finish = { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }
const usage = { choices: [], usage: { prompt_tokens: 7, completion_tokens: 3 } }

describe('the relay of a stream', () => {
  test('gives the same bytes for every cut of them, with and without a usage event to leave out', async () => {
    const kept = `: c\r\n\r\n${event(delta('é😀'))}event: x\ndata: ${JSON.stringify(delta('b'))}\r\r${event(finish)}`
    const bytes = Buffer.from(`${kept}${event(usage)}${event('[DONE]')}`)
    for (const cutUsage of [false, true]) {
      const expected = cutUsage ? `${kept}${event('[DONE]')}` : bytes.toString('utf8')
      for (let at = 1; at < bytes.length; at++) {
        const { relay, source, ends, watch } = relayOf(bytes.subarray(0, at), { cutUsage })
        source.push(bytes.subarray(at)).end()
        expect(await all(relay)).toBe(expected)
        expect(ends).toEqual([{ outcome: 'ok', error: null }])
        expect(watch.usage.usage).toMatchObject({ inputTokens: 7, outputTokens: 3 })
      }
    }
  })

  test('is settled before the bytes that hold [DONE] leave', async () => {
    const { relay, source, ends } = relayOf(event(delta('a')))
    await relay.next()
    source.push(event(finish)).push('data: [DO').push('NE]\n').push('\n').end()
    expect((await relay.next()).value?.toString()).toBe(event(finish))
    expect(ends).toEqual([])
    expect((await relay.next()).value?.toString()).toBe('data: [DONE]\n')
    expect(ends).toEqual([{ outcome: 'ok', error: null }])
    expect(await all(relay)).toBe('\n')
    expect(ends).toHaveLength(1)
  })

  test('waits a moment, and no longer, for an upstream that does not end after [DONE]', async () => {
    vi.useFakeTimers()
    const { relay, source, ends, abort } = relayOf(event(finish) + event('[DONE]'))
    await relay.next()
    const after = relay.next()
    source.push(': bye\n\n')
    expect((await after).value?.toString()).toBe(': bye\n\n')
    const last = relay.next()
    await vi.advanceTimersByTimeAsync(1000)
    expect((await last).done).toBe(true)
    expect(abort).toHaveBeenCalledOnce()
    expect(ends).toEqual([{ outcome: 'ok', error: null }])
  })

  test('reads nothing that nobody asked for', async () => {
    const { relay, source } = relayOf(event(delta('a')))
    source.push(event(delta('b'))).push(event(delta('c')))
    await relay.next()
    expect(source.reads).toBe(0)
    await relay.next()
    expect(source.reads).toBe(1)
  })

  test('keeps a quiet connection alive between events, and never inside of one', async () => {
    vi.useFakeTimers()
    const { relay, source } = relayOf(event(delta('a')))
    await relay.next()
    const quiet = relay.next()
    await vi.advanceTimersByTimeAsync(14_900)
    const early = await Promise.race([quiet, Promise.resolve('nothing')])
    expect(early).toBe('nothing')
    await vi.advanceTimersByTimeAsync(200)
    expect((await quiet).value?.toString()).toBe(': keep-alive\n\n')
    const large = `data: "${'x'.repeat(1_100_000)}`
    source.push(large)
    expect((await relay.next()).value?.toString()).toBe(large)
    const inside = relay.next()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await Promise.race([inside, Promise.resolve('nothing')])).toBe('nothing')
    source.push('"\n\ndata: {"cho')
    expect((await inside).value?.toString()).toBe('"\n\n')
    const between = relay.next()
    await vi.advanceTimersByTimeAsync(15_100)
    expect((await between).value?.toString()).toBe(': keep-alive\n\n')
  })

  test('tells a failure after the first byte as an event of its own, also inside of an unfinished one', async () => {
    const broken = new StreamBroken({
      kind: 'failure',
      code: 'upstream_reset',
      stage: 'body',
      message: 'Broken.',
      internal: '',
      sent: true,
      timings: { startedAtMs: 0 },
    })
    const large = `data: "${'x'.repeat(1_100_000)}`
    for (const [tail, cutUsage, before] of [
      ['', false, ''],
      ['data: {"x', false, ''],
      [large, false, `${large}\n\n`],
      ['data: {"x', true, ''],
    ] as const) {
      const { relay, source, ends, abort } = relayOf(event(delta('a')), { cutUsage })
      if (tail) source.push(tail)
      source.fail(broken)
      expect(await all(relay)).toBe(
        `${event(delta('a'))}${before}${event({ error: { message: 'Broken.', type: 'upstream_error', param: null, code: 'upstream_reset' } })}`,
      )
      expect(ends).toMatchObject([{ outcome: 'truncated', error: { code: 'upstream_reset' } }])
      expect(abort).toHaveBeenCalledOnce()
    }
  })

  test('holds no event larger than 1 MB where it has to hold, and passes it on where it has not', async () => {
    const large = event(delta('x'.repeat(1_100_000)))
    const held = relayOf(event(delta('a')), { cutUsage: true })
    held.source.push(large.slice(0, 1_060_000)).push(large.slice(1_060_000))
    expect(await all(held.relay)).toContain('"code":"event_too_large"')
    expect(held.ends).toMatchObject([{ outcome: 'truncated' }])
    const passed = relayOf(event(delta('a')))
    passed.source.push(large.slice(0, 1_060_000)).push(large.slice(1_060_000)).push(event('[DONE]')).end()
    expect(await all(passed.relay)).toBe(`${event(delta('a'))}${large}${event('[DONE]')}`)
  })

  test('holds no more than 64 MB of all streams together, and gives back what it held', async () => {
    const open = () => {
      const held = relayOf(event(delta('a')), { cutUsage: true })
      held.source.push(`data: "${'x'.repeat(1_000_000)}`)
      return held
    }
    const streams = Array.from({ length: 67 }, open)
    const next = async ({ relay }: ReturnType<typeof relayOf>) => {
      await relay.next()
      return Promise.race([
        relay.next().then(({ value }) => String(value)),
        new Promise((resolve) => setImmediate(resolve)),
      ])
    }
    for (const held of streams) expect(await next(held)).toBeUndefined()
    const late = open()
    expect(await next(late)).toContain('"code":"event_too_large"')
    expect(late.ends).toMatchObject([{ outcome: 'truncated', error: { code: 'event_too_large' } }])
    streams[0]!.leave.abort()
    const after = open()
    expect(await next(after)).toBeUndefined()
    for (const { leave } of [...streams, after]) leave.abort()
  })

  test('ends with the caller, once, and stops the upstream', async () => {
    const { relay, source, ends, abort, leave } = relayOf(event(delta('abcdefgh')))
    await relay.next()
    const waiting = relay.next()
    leave.abort()
    expect((await waiting).done).toBe(true)
    source.push(event('[DONE]')).end()
    await relay.return()
    expect(ends).toEqual([{ outcome: 'aborted', error: null }])
    expect(abort).toHaveBeenCalledOnce()
  })

  test('is cut between two events by one that says so, and after [DONE] without it', async () => {
    const { relay, source, ends, abort, leave } = relayOf(event(delta('a')))
    source.push('data: {"cho')
    await relay.next()
    const rest = all(relay)
    await new Promise((resolve) => setImmediate(resolve))
    leave.cut()
    leave.abort()
    expect(await rest).toMatch(/^data: \{"error":\{[^\n]*"code":"shutting_down"\}\}\n\n$/)
    expect(ends).toMatchObject([{ outcome: 'truncated', error: { code: 'shutting_down' } }])
    expect(abort).toHaveBeenCalledOnce()

    const done = relayOf(event(finish) + event('[DONE]'))
    await done.relay.next()
    done.leave.cut()
    expect(await all(done.relay)).toBe('')
    expect(done.ends).toEqual([{ outcome: 'ok', error: null }])
  })

  test('ends with the error of an event that also has choices', async () => {
    const { relay, source, ends, abort } = relayOf(event(delta('a')))
    source.push(
      event({
        error: { code: 502, message: 'Provider disconnected' },
        choices: [{ index: 0, delta: { content: '' }, finish_reason: 'error' }],
      }),
    )
    const text = await all(relay)
    expect(text).toBe(
      event(delta('a')) +
        event({ error: { message: 'Provider disconnected', type: 'upstream_error', param: null, code: '502' } }),
    )
    expect(ends).toMatchObject([{ outcome: 'truncated', error: { code: '502' } }])
    expect(abort).toHaveBeenCalled()
  })

  describe('lets nothing of the stored key out with an error', () => {
    const secret = 'sk-upstream-0123456789abcdef'
    const broken = { error: { message: `Incorrect API key provided: ${secret}`, code: 'invalid_api_key' } }
    const told = event({
      error: {
        message: 'Incorrect API key provided: [redacted]',
        type: 'upstream_error',
        param: null,
        code: 'invalid_api_key',
      },
    })
    const before = event(delta('a')) + event(delta('b'))

    test.each([
      ['an event', event(broken)],
      ['an event with choices before it', event({ choices: [{ delta: { content: '' } }], ...broken })],
      ['an event with the text before it', event({ message: secret, error: { ...broken.error } })],
      ['an event that ends with CR', `data: ${JSON.stringify(broken)}\r\r`],
      ['a last event without its empty line', `data: ${JSON.stringify(broken)}`],
    ])('wherever %s is cut', async (_name, text) => {
      const bytes = Buffer.from(before + text)
      const expected = before + told
      for (const cutUsage of [false, true]) {
        for (let at = 1; at < bytes.length; at++) {
          for (const second of [bytes.length, Math.min(at + 1, bytes.length), Math.min(at + 40, bytes.length)]) {
            const { relay, source, ends } = relayOf(bytes.subarray(0, at), { cutUsage, secrets: [secret] })
            for (const piece of [bytes.subarray(at, second), bytes.subarray(second)])
              if (piece.length) source.push(piece)
            source.end()
            expect(await all(relay)).toBe(expected)
            expect(ends).toMatchObject([{ outcome: 'truncated', error: { code: 'invalid_api_key' } }])
          }
        }
      }
    })

    test('wherever half of an event is the end', async () => {
      const bytes = Buffer.from(before + event(broken))
      for (let at = before.length + 1; at < bytes.length; at++) {
        const { relay, source } = relayOf(before, { secrets: [secret] })
        source.push(bytes.subarray(before.length, at)).end()
        expect(await all(relay)).not.toContain(secret.slice(0, 8))
      }
    })

    test('also where it comes after an event that was too large to be kept', async () => {
      const large = event(delta('x'.repeat(1_100_000)))
      const { relay, source } = relayOf(before, { secrets: [secret] })
      source.push(large.slice(0, 1_060_000)).push(large.slice(1_060_000) + event(broken))
      expect(await all(relay)).toBe(before + large + told)
    })

    test('also where it is too large to be kept', async () => {
      const { relay, source } = relayOf(before, { secrets: [secret] })
      const large = event({ ...broken, more: 'x'.repeat(1_100_000) })
      source.push(large.slice(0, 100)).push(large.slice(100, 1_060_000)).push(large.slice(1_060_000)).end()
      const text = await all(relay)
      expect(text.startsWith(before)).toBe(true)
      expect(text).toContain('"code":"event_too_large"')
      expect(text).not.toContain(secret.slice(0, 8))
    })
  })

  test('is whole where [DONE] came without its empty line and without a finish reason', async () => {
    for (const cutUsage of [false, true]) {
      const { relay, source, ends } = relayOf(event(delta('a')), { cutUsage })
      source.push('data: [DONE]').end()
      expect(await all(relay)).toBe(`${event(delta('a'))}data: [DONE]`)
      expect(ends).toEqual([{ outcome: 'ok', error: null }])
    }
  })

  test('is truncated where the answer was not finished', async () => {
    const open = relayOf(event(delta('a')))
    open.source.end()
    await all(open.relay)
    expect(open.ends).toMatchObject([{ outcome: 'truncated' }])
    const finished = relayOf(event(finish))
    finished.source.end()
    await all(finished.relay)
    expect(finished.ends).toEqual([{ outcome: 'ok', error: null }])
  })

  test('numbers tool calls that came without an index: a new id begins a new one', async () => {
    const call = (id: string | undefined, text: string) => ({
      choices: [{ index: 0, delta: { tool_calls: [{ ...(id && { id }), function: { arguments: text } }] } }],
    })
    const { relay, source } = relayOf(event(call('a', '{')), { mend: true })
    source
      .push(
        event(call(undefined, '}')) +
          event(call('b', '{}')) +
          event({ choices: [{ delta: { tool_calls: [{ index: 7, id: 'c' }] } }] }) +
          event('[DONE]'),
      )
      .end()
    const chunks = (await all(relay))
      .split('\n\n')
      .filter((line) => line.includes('choices'))
      .map((line) => JSON.parse(line.slice(6)))
    expect(chunks.map((chunk) => chunk.choices[0].delta.tool_calls[0].index)).toEqual([0, 0, 1, 7])
  })
})
