import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Pool } from 'undici'
import { hasCommand } from './processes.ts'

const run = promisify(execFile)

export interface Load {
  url: string
  headers: Record<string, string>
  body: string
  connections: number
  seconds: number
}

/** Which generator is used: wrk where it is installed, else Node. */
export const generator = hasCommand('wrk') ? 'wrk' : 'Node'

/** Sends the same call over and over; returns how many good answers came. Throws when any was not. */
export async function putLoad(load: Load, folder: string): Promise<number> {
  return generator === 'wrk' ? byWrk(load, folder) : byNode(load)
}

async function byWrk({ url, headers, body, connections, seconds }: Load, folder: string): Promise<number> {
  const script = join(folder, 'load.lua')
  const quote = (text: string) =>
    `"${[...Buffer.from(text)].map((byte) => `\\${String(byte).padStart(3, '0')}`).join('')}"`
  const lines = Object.entries(headers).map(([name, value]) => `wrk.headers[${quote(name)}] = ${quote(value)}`)
  writeFileSync(script, ['wrk.method = "POST"', `wrk.body = ${quote(body)}`, ...lines].join('\n'))
  const args = ['-t1', '--timeout', '10s', `-c${connections}`, `-d${seconds}s`, '-s', script, url]
  const { stdout } = await run('wrk', args, { maxBuffer: 1 << 20 })
  const failed = /Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)/.exec(stdout)
  if (failed) throw new Error(`${url} met errors: ${failed[0]}`)
  return Number(/(\d+) requests in/.exec(stdout)?.[1] ?? 0)
}

async function byNode({ url, headers, body, connections, seconds }: Load): Promise<number> {
  const { origin, pathname } = new URL(url)
  const pool = new Pool(origin, { connections, pipelining: 1 })
  const endMs = performance.now() + seconds * 1000
  let calls = 0
  const caller = async () => {
    while (performance.now() < endMs) {
      const answer = await pool.request({ method: 'POST', path: pathname, headers, body })
      if (answer.statusCode !== 200)
        throw new Error(`${url} answered with status ${answer.statusCode}: ${(await answer.body.text()).slice(0, 300)}`)
      await answer.body.dump()
      calls++
    }
  }
  await Promise.all(Array.from({ length: connections }, caller))
  await pool.close()
  return calls
}
