import {
  type CapabilityKey,
  type CheckKey,
  type CheckView,
  capabilityLabels,
  type EvidenceView,
  type ValidationView,
} from '#lib/models/schema.ts'

/** One exchange of a validation, with the check that it was made for. */
export interface Exchange {
  /** `streaming.0`: the check and its place in it; stands in the address. */
  id: string
  check: CheckView
  evidence: EvidenceView
}

/** All exchanges of a validation, in the order of its checks. */
export function exchangesOf(validation: Pick<ValidationView, 'checks'>): Exchange[] {
  return validation.checks.flatMap((check) =>
    check.evidence.map((evidence, place) => ({ id: `${check.key}.${place}`, check, evidence })),
  )
}

const checks: Readonly<Record<CapabilityKey, CheckKey>> = {
  streaming: 'streaming',
  stream_usage: 'streaming',
  tools: 'tools',
  tools_required: 'tools',
  tools_named: 'tools',
  tools_parallel: 'tools',
  tools_streamed: 'tools',
  json_schema: 'structured',
  json_object: 'structured',
  vision: 'vision',
  reasoning: 'reasoning',
  system_role: 'roles',
  developer_role: 'roles',
  temperature: 'parameters',
  stop: 'parameters',
  seed: 'parameters',
  logprobs: 'parameters',
  n: 'parameters',
  responses: 'responses',
  embedding_base64: 'vector',
  embedding_dimensions: 'vector',
  embedding_batch: 'vector',
  image_b64: 'image',
  image_url: 'image',
}

/**
 * Where to begin: an exchange's own id, a check, or a capability, whose last exchange decided it. Without a match the
 * first; -1 where there are none.
 */
export function findExchange(exchanges: readonly Exchange[], what: string): number {
  const exact = exchanges.findIndex(({ id }) => id === what)
  if (exact >= 0) return exact
  const about = exchanges.findLastIndex(({ evidence }) => evidence.about?.includes(what as CapabilityKey))
  if (about >= 0) return about
  const check = checks[what as CapabilityKey] ?? what
  const inCheck = exchanges.findIndex((exchange) => exchange.check.key === check)
  return inCheck >= 0 ? inCheck : exchanges.length > 0 ? 0 : -1
}

export interface RequestParts {
  /** `POST /chat/completions`. */
  line: string
  method: string
  path: string
  /** Spread over lines where it is JSON. */
  body: string
  /** False where the body was too long to be kept. */
  whole: boolean
}

/** What was sent, for reading. */
export function readRequest({ request }: Pick<EvidenceView, 'request'>): RequestParts {
  const end = request.indexOf('\n')
  const line = (end < 0 ? request : request.slice(0, end)).replace(/\s+\(with a wrong key\)$/, '')
  const [method = 'POST', path = ''] = line.split(' ')
  const raw = end < 0 ? '' : request.slice(end + 1)
  const body = spreadJson(raw)
  const whole = raw === '' || (body !== null && !/… \(\d+ characters\)/.test(raw))
  return { line, method, path, body: body ?? raw, whole }
}

/** JSON over several lines; null where it is none. */
export function spreadJson(text: string): string | null {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return null
  }
}

/** The call for a shell, with variables where secrets stood. Null where the request was not kept whole. */
export function curlOf(evidence: EvidenceView, baseUrl: string): string | null {
  const { method, path, body, whole } = readRequest(evidence)
  if (!whole) return null
  const given = evidence.requestHeaders ?? [
    { name: 'authorization', value: 'Bearer ••••' },
    ...(body ? [{ name: 'content-type', value: 'application/json' }] : []),
  ]
  const wrong = evidence.control === 'key'
  const headers = given.map(({ name, value }) => {
    if (!value.includes('••••')) return `-H ${quoteShell(`${name}: ${value}`)}`
    const variable = isKeyHeader(name) ? 'API_KEY' : name.toUpperCase().replace(/[^A-Z0-9]+/g, '_')
    return `-H "${name}: ${value.replace('••••', wrong && isKeyHeader(name) ? 'wrong-key' : `$${variable}`)}"`
  })
  const lines = [
    `curl ${method === 'GET' ? '' : `-X ${method} `}${quoteShell(evidence.url ?? `${baseUrl}${path}`)}`,
    ...headers,
    ...(body ? [`-d ${quoteShell(body)}`] : []),
  ]
  return lines.join(' \\\n  ')
}

const isKeyHeader = (name: string) => ['authorization', 'api-key', 'x-api-key'].includes(name)
const quoteShell = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`)

/** What an exchange shows, in plain words. */
export function causeOf({ check, evidence }: Exchange, validation: Pick<ValidationView, 'capabilities'>): string {
  const { status, control } = evidence
  const answered = status !== null && status >= 200 && status < 300
  if (control === 'key')
    return answered
      ? 'A wrong key was accepted: this server does not check keys.'
      : 'A wrong key was refused, so that the right one being accepted means something.'
  if (control === 'model')
    return answered
      ? 'A Model ID that does not exist was answered: this server answers for every name.'
      : 'A Model ID that does not exist was refused, so that an answer for this one means something.'
  if (status === null) return check.problem?.message ?? 'No answer came.'
  if (status === 429) return 'The server was at its limit. That never counts as a no: it was asked again, or left open.'
  const about = evidence.about ?? []
  if (about.length > 0) return about.map((key) => verdictOf(key, answered, validation)).join(' ')
  if (!answered && check.problem) return check.problem.message
  return check.summary || (answered ? 'Answered.' : 'Refused.')
}

function verdictOf(
  key: CapabilityKey,
  answered: boolean,
  { capabilities }: Pick<ValidationView, 'capabilities'>,
): string {
  const label = capabilityLabels[key]
  const found = capabilities.checks[key]
  const detail = found?.detail ? `: ${found.detail.replace(/\.$/, '')}` : ''
  switch (found?.verdict) {
    case 'yes':
      return answered ? `${label} works${detail}.` : `${label} was refused here and worked when asked again.`
    case 'no':
      return answered
        ? `${label} was answered here, but refused otherwise${detail}.`
        : `The server refuses ${label}. Two refusals make a no; calls that ask for it are refused before they are sent, or have it dropped.`
    case 'ignored':
      return `${label} was accepted and not honoured${detail}. Calls go through with a warning.`
    default:
      return `${label} is not decided${detail}.`
  }
}
