const blockBytes = 512

/**
 * The head of one file of a tar archive (ustar). `name`: at most 100 bytes of ASCII. `bytes`: below 8 GB. After it the file's
 * bytes and `tarPadding(bytes)`; at the end `tarEnd`.
 */
export function tarHead(name: string, bytes: number, at: Date): Uint8Array {
  if (!/^[\x21-\x7e]{1,100}$/.test(name)) throw new Error(`not a name for an archive: ${name}`)
  const octal = (value: number, length: number) =>
    `${Math.floor(value)
      .toString(8)
      .padStart(length - 1, '0')}\0`
  const head = new Uint8Array(blockBytes)
  const write = (text: string, offset: number) => head.set(new TextEncoder().encode(text), offset)
  write(name, 0)
  write(octal(0o600, 8), 100)
  write(octal(0, 8), 108)
  write(octal(0, 8), 116)
  write(octal(bytes, 12), 124)
  write(octal(at.getTime() / 1_000, 12), 136)
  write('        ', 148)
  write('0', 156)
  write('ustar\0', 257)
  write('00', 263)
  const sum = head.reduce((all, byte) => all + byte, 0)
  write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return head
}

/** What fills a file up to a whole block. */
export function tarPadding(bytes: number): Uint8Array {
  return new Uint8Array((blockBytes - (bytes % blockBytes)) % blockBytes)
}

export const tarEnd = new Uint8Array(2 * blockBytes)
