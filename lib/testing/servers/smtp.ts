import { createServer, type Server, type Socket } from 'node:net'

export interface ReceivedMail {
  from: string
  to: string[]
  /** Headers and text as they came, soft line breaks undone. */
  data: string
  /** User and password, where somebody signed in. */
  auth: [user: string, password: string] | undefined
}

/** A mail server on loopback that takes everything, without TLS. `refuse`: how many mails it turns away first. */
export async function smtpServer({ refuse = 0 } = {}): Promise<{
  port: number
  mails: ReceivedMail[]
  close(): Promise<void>
}> {
  const mails: ReceivedMail[] = []
  let left = refuse
  const server: Server = createServer((socket) => talk(socket, mails, () => left-- > 0))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address() as { port: number }
  return {
    port: address.port,
    mails,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function talk(socket: Socket, mails: ReceivedMail[], isRefused: () => boolean): void {
  let mail: ReceivedMail = { from: '', to: [], data: '', auth: undefined }
  let buffer = ''
  let inData = false
  const say = (line: string) => socket.write(`${line}\r\n`)
  socket.on('error', () => undefined)
  say('220 test ESMTP')
  socket.setEncoding('utf8').on('data', (chunk: string) => {
    buffer += chunk
    for (;;) {
      const end = buffer.indexOf(inData ? '\r\n.\r\n' : '\r\n')
      if (end < 0) return
      const line = buffer.slice(0, end)
      buffer = buffer.slice(end + (inData ? 5 : 2))
      if (inData) {
        inData = false
        mails.push({ ...mail, data: line.replaceAll('=\r\n', '') })
        mail = { from: '', to: [], data: '', auth: mail.auth }
        say('250 kept')
      } else command(line)
    }
  })

  function command(line: string): void {
    const [verb = ''] = line.toUpperCase().split(' ')
    const address = /<([^>]*)>/.exec(line)?.[1] ?? ''
    switch (verb) {
      case 'EHLO':
        say('250-test')
        return void say('250 AUTH PLAIN')
      case 'AUTH': {
        const [, user = '', password = ''] = Buffer.from(line.split(' ')[2] ?? '', 'base64')
          .toString()
          .split('\0')
        mail.auth = [user, password]
        return void say('235 welcome')
      }
      case 'MAIL':
        if (isRefused()) return void say('451 later, please')
        mail.from = address
        return void say('250 ok')
      case 'RCPT':
        mail.to.push(address)
        return void say('250 ok')
      case 'DATA':
        inData = true
        return void say('354 go on')
      case 'QUIT':
        say('221 bye')
        return void socket.end()
      default:
        return void say('250 ok')
    }
  }
}
