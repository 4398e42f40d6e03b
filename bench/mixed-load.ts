import { readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { newId } from '#lib/core/ids.ts'
import { verifyRollups } from '#lib/metering/index.ts'
import { freePort } from '#lib/testing/free-port.ts'
import { type BenchHouse, slug, withHouse } from './house.ts'

const usage = { prompt_tokens: 100, completion_tokens: 60, total_tokens: 160 }
/** What one answer costs at the prices of the house, in nano-dollars. */
const costOfAnswer = usage.prompt_tokens * 150 + usage.completion_tokens * 600
const event = (data: object | string) => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`
/** Names of the calls that the model's server has seen. */
const reached = new Set<string>()
const delta = (content: string) => event({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })

/** What callers saw. Calls carry a name, by which their records are found. */
export interface Seen {
  /** Read to their last byte. */
  completed: Set<string>
  /** Begun, and not ended by their last byte. */
  broken: number
  /** Answered with an error: how many of each status. */
  refused: Map<number, number>
  /** Nobody was there to take it. */
  unreachable: number
}

export interface MixedLoad {
  seen: Seen
  /** Calls that are under way now. */
  running(): number
  /** Takes no further call; resolves when those under way have ended. */
  stop(): Promise<void>
}

/** A house whose one model answers after 20 to 200 ms, whole or as a stream, under a budget and limits that nobody meets. */
export async function withMixedHouse(work: (house: BenchHouse) => Promise<void>): Promise<void> {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const name = /"call":"([^"]+)"/.exec(body)?.[1]
      if (name) reached.add(name)
      void answer(body.includes('"stream":true'))
    })
    async function answer(isStream: boolean): Promise<void> {
      await delay(20 + Math.random() * 180)
      if (!isStream) {
        response.setHeader('content-type', 'application/json')
        const message = { role: 'assistant', content: 'A panel of sockets.' }
        response.end(JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }], usage }))
        return
      }
      response.setHeader('content-type', 'text/event-stream')
      for (let piece = 0; piece < 20 && !response.destroyed; piece++) {
        response.write(delta('A panel of sockets. '))
        await delay(20)
      }
      response.end(
        event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }) +
          event({ choices: [], usage }) +
          event('[DONE]'),
      )
    }
  })
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  try {
    await withHouse(async (house) => {
      const host = `127.0.0.1:${port}`
      house.variables.PATCHBAY_ALLOWED_ENDPOINTS = host
      await house.withRuntime(async ({ database: { pool } }) => {
        await pool.query('update models set base_url = $1, host = $2', [`http://${host}/v1`, host])
        await pool.query(
          `insert into budgets (id, workspace_id, scope, unit, amount, "window") values ($1, $2, 'workspace', 'usd', 1000000000000, 'month')`,
          [newId('bud'), house.workspaceId],
        )
        await pool.query(
          `insert into limits (id, workspace_id, scope, kind, amount) values ($1, $2, 'workspace', 'concurrency', 100000)`,
          [newId('lim'), house.workspaceId],
        )
      })
      await work(house)
    })
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

/** `callers` at each port, whole answers and streams in turn, until it is stopped. */
export function putMixedLoad({ headers }: BenchHouse, ports: readonly number[], callers: number): MixedLoad {
  const seen: Seen = { completed: new Set(), broken: 0, refused: new Map(), unreachable: 0 }
  let running = 0
  let stopping = false
  async function caller(port: number, lane: number): Promise<void> {
    for (let round = 0; !stopping; round++) {
      const name = `${port}-${lane}-${round}`
      const stream = round % 2 === 0 ? { stream: true, stream_options: { include_usage: true } } : {}
      const body = { model: slug, max_tokens: 100, messages: [{ role: 'user', content: 'Go on.' }], ...stream }
      running++
      let isBegun = false
      try {
        const answer = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
          method: 'POST',
          headers,
          body: JSON.stringify({ ...body, metadata: { call: name } }),
        })
        isBegun = true
        const text = await answer.text()
        if (answer.status !== 200) {
          seen.refused.set(answer.status, (seen.refused.get(answer.status) ?? 0) + 1)
          await delay(100)
        } else if (!stream.stream || text.endsWith(event('[DONE]'))) seen.completed.add(name)
        else seen.broken++
      } catch {
        if (isBegun) seen.broken++
        else seen.unreachable++
        await delay(100)
      } finally {
        running--
      }
    }
  }
  const lanes = ports.flatMap((port) => Array.from({ length: callers }, (_, lane) => caller(port, lane)))
  return {
    seen,
    running: () => running,
    async stop() {
      stopping = true
      await Promise.all(lanes)
    },
  }
}

/**
 * Compares the ledger with what callers and the model's server saw: each completed call is one record with its cost, each
 * that reached the server is a record, what is spent is the sum of the records, as are the sums of the dashboards, no dead
 * process holds a part of the budget or has left its spool. Returns what does not agree.
 */
export async function compareLedger(
  house: BenchHouse,
  { completed }: Seen,
): Promise<{ said: string[]; wrong: string[] }> {
  return house.withRuntime(async ({ database: { pool }, env, ledger }) => {
    // What died last is adopted by whoever starts next, which here is this process.
    await ledger.recover()
    const { rows } = await pool.query<{ name: string; outcome: string; cost: string }>(
      `select metadata->>'call' as name, outcome, cost_nano_usd::text as cost from ledger.records where source = 'gateway'`,
    )
    const records = Map.groupBy(rows, ({ name }) => name)
    const twice = [...records.values()].filter(({ length }) => length > 1).length
    const missing = [...completed].filter((name) => !records.has(name)).length
    const unrecorded = [...reached].filter((name) => !records.has(name)).length
    const unlike = [...completed].filter((name) => {
      const [record] = records.get(name) ?? []
      return record && (record.outcome !== 'ok' || record.cost !== String(costOfAnswer))
    }).length
    const { rows: periods } = await pool.query<{ spent: string; leased: string; sum: string; dead: string }>(
      `select sum(spent)::text as spent, sum(leased)::text as leased,
         (select coalesce(sum(cost_nano_usd), 0)::text from ledger.records) as sum,
         (select coalesce(sum(amount), 0)::text from ledger.budget_lease where holder <> $1) as dead
       from ledger.budget_period`,
      [ledger.holderId],
    )
    const { spent, leased, sum, dead } = periods[0]!
    let differences = 0
    const days = { workspaceId: house.workspaceId, fromDay: '0001-01-01', toDay: '9999-12-31' }
    for await (const { wrong } of verifyRollups(pool, days)) differences += wrong
    const { rows: holders } = await pool.query('select from ledger.holders where id <> $1', [ledger.holderId])
    const spools = readdirSync(join(env.dataDir, 'spool')).filter((name) => name !== ledger.holderId)
    const outcomes = Map.groupBy(rows, ({ outcome }) => outcome)
    const said = [
      `  records                ${[...outcomes].map(([outcome, { length }]) => `${length} ${outcome}`).join(', ')}`,
      `  completed, not once    ${missing} missing, ${twice} twice, ${unlike} with another outcome or cost`,
      `  at the model's server  ${reached.size} seen, ${unrecorded} without a record`,
      `  sums of dashboards     ${differences} differ from the records`,
      `  left by the dead       ${holders.length} holders, ${spools.length} spools`,
      `  budget                 ${spent} spent, ${sum} in the records, ${leased} still reserved`,
    ]
    const wrong = [
      ...(missing + twice + unlike > 0 ? ['not every completed call is recorded exactly once'] : []),
      ...(unrecorded > 0 ? ['calls that reached the model have no record'] : []),
      ...(differences > 0 ? ['the sums of dashboards are not those of the records'] : []),
      ...(holders.length + spools.length > 0 ? ['something of dead processes is left'] : []),
      ...(spent !== sum ? ['what is spent is not what the records cost'] : []),
      ...(leased !== '0' || dead !== '0' ? ['parts of the budget did not come back'] : []),
    ]
    return { said, wrong }
  })
}

export function describe({ completed, broken, refused, unreachable }: Seen): string {
  const errors = [...refused].map(([status, count]) => `${count} x ${status}`).join(', ') || 'none'
  return `  callers                ${completed.size} completed, ${broken} broken off, ${unreachable} found nobody, refused: ${errors}`
}

/** Prints what does not agree and makes the process end with 1, or says that all is well. */
export function judge(wrong: readonly string[]): void {
  console.log(wrong.length === 0 ? '\n  held' : `\n  MISSED: ${wrong.join('; ')}`)
  if (wrong.length > 0) process.exitCode = 1
}
