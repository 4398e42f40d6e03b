import type { Models } from '#lib/models/index.ts'
import type { Upstream } from '#lib/openai/upstream.ts'
import type { Egress } from '#lib/platform/egress.ts'
import type { Mail } from '#lib/platform/mail.ts'
import type { Queue } from '#lib/platform/queue.ts'
import type { SecretBox } from '#lib/platform/secret-box.ts'

/** What the verbs of this room share. */
export interface House {
  readonly modelHealth: Models['modelHealth']
  readonly queue: Pick<Queue, 'enqueue'>
  readonly secrets: Pick<SecretBox, 'seal' | 'open'>
  readonly upstream: Pick<Upstream, 'send'>
  /** Judges an address as somebody typed it. */
  readonly checkUrl: Egress['checkUrl']
  /** Null where the operator set no mail server up. */
  readonly mail: Mail | null
  /** Of the studio, without a slash at the end: links in messages begin with it. */
  readonly studioUrl: string
}
