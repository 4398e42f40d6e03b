import type { ChildProcess } from 'node:child_process'
import type { Worker } from 'node:cluster'

/*
 * Questions between a process and those that it started, over the channel that Node gives them. What is asked for is a word;
 * what is answered is JSON. Nobody waits for a process that is busy or of an older release.
 */

interface Question {
  patchbay: 'question'
  id: number
  word: string
}

interface Answer {
  patchbay: 'answer'
  id: number
  value: unknown
}

/** What can be asked: a child process or a worker of a cluster. */
export type Asked = Pick<ChildProcess | Worker, 'send' | 'on' | 'off'>

let asked = 0

/** Undefined where no answer comes within `timeoutMs`. Never rejects. */
export function ask(process: Asked, word: string, timeoutMs = 2_000): Promise<unknown> {
  return new Promise((resolve) => {
    const id = ++asked
    const finish = (value: unknown) => {
      clearTimeout(timer)
      process.off('message', onMessage)
      resolve(value)
    }
    const onMessage = (message: unknown) => {
      if (isOurs<Answer>(message, 'answer') && message.id === id) finish(message.value)
    }
    const timer = setTimeout(() => finish(undefined), timeoutMs)
    process.on('message', onMessage)
    const question: Question = { patchbay: 'question', id, word }
    try {
      process.send(question, (error: Error | null) => error && finish(undefined))
    } catch {
      finish(undefined)
    }
  })
}

/** Answers the questions of the process that started this one. Does nothing where none did. */
export function answer(word: string, read: () => Promise<unknown>): void {
  if (!process.send || !process.channel) return
  process.on('message', (message) => {
    if (!isOurs<Question>(message, 'question') || message.word !== word) return
    const tell = (value: unknown) => {
      const told: Answer = { patchbay: 'answer', id: message.id, value }
      if (process.connected) process.send?.(told, () => undefined)
    }
    read().then(tell, () => tell(undefined))
  })
  // Waiting for questions must not keep a process alive.
  process.channel.unref()
}

function isOurs<Kind extends Question | Answer>(message: unknown, kind: Kind['patchbay']): message is Kind {
  return typeof message === 'object' && message !== null && 'patchbay' in message && message.patchbay === kind
}
