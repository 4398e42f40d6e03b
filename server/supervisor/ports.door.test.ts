import { createServer, type Server } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { requireFreePorts } from './ports.ts'

async function listening(): Promise<number> {
  const server: Server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as { port: number }).port
}

test('a busy port is told in one line with its variable and a free port, which is none of the others wanted', async () => {
  const port = await listening()
  const wanted = [
    { variable: 'PORT', port: port === 65_535 ? 3000 : port + 1, host: '127.0.0.1' },
    { variable: 'GATEWAY_PORT', port, host: '127.0.0.1' },
  ]
  const error = await requireFreePorts(wanted).catch((refusal: Error) => refusal)
  const [, free] =
    /^Port \d+ \(GATEWAY_PORT\) is in use\. Port (\d+) is free: GATEWAY_PORT=\d+ npm start$/.exec(
      (error as Error).message,
    ) ?? []
  expect(Number(free)).toBeGreaterThan(port + 1)
})

test('a host that is not ours is told as such', async () => {
  await expect(requireFreePorts([{ variable: 'PORT', port: 3000, host: '192.0.2.1' }])).rejects.toThrow(
    'HOST 192.0.2.1 is not an address of this machine',
  )
})

test('a port of somebody who ends in time is waited for', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const wanted = [{ variable: 'PORT', port, host: '127.0.0.1' }]
  await expect(requireFreePorts(wanted)).rejects.toThrow('is in use')
  const free = requireFreePorts(wanted, 10_000)
  setImmediate(() => server.close())
  await free
})
