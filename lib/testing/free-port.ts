import { createServer } from 'node:net'

// Below the range that systems take the near end of connections from: a connection made between the choice of a port
// and its use cannot take it. Each process has a part of its own, so that test files at once do not meet.
let next = 20_000 + (process.pid % 600) * 20

/** A port of 127.0.0.1 that nobody listens on, for a process that is started on it. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = next
    next = next === 31_999 ? 20_000 : next + 1
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
