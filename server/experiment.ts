// Runs an experiment of a workspace and fails where it falls below a threshold, for a shell or somebody's CI:
// `patchbay experiment run exp_... --workspace acme --fail-under "Short answer=0.9"`.
import { request } from 'undici'
import { AppError } from '#lib/core/errors.ts'
import { formatUsd, type MoneyView } from '#lib/core/money.ts'
import { type ExperimentArguments, readExperimentArguments, usage } from './experiment/arguments.ts'
import { type CallApi, type ExperimentResult, runExperiment } from './experiment/run.ts'

/** The management API, as the workspace's key may use it. */
function openApi({ baseUrl, workspace, apiKey }: ExperimentArguments): CallApi {
  return async (method, path, body) => {
    const url = `${baseUrl}/api/workspaces/${encodeURIComponent(workspace)}${path}`
    const refused = (message: string, code = 'refused') => new AppError({ kind: 'upstream', code, message })
    const answer = await request(url, {
      method: method as 'GET' | 'POST',
      headers: {
        authorization: `Bearer ${apiKey}`,
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((error: Error) => {
      throw refused(`${baseUrl} cannot be reached: ${error.message}`, 'unreachable')
    })
    const text = await answer.body.text()
    const read = readJson(text)
    if (answer.statusCode >= 200 && answer.statusCode < 300 && read !== null) return read as never
    const said = (read as { error?: { message?: string; code?: string } } | null)?.error
    throw refused(said?.message ?? `${url} answered ${answer.statusCode}.`, said?.code)
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const costOf = (cost: MoneyView | null) => (cost ? formatUsd(cost) : 'unpriced')

function report({ run, thresholds, comparison, passed }: ExperimentResult): string {
  const lines = [
    `Run ${run.number} of ${run.experimentName}: ${run.state}, ${run.done} done, ${run.failed} failed, ${costOf(run.cost)}`,
    ...comparison.evaluators.flatMap(({ name, candidates }) =>
      candidates.map(
        ({ candidate, mean, versus }) =>
          `  ${name}, ${comparison.candidates[candidate]?.name}: ${mean === null ? 'not scored' : Number(mean.toFixed(4))}${versus ? `  ${versus.sentence}` : ''}`,
      ),
    ),
    ...thresholds.map(
      ({ evaluator, candidate, least, mean, failed, holds }) =>
        `${holds ? 'holds' : 'FAILS'}  ${evaluator}, ${candidate}: ${mean === null ? 'not scored' : Number(mean.toFixed(4))}, at least ${least}${failed > 0 ? `, ${failed} answers failed` : ''}`,
    ),
    passed ? 'Passed.' : 'Not passed.',
  ]
  return `${lines.join('\n')}\n`
}

async function main(): Promise<number> {
  let wanted: ExperimentArguments | 'help'
  try {
    wanted = readExperimentArguments(process.argv.slice(2), process.env)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    process.stderr.write(`${error.message}\n\n${usage}\n`)
    return 2
  }
  if (wanted === 'help') {
    process.stdout.write(`${usage}\n`)
    return 0
  }
  const abort = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort())
  try {
    const result = await runExperiment(openApi(wanted), wanted, {
      signal: abort.signal,
      onProgress: ({ id, state, done, failed, cells, cost }) =>
        process.stderr.write(`${id}  ${state}  ${done + failed} of ${cells}  ${costOf(cost)}\n`),
    })
    process.stdout.write(wanted.json ? `${JSON.stringify(result)}\n` : report(result))
    return abort.signal.aborted ? 130 : result.passed ? 0 : 1
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    process.stderr.write(`${error.message}\n`)
    return 1
  }
}

process.exitCode = await main()
