import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import ipaddr from 'ipaddr.js'
import { z } from 'zod'
import { AppError } from '#lib/core/errors.ts'
import { parseAllowedEntries } from './egress-entries.ts'
import type { MailSettings } from './mail.ts'

/** What people set. Every process reads it; the supervisor alone adds what the others need beside it (`Env`). */
export interface Settings {
  mode: 'production' | 'development' | 'test'
  host: string
  /** The studio's. */
  port: number
  gatewayPort: number
  /** 0 = no practice provider. */
  practicePort: number
  /** At least 1. */
  gatewayWorkers: number
  /** Absolute. */
  dataDir: string
  postgresDir: string | undefined
  databaseUrl: string | undefined
  /** As typed; its entries were found to be readable. */
  allowedEndpoints: string
  /** Origins without a path; undefined where the operator did not say. */
  publicUrl: URL | undefined
  publicGatewayUrl: URL | undefined
  /** Whose `X-Forwarded-For` counts. */
  trustedProxies: [ipaddr.IPv4 | ipaddr.IPv6, number][]
  logLevel: 'debug' | 'info' | 'warn' | 'error'
  /** How long running calls may take after SIGTERM. */
  drainMs: number
  /** Where Prometheus reads, and what it has to show; undefined: nowhere. */
  metrics: { port: number; token: string | undefined } | undefined
  /** The collector that is told of every call; undefined: none. Its headers may be secret. */
  telemetry: { endpoint: URL; headers: Record<string, string>; serviceName: string; content: boolean } | undefined
  /** The server that sends e-mails of alerts; undefined: none are sent. Holds a password. */
  mail: MailSettings | undefined
}

/** Everything a process of Patchbay needs. Holds secrets: never log it, never return it. */
export interface Env extends Settings {
  databaseUrl: string
  /** The first one seals; the others still open. 32 bytes each. */
  masterKeys: { id: string; key: Buffer }[]
  sessionSecret: string
  keyPepper: string
  /** Undefined where the supervisor gave none: then nobody can claim from afar. */
  claimCode: string | undefined
  /** The practice provider that runs beside, if one does. */
  practice: { url: string; key: string } | undefined
}

type Source = Record<string, string | undefined>

const text = (max: number) => z.string().max(max, `is longer than ${max} characters`)
const port = (lowest: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/, `must be a port number from ${lowest} to 65535`)
    .transform(Number)
    .refine((value) => value >= lowest && value <= 65_535, `must be a port number from ${lowest} to 65535`)
const count = (unit: string, max: number) =>
  z
    .string()
    .regex(/^\d{1,6}$/, `must be ${unit} from 1 to ${max}`)
    .transform(Number)
    .refine((value) => value >= 1 && value <= max, `must be ${unit} from 1 to ${max}`)
const origin = text(2048).transform((value, context) => {
  const url = URL.parse(value)
  const whole =
    url && url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === ''
  if (whole && (url.protocol === 'https:' || url.protocol === 'http:')) return url
  context.addIssue({
    code: 'custom',
    message: 'must be an address such as https://patchbay.example.org, without a path',
  })
  return z.NEVER
})
const masterKeys = text(4096).transform((value, context) => {
  const keys: { id: string; key: Buffer }[] = []
  for (const part of value.split(',').map((piece) => piece.trim())) {
    const [, id, encoded] = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/_-]+={0,2})$/.exec(part) ?? []
    const key = Buffer.from(encoded ?? '', 'base64')
    const weak = key.length === 32 && new Set(key).size < 8
    if (id === undefined || key.length !== 32 || weak || keys.some((other) => other.id === id)) {
      context.addIssue({
        code: 'custom',
        message:
          'must be id:base64 entries of 32 random bytes each, separated by commas, ids all different. Make one: echo "k1:$(openssl rand -base64 32)"',
      })
      return z.NEVER
    }
    keys.push({ id, key })
  }
  return keys
})
const secret = text(512).min(32, 'must be at least 32 random characters. Make one: openssl rand -base64 48')
const databaseUrl = text(4096).transform((value, context) => {
  const url = URL.parse(value)
  if (url && /^postgres(ql)?:$/.test(url.protocol) && url.pathname.length > 1) return value
  context.addIssue({ code: 'custom', message: 'must look like postgresql://user:password@host:5432/database' })
  return z.NEVER
})
const proxies = text(4096).transform((value, context) => {
  const ranges: [ipaddr.IPv4 | ipaddr.IPv6, number][] = []
  for (const part of value
    .split(',')
    .map((piece) => piece.trim())
    .filter(Boolean)) {
    if (ipaddr.isValidCIDR(part)) ranges.push(ipaddr.parseCIDR(part))
    else if (ipaddr.isValid(part)) {
      const address = ipaddr.parse(part)
      ranges.push([address, address.kind() === 'ipv4' ? 32 : 128])
    } else {
      context.addIssue({
        code: 'custom',
        message: `has ${JSON.stringify(part.slice(0, 60))}, which is neither an address nor a range such as 10.0.0.0/8`,
      })
      return z.NEVER
    }
  }
  return ranges
})

const collector = text(2048).transform((value, context) => {
  const url = URL.parse(value)
  const isPlain = url && url.search === '' && url.hash === '' && url.username === '' && url.password === ''
  if (isPlain && (url.protocol === 'https:' || url.protocol === 'http:')) return url
  context.addIssue({ code: 'custom', message: 'must be an address such as http://127.0.0.1:4318, without /v1/traces' })
  return z.NEVER
})
const collectorHeaders = text(8192).transform((value, context) => {
  const headers: Record<string, string> = {}
  for (const part of value.split(',').filter((piece) => piece.trim() !== '')) {
    const [, name, encoded] = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*([\x20-\x7e]*?)\s*$/.exec(part) ?? []
    const text = encoded === undefined ? undefined : decode(encoded)
    if (name === undefined || text === undefined || !/^[\x20-\x7e]*$/.test(text)) {
      context.addIssue({
        code: 'custom',
        message: 'must be name=value pairs with commas between, values percent-encoded',
      })
      return z.NEVER
    }
    headers[name.toLowerCase()] = text
  }
  return headers
})

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value)
  } catch {
    return undefined
  }
}

const mailServer = text(4096).transform((value, context) => {
  const url = URL.parse(value)
  const isWhole = url && url.hostname !== '' && /^\/?$/.test(url.pathname) && url.search === '' && url.hash === ''
  const name = decode(url?.username ?? '')
  const password = decode(url?.password ?? '')
  if (
    isWhole &&
    (url.protocol === 'smtp:' || url.protocol === 'smtps:') &&
    name !== undefined &&
    password !== undefined
  ) {
    const isSecure = url.protocol === 'smtps:'
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
    const user = name === '' ? undefined : { name, password }
    return { host, port: Number(url.port) || (isSecure ? 465 : 587), isSecure, user }
  }
  context.addIssue({
    code: 'custom',
    message: 'must look like smtp://user:password@mail.example.org:587, or smtps:// for TLS from the first byte',
  })
  return z.NEVER
})

const endpoints = text(16_384).superRefine((value, context) => {
  try {
    parseAllowedEntries(value)
  } catch (error) {
    context.addIssue({ code: 'custom', message: `is wrong: ${(error as Error).message}` })
  }
})

const Variables = z.object({
  NODE_ENV: z
    .enum(['production', 'development', 'test'], 'must be production, development or test')
    .default('production'),
  HOST: text(255)
    .regex(/^[A-Za-z0-9.:_-]+$/, 'must be an address or a host name to listen on, for example 127.0.0.1 or 0.0.0.0')
    .default('127.0.0.1'),
  PORT: port(1).default(3000),
  GATEWAY_PORT: port(1).default(4000),
  PRACTICE_PORT: port(0).optional(),
  GATEWAY_WORKERS: count('a number of processes', 256).default(Math.min(availableParallelism(), 16)),
  PATCHBAY_DATA_DIR: text(4096).default('.patchbay'),
  PATCHBAY_POSTGRES_DIR: text(4096).startsWith('/', 'must be an absolute path').optional(),
  DATABASE_URL: databaseUrl.optional(),
  PATCHBAY_ALLOWED_ENDPOINTS: endpoints.default(''),
  PUBLIC_URL: origin.optional(),
  PUBLIC_GATEWAY_URL: origin.optional(),
  TRUSTED_PROXIES: proxies.default([]),
  PATCHBAY_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error').default('info'),
  PATCHBAY_DRAIN_SECONDS: count('a number of seconds', 3600).default(120),
  METRICS_PORT: port(1).optional(),
  PATCHBAY_METRICS_TOKEN: text(512).min(16, 'must be at least 16 characters').optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: collectorHeaders.optional(),
  OTEL_SERVICE_NAME: text(255).default('patchbay'),
  OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: z
    .enum(['true', 'false'], 'must be true or false')
    .default('false'),
  PATCHBAY_SMTP_URL: mailServer.optional(),
  PATCHBAY_SMTP_FROM: text(320)
    .regex(
      /^([^<>\r\n"]{1,64} <[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/,
      'must look like Patchbay <alerts@example.org>',
    )
    .optional(),
})

const Secrets = z.object({
  DATABASE_URL: databaseUrl,
  PATCHBAY_MASTER_KEYS: masterKeys,
  NEXTAUTH_SECRET: secret,
  PATCHBAY_KEY_PEPPER: secret,
  PATCHBAY_CLAIM_CODE: text(128).min(16, 'must be at least 16 characters').optional(),
  PATCHBAY_PRACTICE_URL: text(256).optional(),
  PATCHBAY_PRACTICE_KEY: text(256).optional(),
})

/** The variables that the supervisor gives to the processes it starts, beside those that people set. */
export type HandedDown = z.input<typeof Secrets>

/** Throws `AppError` (`environment`): one line for each variable that is wrong, with its name and the fix. */
export function readSettings(source: Source, workingDir: string = process.cwd()): Settings {
  const values = parse(Variables, source)
  if (values.GATEWAY_PORT === values.PORT)
    throw wrong('GATEWAY_PORT is the same as PORT: studio and gateway each need their own.')
  const isLoopback = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(values.HOST)
  // Beyond loopback only the hosts of these two are answered: without them every call would be refused.
  const unnamed = isLoopback ? [] : (['PUBLIC_URL', 'PUBLIC_GATEWAY_URL'] as const).filter((name) => !values[name])
  if (unnamed.length > 0) {
    throw wrong(
      unnamed
        .map((name) => {
          const port = name === 'PUBLIC_URL' ? values.PORT : values.GATEWAY_PORT
          return `${name} is not set, and HOST is ${values.HOST}. Set it to the address that is used from outside, for example http://patchbay.example.org:${port}.`
        })
        .join('\n'),
    )
  }
  const practicePort = values.PRACTICE_PORT ?? (isLoopback && values.DATABASE_URL === undefined ? 4010 : 0)
  if (practicePort === values.PORT || practicePort === values.GATEWAY_PORT) {
    throw wrong('PRACTICE_PORT is the same as PORT or GATEWAY_PORT: each needs its own, or 0 for no practice provider.')
  }
  if (values.METRICS_PORT && [values.PORT, values.GATEWAY_PORT, practicePort].includes(values.METRICS_PORT))
    throw wrong('METRICS_PORT is the same as another port: it needs its own.')
  if (values.PATCHBAY_SMTP_URL && !values.PATCHBAY_SMTP_FROM)
    throw wrong(
      'PATCHBAY_SMTP_FROM is not set, and PATCHBAY_SMTP_URL is. Set it to the sender, for example Patchbay <alerts@example.org>.',
    )
  return {
    mode: values.NODE_ENV,
    host: values.HOST,
    port: values.PORT,
    gatewayPort: values.GATEWAY_PORT,
    practicePort,
    gatewayWorkers: values.GATEWAY_WORKERS,
    dataDir: resolve(workingDir, values.PATCHBAY_DATA_DIR),
    postgresDir: values.PATCHBAY_POSTGRES_DIR,
    databaseUrl: values.DATABASE_URL,
    allowedEndpoints: values.PATCHBAY_ALLOWED_ENDPOINTS,
    publicUrl: values.PUBLIC_URL,
    publicGatewayUrl: values.PUBLIC_GATEWAY_URL,
    trustedProxies: values.TRUSTED_PROXIES,
    logLevel: values.PATCHBAY_LOG_LEVEL,
    drainMs: values.PATCHBAY_DRAIN_SECONDS * 1000,
    metrics:
      values.METRICS_PORT === undefined
        ? undefined
        : { port: values.METRICS_PORT, token: values.PATCHBAY_METRICS_TOKEN },
    telemetry: values.OTEL_EXPORTER_OTLP_ENDPOINT && {
      endpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
      headers: values.OTEL_EXPORTER_OTLP_HEADERS ?? {},
      serviceName: values.OTEL_SERVICE_NAME,
      content: values.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT === 'true',
    },
    mail: values.PATCHBAY_SMTP_URL && { ...values.PATCHBAY_SMTP_URL, from: values.PATCHBAY_SMTP_FROM! },
  }
}

/** For every process but the supervisor. Throws like `readSettings`. */
export function readEnv(source: Source = process.env, workingDir?: string): Env {
  const settings = readSettings(source, workingDir)
  const values = parse(Secrets, source)
  const { PATCHBAY_PRACTICE_URL: url, PATCHBAY_PRACTICE_KEY: key } = values
  return {
    ...settings,
    databaseUrl: values.DATABASE_URL,
    masterKeys: values.PATCHBAY_MASTER_KEYS,
    sessionSecret: values.NEXTAUTH_SECRET,
    keyPepper: values.PATCHBAY_KEY_PEPPER,
    claimCode: values.PATCHBAY_CLAIM_CODE,
    practice: url && key ? { url, key } : undefined,
  }
}

/** Checks the secrets that the operator set himself, before anything starts. */
export function checkGivenSecrets(source: Source): void {
  parse(Secrets.partial(), source)
}

function parse<Shape extends z.ZodObject>(shape: Shape, source: Source): z.output<Shape> {
  // An empty variable is one that is not set: `PORT= npm start`.
  const given = Object.fromEntries(Object.keys(shape.shape).map((name) => [name, source[name]?.trim() || undefined]))
  const result = shape.safeParse(given)
  if (result.success) return result.data
  const lines = result.error.issues.map((issue) => {
    const name = String(issue.path[0])
    return given[name] === undefined
      ? `${name} is not set. ${startHint}`
      : `${name} ${issue.message}.`.replace(/\.\.$/, '.')
  })
  throw wrong([...new Set(lines)].join('\n'))
}

const startHint = 'Start Patchbay with npm start, which sets it, or set it yourself.'

function wrong(message: string): AppError {
  return new AppError({ kind: 'invalid_input', code: 'environment', message })
}
