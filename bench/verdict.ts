import { writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'

/** One figure against its bar. */
export interface Verdict {
  case: string
  figure: string
  value: number
  most: number
  unit: string
}

const verdicts: Verdict[] = []

/** Keeps a figure for the report and tells how it stands. A missed bar ends the process with 1. */
export function judge(verdict: Verdict): string {
  const isMet = verdict.value <= verdict.most
  verdicts.push(verdict)
  if (!isMet) process.exitCode = 1
  return `at most ${verdict.most}${verdict.unit && ` ${verdict.unit}`}: ${isMet ? 'met' : 'MISSED'}`
}

/** Writes every figure that was judged to a file, for machines. */
export function writeReport(file: string): void {
  const machine = { node: process.version, cores: cpus().length, cpu: cpus()[0]?.model ?? '', memoryBytes: totalmem() }
  const figures = verdicts.map((each) => ({ ...each, met: each.value <= each.most }))
  writeFileSync(file, `${JSON.stringify({ machine, figures }, null, 2)}\n`)
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}
