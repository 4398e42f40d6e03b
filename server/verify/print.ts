import { formatUsd } from '#lib/core/money.ts'
import type { Verification } from '#lib/models/index.ts'
import {
  type CapabilityKey,
  type CheckView,
  capabilityLabels,
  type ModelDraft,
  type Verdict,
  WireProfile,
} from '#lib/models/schema.ts'

export interface Printer {
  head(draft: Pick<ModelDraft, 'type' | 'modelId' | 'baseUrl'>): void
  /** A row, as soon as it is done. */
  check(check: CheckView): void
  card(found: Verification): void
}

type Colour = 'green' | 'red' | 'yellow' | 'grey' | 'bold'
const codes: Record<Colour, number> = { green: 32, red: 31, yellow: 33, grey: 90, bold: 1 }

const marks: Partial<Record<CheckView['state'], [word: string, colour: Colour]>> = {
  passed: ['ok', 'green'],
  warned: ['look', 'yellow'],
  failed: ['FAIL', 'red'],
  absent: ['no', 'grey'],
  skipped: ['-', 'grey'],
}
const verdictColours: Record<Verdict, Colour> = { yes: 'green', no: 'grey', ignored: 'yellow', unknown: 'grey' }

/** Words for a person: plain where nobody watches. What a server said is cut to its visible characters. */
export function createPrinter(
  write: (text: string) => void,
  { colours, columns }: { colours: boolean; columns: number },
): Printer {
  const paint = (text: string, colour: Colour) => (colours ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text)
  const line = (text = '') => write(`${text}\n`)

  function card({ capabilities, profile, passed, calls, cost, ms, ...found }: Verification): void {
    for (const { problem, evidence, label } of found.checks.filter(({ state }) => state === 'failed')) {
      line()
      line(paint(`${label}: ${plain(problem?.message ?? 'failed')}`, 'bold'))
      for (const { label: words, value } of problem?.fixes ?? [])
        line(`  ${plain(words === value ? `Use ${value}` : `${words}: ${value}`)}`)
      const last = evidence.at(-1)
      if (last)
        line(paint(`  ${last.name}: status ${last.status ?? 'none'}, ${plain(last.response).slice(0, 300)}`, 'grey'))
    }
    const keys = (Object.keys(capabilityLabels) as CapabilityKey[]).filter((key) => capabilities.checks[key])
    if (keys.length > 0) {
      line()
      line(paint('What it can do', 'bold'))
      for (const key of keys) {
        const { verdict, detail } = capabilities.checks[key]!
        const text = `  ${capabilityLabels[key].padEnd(22)} ${verdict.padEnd(8)} ${plain(detail)}`.trimEnd()
        line(cut(text, columns).replace(` ${verdict} `, ` ${paint(verdict, verdictColours[verdict])} `))
      }
    }
    const facts: (string | false)[] = [
      capabilities.dimensions !== null && `${capabilities.dimensions} dimensions`,
      capabilities.contextTokens !== null && `context of ${capabilities.contextTokens.toLocaleString('en')} tokens`,
      capabilities.checksKeys === false && 'takes any key',
    ]
    const known = facts.filter((fact) => fact !== false)
    if (known.length > 0) line(`  ${known.join(', ')}`)
    const deviations = deviationsOf(profile)
    if (deviations.length > 0) {
      line()
      line(paint('How it deviates from OpenAI', 'bold'))
      for (const deviation of deviations) line(`  ${plain(deviation)}`)
    }
    line()
    const spent = cost ? `, ${formatUsd(cost)}` : ''
    const sum = `${calls} calls, ${(ms / 1_000).toFixed(1)} s${spent}`
    line(
      `${passed ? paint('Works.', 'green') : paint('Does not work.', 'red')} ${sum}. Base URL ${plain(found.baseUrl)}`,
    )
  }

  return {
    head({ type, modelId, baseUrl }) {
      line(`${paint(plain(modelId), 'bold')} (${type}) at ${plain(baseUrl)}`)
      line()
    },
    check({ state, label, summary, ms }) {
      const mark = marks[state]
      // After a failure nothing more is run: that goes without saying.
      if (!mark || (state === 'skipped' && summary === 'Not run')) return
      const time = ms === null || state === 'skipped' ? '' : `${Math.round(ms)} ms`
      const text = `  ${mark[0].padEnd(5)} ${label.padEnd(28)} ${time.padStart(9)}  ${plain(summary)}`
      line(cut(text, columns).replace(mark[0], paint(mark[0], mark[1])))
    },
    card,
  }
}

/** One line, nothing that moves a cursor. */
function plain(text: string): string {
  return text.replaceAll(/[\p{C}\s]+/gu, ' ').trim()
}

function cut(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(20, columns - 1))}…`
}

function deviationsOf(profile: WireProfile): string[] {
  const plainProfile = WireProfile.parse({})
  return (Object.keys(profile) as (keyof WireProfile)[])
    .filter((key) => JSON.stringify(profile[key]) !== JSON.stringify(plainProfile[key]))
    .map((key) => `${key}: ${[profile[key]].flat().join(', ')}`)
}
