/**
 * Streams for the bench: after the first event one every 50 ms, each with the instant at which it was written, on the
 * machine's own clock. `GET /digest/<name>` tells what a stream was, byte for byte, by its hash.
 */
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'

const gapMs = 50
const digests = new Map<string, string>()

const server = createServer((request, response) => {
  if (request.method === 'GET') {
    const digest = digests.get(request.url?.split('/').at(-1) ?? '')
    response.writeHead(digest ? 200 : 404).end(digest ?? '')
    return
  }
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const { messages, max_tokens: count } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
      messages: { content: string }[]
      max_tokens: number
    }
    const hash = createHash('sha256')
    const write = (data: string) => {
      hash.update(`data: ${data}\n\n`)
      response.write(`data: ${data}\n\n`)
    }
    const tell = (index: number) =>
      write(
        `{"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1790000000,"model":"bench","choices":[{"index":0,"delta":{"content":"word ${index} 漢 "},"finish_reason":null}],"at":${process.hrtime.bigint()}}`,
      )
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    tell(0)
    let sent = 1
    const timer = setInterval(() => {
      if (sent < count) return tell(sent++)
      clearInterval(timer)
      write(
        '{"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1790000000,"model":"bench","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":200,"total_tokens":210}}',
      )
      write('[DONE]')
      digests.set(messages[0]!.content, hash.digest('hex'))
      response.end()
    }, gapMs)
    response.on('close', () => clearInterval(timer))
  })
})
server.listen(Number(process.env.PORT), '127.0.0.1')
