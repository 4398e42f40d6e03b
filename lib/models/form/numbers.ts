/** A number field read, or what to say. Null = left empty. */
export type NumberResult = { ok: true; value: number | null } | { ok: false; message: string }

export const numberMessages = {
  maxTokens: 'Max Tokens is a whole number from 1 to 10,000,000.',
  temperature: 'Temperature is a number from 0 to 2.',
  contextTokens: 'The context length is a whole number from 1 to 100,000,000.',
  timeout: (low: number, high: number) =>
    `A time limit is a whole number of milliseconds from ${low.toLocaleString('en')} to ${high.toLocaleString('en')}.`,
} as const

/** `8192`, `8,192`, `8 192`: a whole number in bounds. */
export function readWhole(
  value: string | number | null | undefined,
  low: number,
  high: number,
  message: string,
): NumberResult {
  if (value === null || value === undefined || value === '') return { ok: true, value: null }
  const text = String(value).trim()
  if (text === '') return { ok: true, value: null }
  const plain = /^\d{1,3}([,'’ \u00a0_]\d{3})+$/.test(text) ? text.replace(/\D/g, '') : text
  if (!/^\d{1,15}$/.test(plain)) return { ok: false, message }
  const number = Number(plain)
  return number >= low && number <= high ? { ok: true, value: number } : { ok: false, message }
}

/** 0 to 2, comma or point, at most 4 decimal places kept. */
export function readTemperature(value: string | number | null | undefined): NumberResult {
  if (value === null || value === undefined) return { ok: true, value: null }
  const text = String(value).trim().replace(',', '.')
  if (text === '') return { ok: true, value: null }
  if (!/^(\d{1,3}(\.\d{0,12})?|\.\d{1,12})$/.test(text)) return { ok: false, message: numberMessages.temperature }
  const number = Math.round(Number(text) * 10_000) / 10_000
  return number >= 0 && number <= 2 ? { ok: true, value: number } : { ok: false, message: numberMessages.temperature }
}
