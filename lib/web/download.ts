const types: Readonly<Record<string, string>> = {
  csv: 'text/csv; charset=utf-8',
  jsonl: 'application/jsonl; charset=utf-8',
  gz: 'application/gzip',
}

/**
 * Lines or bytes as a download, written as fast as they are read; the end of `name` says of what kind they are. An error in the
 * first line is still an error answer.
 */
export async function downloadResponse(name: string, lines: AsyncGenerator<string | Uint8Array>): Promise<Response> {
  const encoder = new TextEncoder()
  const toBytes = (part: string | Uint8Array) => (typeof part === 'string' ? encoder.encode(part) : part)
  const first = await lines.next()
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      if (first.done) controller.close()
      else controller.enqueue(toBytes(first.value))
    },
    async pull(controller) {
      const step = await lines.next()
      if (step.done) controller.close()
      else controller.enqueue(toBytes(step.value))
    },
    async cancel() {
      await lines.return(undefined)
    },
  })
  const fileName = name.replace(/[^a-z0-9._-]/gi, '-')
  const type = types[fileName.slice(fileName.lastIndexOf('.') + 1)] ?? 'application/octet-stream'
  return new Response(body, {
    headers: { 'content-type': type, 'content-disposition': `attachment; filename="${fileName}"` },
  })
}
