import { CsvReader, type FileRecord, guessDelimiter, UnreadableFile } from '#lib/core/csv-records.ts'
import { invalidInput } from '#lib/core/errors.ts'
import { divideHalfEven } from '#lib/core/money.ts'
import type { BillField, BillFormat } from '../vocabulary.ts'

/** One line of a provider's file: of a day, perhaps of a model. */
export interface BillLine {
  /** `2026-11-22`, in the zone that the file was read in. */
  day: string
  /** As the provider names it; empty: of no one model. */
  model: string
  /** Null where the file tells no cost. */
  nanoUsd: bigint | null
  requests: number | null
  inputTokens: number | null
  outputTokens: number | null
}

export interface Bill {
  format: BillFormat
  headers: readonly string[]
  columns: Partial<Record<BillField, string>>
  lines: BillLine[]
  /** Lines of the file that say something wrong; they are in no sum. */
  problems: { line: number; message: string }[]
  problemCount: number
}

const rowsMax = 200_000
const problemsShown = 100

// Headers by what they hold, in lower case; the first one that is there counts.
const aliases: Record<BillField, readonly string[]> = {
  date: ['start_time_iso', 'created_at', 'date', 'day', 'start_time', 'timestamp', 'time', 'created'],
  model: ['model_permaslug', 'model', 'line_item', 'model_id', 'model_slug'],
  cost: ['amount_value', 'cost_total', 'cost', 'cost_usd', 'usage', 'total_cost', 'amount', 'spend', 'amount_usd'],
  requests: ['num_model_requests', 'requests', 'num_requests', 'n_requests', 'request_count'],
  inputTokens: ['input_tokens', 'tokens_prompt', 'prompt_tokens', 'n_context_tokens_total'],
  outputTokens: ['output_tokens', 'tokens_completion', 'completion_tokens', 'n_generated_tokens_total'],
}
const fields = Object.keys(aliases) as BillField[]
/** A line each request: they are counted. */
const perRequest = ['generation_id', 'request_id']

/**
 * Reads a usage or cost export as CSV, whatever its delimiter. `columns` goes before what the headers say; `dayOf` gives
 * the day of an instant. Throws `invalid_input` where it is no such file.
 */
export function readBill(
  text: string,
  { columns: given = {}, dayOf }: { columns?: Partial<Record<BillField, string>>; dayOf: (ms: number) => string },
): Bill {
  const { headers, records } = readRecords(text.replace(/^\uFEFF/, ''))
  const byLower = new Map(headers.map((header) => [header.trim().toLowerCase(), header]))
  const columns: Partial<Record<BillField, string>> = {}
  for (const field of fields) {
    const wanted = given[field]
    if (wanted !== undefined && wanted !== '' && !headers.includes(wanted))
      throw invalidInput(`The file has no column ${JSON.stringify(wanted.slice(0, 80))}.`, {
        [`columns.${field}`]: 'No such column.',
      })
    const found = wanted ?? aliases[field].map((alias) => byLower.get(alias)).find((header) => header !== undefined)
    if (found) columns[field] = found
  }
  if (columns.date === undefined)
    throw invalidInput('No column holds a date. Name it date, or choose it.', {
      'columns.date': 'Choose the column of the date.',
    })
  const format = formatOf(byLower, columns)
  const counts = perRequest.some((name) => byLower.has(name))
  const currency = byLower.get('amount_currency') ?? byLower.get('currency')
  const bill: Bill = { format, headers, columns, lines: [], problems: [], problemCount: 0 }
  const problem = (line: number, message: string) => {
    bill.problemCount++
    if (bill.problems.length < problemsShown) bill.problems.push({ line, message })
  }
  for (const record of records) {
    if ('problem' in record) {
      problem(record.line, record.problem)
      continue
    }
    const cell = (field: BillField) =>
      columns[field] === undefined ? '' : String(record.values[columns[field]] ?? '').trim()
    // A day without anything is a line with its dates alone.
    if (fields.every((field) => field === 'date' || cell(field) === '')) continue
    const day = readDay(cell('date'), dayOf)
    if (day === null) {
      problem(record.line, `${JSON.stringify(cell('date').slice(0, 40))} is no date like 2026-11-22.`)
      continue
    }
    const unit = currency === undefined ? '' : String(record.values[currency] ?? '').trim()
    if (unit !== '' && unit.toLowerCase() !== 'usd') {
      problem(record.line, `The amount is in ${unit.slice(0, 10).toUpperCase()}, not in USD.`)
      continue
    }
    const cost = columns.cost === undefined || cell('cost') === '' ? null : toNanoUsd(cell('cost'))
    if (cost === undefined) {
      problem(record.line, `${JSON.stringify(cell('cost').slice(0, 40))} is no amount of dollars.`)
      continue
    }
    const wrong = (['requests', 'inputTokens', 'outputTokens'] as const).find((field) =>
      Number.isNaN(toCount(cell(field))),
    )
    if (wrong !== undefined) {
      problem(record.line, `${JSON.stringify(cell(wrong).slice(0, 40))} in ${columns[wrong]} is no whole number.`)
      continue
    }
    bill.lines.push({
      day,
      model: format === 'openai-costs' ? modelOfLineItem(cell('model')) : cell('model').slice(0, 300),
      nanoUsd: cost,
      requests: counts ? 1 : toCount(cell('requests')),
      inputTokens: toCount(cell('inputTokens')),
      outputTokens: toCount(cell('outputTokens')),
    })
  }
  return bill
}

function readRecords(text: string): { headers: string[]; records: FileRecord[] } {
  const reader = new CsvReader({ delimiter: guessDelimiter(text), header: true })
  let records: FileRecord[]
  try {
    records = [...reader.push(text), ...reader.end()]
  } catch (error) {
    if (error instanceof UnreadableFile) throw invalidInput(error.message, { text: error.message })
    throw error
  }
  if (records.length > rowsMax)
    throw invalidInput('The file has more than 200,000 lines. Export fewer days at a time.', {
      text: 'Too many lines.',
    })
  return { headers: [...(reader.names ?? [])], records }
}

function formatOf(names: ReadonlyMap<string, string>, columns: Bill['columns']): BillFormat {
  if (names.has('amount_value') && names.has('line_item')) return 'openai-costs'
  if (names.has('num_model_requests') && names.has('start_time')) return 'openai-usage'
  if (names.has('model_permaslug')) return 'openrouter'
  return columns.cost === undefined ? 'usage' : 'plain'
}

/** `gpt-4o-2024-08-06, input` is about gpt-4o-2024-08-06. */
function modelOfLineItem(text: string): string {
  const comma = text.lastIndexOf(',')
  return (comma < 0 ? text : text.slice(0, comma)).trim().slice(0, 300)
}

/** A day as it is written; an instant as the day that it falls on. */
function readDay(text: string, dayOf: (ms: number) => string): string | null {
  const day = /^(\d{4}-\d{2}-\d{2})(?: 00:00:00)?$/.exec(text)?.[1]
  if (day) return Number.isNaN(Date.parse(day)) || new Date(day).toISOString().slice(0, 10) !== day ? null : day
  const isEpoch = /^\d{9,10}(\.\d+)?$/.test(text)
  // Without a zone these files mean UTC.
  const iso = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(text) ? `${text.replace(' ', 'T')}Z` : text
  const ms = isEpoch
    ? Number(text) * 1_000
    : /^\d{4}-\d{2}-\d{2}[T ]/.test(iso)
      ? Date.parse(iso.replace(' ', 'T'))
      : Number.NaN
  return Number.isNaN(ms) || ms < 0 || ms > 4_102_444_800_000 ? null : dayOf(ms)
}

/** Null where there is none, NaN where it is no count. */
function toCount(text: string): number | null {
  if (text === '') return null
  const count = /^\d{1,15}(\.0+)?$/.test(text) ? Number(text) : Number.NaN
  return count
}

/** Exact dollars, also `$1,234.5` and `1.2e-05`, rounded half to even; credits are below zero. Undefined: no amount. */
export function toNanoUsd(text: string): bigint | undefined {
  const match = /^(-?)\$?(\d{1,12}|\d{1,3}(?:,\d{3})+)?(?:\.(\d{0,40}))?(?:e([+-]?\d{1,2}))?$/i.exec(
    text.replace(/\s/g, ''),
  )
  if (!match || (match[2] === undefined && !match[3])) return undefined
  const [, sign, whole = '0', fraction = '', exponent = '0'] = match
  const digits = BigInt(whole.replaceAll(',', '') + fraction)
  const shift = 9 - fraction.length + Number(exponent)
  const nano = shift >= 0 ? digits * 10n ** BigInt(shift) : divideHalfEven(digits, 10n ** BigInt(-shift))
  if (nano > 10n ** 21n) return undefined
  return sign === '-' ? -nano : nano
}
