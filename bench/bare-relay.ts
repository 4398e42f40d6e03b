/**
 * The yardstick: the least a relay in Node can do and still be one. `node:http` + `undici`, reads, parses, forwards,
 * parses, answers, and passes streams on unread; no key, no ledger, no limits, no checks. Not part of the product.
 */
import { createServer } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { Pool } from 'undici'

const upstream = new URL(process.env.UPSTREAM_URL ?? 'http://127.0.0.1:4010/v1')
const pool = new Pool(upstream.origin, { connections: 1024, pipelining: 1 })

const server = createServer((request, response) => {
  if (request.method === 'GET') return void response.end('ready')
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    void (async () => {
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { model: string; stream?: boolean }
      body.model = process.env.UPSTREAM_MODEL ?? 'practice-instant'
      const answer = await pool.request({
        method: 'POST',
        path: upstream.pathname.replace(/\/$/, '') + (request.url ?? '').replace(/^\/v1/, ''),
        headers: { 'content-type': 'application/json', authorization: `Bearer ${process.env.UPSTREAM_KEY ?? ''}` },
        body: JSON.stringify(body),
      })
      if (body.stream) {
        response.writeHead(answer.statusCode, { 'content-type': 'text/event-stream' })
        await pipeline(answer.body, response)
        return
      }
      const text = await answer.body.text()
      JSON.parse(text)
      response.writeHead(answer.statusCode, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      })
      response.end(text)
    })().catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else response.writeHead(502).end(String(error))
    })
  })
})
server.listen(Number(process.env.PORT), '127.0.0.1')
