/** One press of Ctrl-C arrives several times: from the terminal, from npm and from the command that started us. */
const sameWithinMs = 1_000

export interface StopSignal {
  /** Aborted by the first signal, and when the process that started this one is gone. */
  stop: AbortSignal
  /** Aborted by a second signal: nothing is waited for any more. */
  hurry: AbortSignal
}

export function listenForStop(): StopSignal {
  const stop = new AbortController()
  const hurry = new AbortController()
  let firstMs = 0
  const onSignal = () => {
    if (!stop.signal.aborted) {
      firstMs = performance.now()
      stop.abort()
    } else if (performance.now() - firstMs > sameWithinMs) hurry.abort()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  // The start command was killed: nobody would forward a signal to us any more.
  process.once('disconnect', onSignal)
  process.channel?.unref()
  return { stop: stop.signal, hurry: hurry.signal }
}
