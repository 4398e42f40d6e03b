import { type Logger, pino } from 'pino'
import { AppError } from '#lib/core/errors.ts'

export type { Logger } from 'pino'

/** The only fields that reach the log. What is not listed is left out: a secret cannot slip in with an object. */
const allowedFields = [
  'requestId',
  'workspaceId',
  'modelId',
  'keyId',
  'actorId',
  'jobId',
  'validationId',
  'intakeId',
  'evaluatorId',
  'runId',
  'queue',
  'holder',
  'route',
  'method',
  'status',
  'code',
  'kind',
  'outcome',
  'endpoint',
  'stage',
  'address',
  'host',
  'port',
  'pid',
  'count',
  'bytes',
  'segment',
  'day',
  'attempt',
  'durationMs',
  'waitMs',
  'ageMs',
  'version',
  'reason',
  'channel',
  'signal',
]

const allowed = new Set<string>(allowedFields)
const textMax = 2_000
// Keys of callers and of providers, passwords in addresses, bearer tokens.
const secretLike =
  /\b(pb_[a-z]+_[A-Za-z0-9]+_|sk-[A-Za-z0-9-]*?|gsk_|xai-)[A-Za-z0-9_-]{8,}|(?<=:\/\/[^\s:/@]{0,64}:)[^\s@/]{1,256}(?=@)|(?<=\bbearer\s)[^\s"']{8,}/gi

/** Cuts what looks like a secret out of a text and bounds its length. */
export function redact(text: string): string {
  return text.slice(0, textMax).replace(secretLike, '[redacted]')
}

/** What of an error may be logged: no `cause` objects, no query parameters, no request. */
function toLoggedError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) {
    // The queue tells of errors by objects of its own.
    const said = typeof error === 'object' && error !== null && 'message' in error ? error.message : error
    return { message: redact(String(said)) }
  }
  const { code } = error as { code?: unknown }
  return {
    name: error.name,
    message: redact(error.message),
    code: typeof code === 'string' || typeof code === 'number' ? code : undefined,
    internal: error instanceof AppError && error.internal !== undefined ? redact(error.internal) : undefined,
    cause: error.cause instanceof Error ? redact(error.cause.message) : undefined,
    stack: error.stack === undefined ? undefined : redact(error.stack),
  }
}

const burstMs = 5_000

/** For what comes in bursts, as connections that break together: the first one is a warning, the rest is for who looks closely. */
export function warnOncePerBurst(logger: Pick<Logger, 'warn' | 'debug'>, message: string): (error: Error) => void {
  let lastMs = Number.NEGATIVE_INFINITY
  return (error) => {
    const nowMs = performance.now()
    if (nowMs - lastMs > burstMs) logger.warn({ error }, message)
    else logger.debug({ error }, message)
    lastMs = nowMs
  }
}

/** One JSON line a record on stdout (or `destination`). `process` names who speaks; a command's stdout is its result, so it speaks on stderr. */
export function createLogger(options: {
  process: string
  level: string
  destination?: { write(line: string): void }
}): Logger {
  return pino(
    {
      level: options.level,
      base: { process: options.process, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (record) => {
          const kept: Record<string, unknown> = {}
          for (const [name, value] of Object.entries(record)) {
            if (name === 'error' || name === 'err') kept.error = toLoggedError(value)
            else if (allowed.has(name) && (typeof value !== 'object' || value === null))
              kept[name] = typeof value === 'string' ? redact(value) : value
          }
          return kept
        },
      },
      hooks: {
        logMethod(words, method) {
          method.apply(
            this,
            words.map((word) => (typeof word === 'string' ? redact(word) : word)) as Parameters<typeof method>,
          )
        },
      },
    },
    options.destination ?? pino.destination({ fd: options.process === 'command' ? 2 : 1, sync: false, minLength: 0 }),
  )
}
