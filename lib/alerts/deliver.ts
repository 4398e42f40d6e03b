import type { Pool } from 'pg'
import { AppError } from '#lib/core/errors.ts'
import { redact } from '#lib/openai/wire/error-body.ts'
import type { AlertChannel } from '#lib/platform/generated/prisma/client.ts'
import type { Queue } from '#lib/platform/queue.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import { enqueueDelivery } from './deliveries.ts'
import { toMailText, toSlack, toWebhook } from './formats.ts'
import type { House } from './house.ts'
import type { Message } from './message.ts'
import { channelPlace } from './sealed.ts'
import { signBody } from './signature.ts'
import { splitUrl } from './url.ts'
import { alertQueues, type DeliverJob } from './work.ts'

const secondMs = 1_000
const minuteMs = 60 * secondMs
/** How long after each attempt that failed the next one comes; then it is given up. */
const waits = [10 * secondMs, minuteMs, 5 * minuteMs, 30 * minuteMs, 120 * minuteMs]
/** A process that sends and is not heard of again: somebody else may try then. Longer than an attempt takes. */
const leaseMs = 90 * secondMs
const timeouts = { connectMs: 5_000, firstByteMs: 10_000, idleMs: 5_000, totalMs: 15_000 }
const answerBytesMax = 64 * 1024
const answerShown = 500
const keptDays = 30
const rowsAtOnce = 5_000

interface Outcome {
  ok: boolean
  status: number | null
  code: string
  answer: string
  /** Nothing that is tried again helps. */
  isFinal?: boolean
}

/**
 * A job: one attempt to bring a message to its channel. Of several at once one sends. What fails is tried again later, six
 * times in all; a test and what was sent anew by hand after that once. A process that dies in the middle leaves an attempt
 * without an end, and somebody else goes on.
 */
export async function deliver(house: House, scope: Scope, { deliveryId }: { deliveryId: string }): Promise<void> {
  const claimed = await scope.tx((tx) => claim(tx, scope, deliveryId))
  if (!claimed) return
  const startedMs = scope.now().getTime()
  const outcome = await send(house, scope, claimed)
  const durationMs = Math.max(0, scope.now().getTime() - startedMs)
  await scope.tx((tx) => finish(house, tx, scope, claimed, outcome, durationMs))
}

interface Claimed {
  deliveryId: string
  number: number
  message: Message
  channel: AlertChannel
}

async function claim(tx: Tx, scope: Scope, id: string): Promise<Claimed | null> {
  const { workspaceId } = scope
  const now = scope.now()
  const [taken] = await tx.$queryRaw<{ attempts: number }[]>`
    UPDATE alert_deliveries SET attempts = attempts + 1, next_at = ${new Date(now.getTime() + leaseMs)}
     WHERE workspace_id = ${workspaceId} AND id = ${id} AND state = 'waiting' AND next_at <= ${now} RETURNING attempts`
  if (!taken) return null
  const row = await tx.alertDelivery.findUniqueOrThrow({
    where: { workspaceId_id: { workspaceId, id } },
    include: { channel: true },
  })
  await tx.alertAttempt.create({ data: { workspaceId, deliveryId: id, number: taken.attempts, at: now } })
  return { deliveryId: id, number: taken.attempts, message: row.message as unknown as Message, channel: row.channel }
}

async function finish(
  house: House,
  tx: Tx,
  scope: Scope,
  { deliveryId, number, message }: Claimed,
  { ok, status, code, answer, isFinal }: Outcome,
  durationMs: number,
): Promise<void> {
  const { workspaceId } = scope
  const now = scope.now()
  await tx.alertAttempt.updateMany({
    where: { workspaceId, deliveryId, number },
    data: { durationMs, status, code, answer },
  })
  const waitMs = ok || isFinal || message.event === 'test' ? undefined : waits[number - 1]
  const nextAt = waitMs === undefined ? null : new Date(now.getTime() + waitMs)
  const { count } = await tx.alertDelivery.updateMany({
    // Where somebody took over meanwhile, theirs counts.
    where: { workspaceId, id: deliveryId, state: 'waiting', attempts: number },
    data: nextAt ? { nextAt } : { state: ok ? 'delivered' : 'failed', nextAt: null, endedAt: now },
  })
  if (nextAt && count > 0) await enqueueDelivery(house, tx, { workspaceId, deliveryId }, nextAt)
}

async function send(house: House, scope: Scope, claimed: Claimed): Promise<Outcome> {
  try {
    return claimed.channel.kind === 'email' ? await sendMail(house, scope, claimed) : await post(house, scope, claimed)
  } catch (error) {
    const { code, message } =
      error instanceof AppError ? error : { code: 'internal', message: 'Something went wrong here.' }
    return { ok: false, status: null, code, answer: message, isFinal: error instanceof AppError }
  }
}

function toTold(house: House, scope: Scope, { deliveryId, message }: Claimed) {
  return { deliveryId, workspace: scope.workspace, message, url: `${house.studioUrl}${message.path}` }
}

async function sendMail(house: House, scope: Scope, claimed: Claimed): Promise<Outcome> {
  if (!house.mail) {
    const answer = 'No mail server is set up. The operator sets PATCHBAY_SMTP_URL.'
    return { ok: false, status: null, code: 'email_not_set_up', answer }
  }
  const { subject, text } = toMailText(toTold(house, scope, claimed))
  const sent = await house.mail.send({ to: claimed.channel.recipients, subject, text, id: claimed.deliveryId })
  return sent.ok
    ? { ok: true, status: sent.status, code: '', answer: firstOf(sent.answer, []) }
    : { ok: false, status: sent.status, code: sent.code, answer: firstOf(sent.message, []) }
}

async function post(house: House, scope: Scope, claimed: Claimed): Promise<Outcome> {
  const { channel, message, deliveryId } = claimed
  const { id, workspaceId, sealedUrl, sealedSecret, version } = channel
  if (sealedUrl === null) {
    const answer = 'The address has to be entered again.'
    return { ok: false, status: null, code: 'no_address', answer, isFinal: true }
  }
  if (channel.kind === 'webhook' && sealedSecret === null) {
    const answer = 'It has no secret to sign with. Make a new one.'
    return { ok: false, status: null, code: 'no_secret', answer, isFinal: true }
  }
  const text = house.secrets.open(sealedUrl, channelPlace(workspaceId, id, 'sealed_url'))
  const { base, path } = splitUrl(text)
  const told = toTold(house, scope, claimed)
  const body = Buffer.from(JSON.stringify(channel.kind === 'slack' ? toSlack(told) : toWebhook(told)))
  const headers: Record<string, string> = { 'x-patchbay-event': message.event, 'x-patchbay-delivery': deliveryId }
  const secrets = [path]
  if (sealedSecret !== null) {
    const secret = house.secrets.open(sealedSecret, channelPlace(workspaceId, id, 'sealed_secret'))
    const timestamp = Math.floor(scope.now().getTime() / secondMs)
    headers['x-patchbay-timestamp'] = String(timestamp)
    headers['x-patchbay-signature'] = signBody(secret, timestamp, body)
    secrets.push(secret)
  }
  const target = { id: `${id} ${version}`, baseUrl: base, headers: { 'user-agent': 'patchbay' }, timeouts, secrets }
  const request = { method: 'POST', path, body, headers, answer: 'whole', answerBytesMax } as const
  const outcome = await house.upstream.send(target, request, AbortSignal.timeout(timeouts.totalMs + 5_000))
  if (outcome.kind !== 'whole') {
    const failure = outcome.kind === 'failure' ? outcome : null
    const shown = failure?.message ?? 'A stream came in place of an answer.'
    return {
      ok: false,
      status: failure?.status ?? null,
      code: failure?.code ?? 'upstream_bad_answer',
      answer: firstOf(shown, secrets),
    }
  }
  const { status } = outcome
  const ok = status >= 200 && status < 300
  const answer = firstOf(outcome.body.subarray(0, answerShown * 4).toString('utf8'), secrets)
  return { ok, status, code: ok ? '' : `http_${status}`, answer }
}

/** The first of what came back, without secrets and without what no screen shows. */
function firstOf(text: string, secrets: readonly string[]): string {
  return redact(text, secrets)
    .replace(/[\s\p{Cc}\p{Cf}\u{fffd}]+/gu, ' ')
    .trim()
    .slice(0, answerShown)
}

/** Jobs for messages whose time has come and that have none, as after a crash. Returns how many. */
export async function enqueueLate(
  { queue, pool }: { queue: Queue; pool: Pick<Pool, 'query'> },
  transact: (work: (tx: Tx) => Promise<void>) => Promise<void>,
  now: Date,
): Promise<number> {
  const { rows } = await pool.query<{ workspace_id: string; id: string }>(
    `select workspace_id, id from alert_deliveries where state = 'waiting' and next_at <= $1 order by next_at limit 500`,
    [now],
  )
  if (rows.length === 0) return 0
  await transact(async (tx) => {
    for (const { workspace_id: workspaceId, id } of rows) {
      const data: DeliverJob = { workspaceId, deliveryId: id }
      await queue.enqueue(tx, { queue: alertQueues.deliver, data, key: id })
    }
  })
  return rows.length
}

/** Takes messages of more than 30 days ago out of the log. Returns how many. */
export async function tidyDeliveries(pool: Pick<Pool, 'query'>, now: Date): Promise<number> {
  const before = new Date(now.getTime() - keptDays * 86_400_000)
  let gone = 0
  for (;;) {
    const { rowCount } = await pool.query(
      `delete from alert_deliveries where ctid = any(array(select ctid from alert_deliveries where created_at < $1 and state <> 'waiting' limit ${rowsAtOnce}))`,
      [before],
    )
    gone += rowCount ?? 0
    if ((rowCount ?? 0) < rowsAtOnce) return gone
  }
}
