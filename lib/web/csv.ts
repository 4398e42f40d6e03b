/** Lines of CSV as a download, written as fast as they are read. An error in the first line is still an error answer. */
export async function csvResponse(name: string, lines: AsyncGenerator<string>): Promise<Response> {
  const encoder = new TextEncoder()
  const first = await lines.next()
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      if (first.done) controller.close()
      else controller.enqueue(encoder.encode(first.value))
    },
    async pull(controller) {
      const step = await lines.next()
      if (step.done) controller.close()
      else controller.enqueue(encoder.encode(step.value))
    },
    async cancel() {
      await lines.return(undefined)
    },
  })
  const fileName = name.replace(/[^a-z0-9._-]/gi, '-')
  return new Response(body, {
    headers: { 'content-type': 'text/csv; charset=utf-8', 'content-disposition': `attachment; filename="${fileName}"` },
  })
}
