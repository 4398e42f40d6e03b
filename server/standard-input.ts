import { text } from 'node:stream/consumers'

/** What stands on standard input, without the end of its last line. */
export async function readStandardInput(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write('Type it, then Enter and Ctrl-D:\n')
  return (await text(process.stdin)).replace(/\r?\n$/, '')
}
