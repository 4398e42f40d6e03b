import { parseArgs } from 'node:util'

export const usage = `Usage: patchbay experiment run ID --workspace W [options]

  --workspace W             its address; else PATCHBAY_WORKSPACE
  --fail-under NAME=N       ends with 1 where a candidate's mean by this evaluator lies below N; may come again.
                            Of an evaluator that passes or fails N is a share: 0.9, or 90%
  --candidate NAME          thresholds are for this one alone; else for all but recorded answers
  --rows N                  only the first ones
  --snapshot N              of the dataset, in place of its rows as they stand
  --cap USD                 what all calls of the run may cost
  --concurrency N           calls at once to one model, 10 unless told
  --json                    the result as one line of JSON

The key comes from PATCHBAY_API_KEY (scope manage), the studio's address from PATCHBAY_URL, http://localhost:3000 unless
told. Stopped with Ctrl-C the run is cancelled. Ends with 0 where the run is completed and every threshold holds, with 1
where one does not, where an answer failed that a threshold is for, or where the run pauses for somebody, with 2 on
wrong use.`

export interface Threshold {
  /** Of an evaluator: its name or id. */
  evaluator: string
  least: number
}

export interface ExperimentArguments {
  experimentId: string
  workspace: string
  baseUrl: string
  apiKey: string
  thresholds: Threshold[]
  candidate: string | undefined
  /** As the management API takes it. */
  run: { rows?: number; snapshot?: number; capUsd?: string; concurrency?: number }
  json: boolean
}

const options = {
  workspace: { type: 'string' },
  'fail-under': { type: 'string', multiple: true, default: [] as string[] },
  candidate: { type: 'string' },
  rows: { type: 'string' },
  snapshot: { type: 'string' },
  cap: { type: 'string' },
  concurrency: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** Throws `TypeError` with what is wrong; no message holds the key. */
export function readExperimentArguments(args: string[], env: NodeJS.ProcessEnv): ExperimentArguments | 'help' {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  if (values.help) return 'help'
  const [verb, experimentId, ...rest] = positionals
  if (verb !== 'run' || experimentId === undefined || rest.length > 0)
    throw new TypeError('Give `run` and the id of one experiment.')
  const workspace = values.workspace ?? env.PATCHBAY_WORKSPACE
  if (!workspace) throw new TypeError('--workspace is needed.')
  const apiKey = env.PATCHBAY_API_KEY?.trim()
  if (!apiKey) throw new TypeError('The environment variable PATCHBAY_API_KEY is not set, or empty.')
  const rows = readCount('rows', values.rows)
  const snapshot = readCount('snapshot', values.snapshot)
  const concurrency = readCount('concurrency', values.concurrency)
  return {
    experimentId,
    workspace,
    baseUrl: readUrl(env.PATCHBAY_URL),
    apiKey,
    thresholds: values['fail-under'].map(readThreshold),
    candidate: values.candidate,
    run: {
      ...(rows !== undefined && { rows }),
      ...(snapshot !== undefined && { snapshot }),
      ...(values.cap !== undefined && { capUsd: values.cap }),
      ...(concurrency !== undefined && { concurrency }),
    },
    json: values.json,
  }
}

/** `NAME=N`; a name may hold an equals sign, a number does not. */
function readThreshold(text: string): Threshold {
  const at = text.lastIndexOf('=')
  const figure = text.slice(at + 1).trim()
  const isShare = figure.endsWith('%')
  const least = Number(isShare ? figure.slice(0, -1) : figure) / (isShare ? 100 : 1)
  const evaluator = text.slice(0, Math.max(0, at)).trim()
  if (evaluator === '' || figure === '' || !Number.isFinite(least))
    throw new TypeError(`--fail-under: write NAME=N, such as "Short answer=0.9". This is no such thing: ${text}`)
  return { evaluator, least }
}

function readCount(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new TypeError(`--${name} is a whole number above zero.`)
  return Number(text)
}

function readUrl(text: string | undefined): string {
  const given = text?.trim() || 'http://localhost:3000'
  const url = URL.canParse(given) ? new URL(given) : null
  if (!url || !/^https?:$/.test(url.protocol)) throw new TypeError('PATCHBAY_URL is no address of http or https.')
  return url.href.replace(/\/$/, '')
}
