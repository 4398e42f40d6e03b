import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const css = readFileSync(new URL('../../app/globals.css', import.meta.url), 'utf8')
const color = String.raw`oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)`
const tokens = new Map(
  [...css.matchAll(new RegExp(String.raw`--([\w-]+): light-dark\(${color}, ${color}\)`, 'g'))].map((match) => {
    const [light, dark] = [match.slice(2, 5), match.slice(5, 8)].map((parts) => luminance(parts.map(Number)))
    return [match[1] ?? '', { light: light ?? 0, dark: dark ?? 0 }] as const
  }),
)

/** Relative luminance (WCAG 2.2) of OKLCH, clipped to sRGB as a screen does. Matrices: Ottosson, "A perceptual color space". */
function luminance([l = 0, chroma = 0, hue = 0]: number[]): number {
  const a = chroma * Math.cos((hue * Math.PI) / 180)
  const b = chroma * Math.sin((hue * Math.PI) / 180)
  const long = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const medium = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const short = (l - 0.0894841775 * a - 1.291485548 * b) ** 3
  const clip = (value: number) => Math.min(1, Math.max(0, value))
  const red = clip(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short)
  const green = clip(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short)
  const blue = clip(-0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short)
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(front: string, back: string, theme: 'light' | 'dark'): number {
  const pair = [front, back].map((name) => {
    const token = tokens.get(name)
    if (!token) throw new Error(`--${name} is not a token of both themes`)
    return token[theme] + 0.05
  })
  return Math.max(...pair) / Math.min(...pair)
}

const surfaces = ['surface-0', 'surface-1', 'surface-2', 'surface-3']
const series = Array.from({ length: 8 }, (_, index) => `chart-${index + 1}`)

describe.each(['light', 'dark'] as const)('in the %s theme', (theme) => {
  test.each(['text', 'text-muted', 'text-faint'])('%s is readable on every surface (4.5:1)', (front) => {
    for (const back of surfaces) expect(contrast(front, back, theme), `on ${back}`).toBeGreaterThanOrEqual(4.5)
  })

  test.each(['ok', 'warn', 'bad', 'info', 'accent'])(
    '%s is readable on a card, on the page and on its own soft ground',
    (front) => {
      for (const back of ['surface-0', 'surface-1', `${front}-soft`]) {
        expect(contrast(front, back, theme), `on ${back}`).toBeGreaterThanOrEqual(4.5)
      }
    },
  )

  test.each([
    ['accent-ink', 'accent'],
    ['accent-ink', 'accent-hover'],
    ['bad-ink', 'bad'],
    ['bad-ink', 'bad-hover'],
  ])('%s is readable on %s', (front, back) => {
    expect(contrast(front, back, theme)).toBeGreaterThanOrEqual(4.5)
  })

  test('the edge of a field and the focus ring stand out from every surface they lie on (3:1)', () => {
    for (const back of ['surface-0', 'surface-1']) {
      expect(contrast('line-field', back, theme)).toBeGreaterThanOrEqual(3)
      expect(contrast('accent', back, theme)).toBeGreaterThanOrEqual(3)
    }
  })

  test.each([...series, 'chart-rest'])('%s stands out from a card (3:1)', (front) => {
    expect(contrast(front, 'surface-1', theme)).toBeGreaterThanOrEqual(3)
  })

  test('no two series are equally light', () => {
    const steps = series.map((name) => tokens.get(name)?.[theme] ?? 0).sort((a, b) => a - b)
    for (const [index, step] of steps.slice(1).entries())
      expect((step + 0.05) / ((steps[index] ?? 0) + 0.05)).toBeGreaterThan(1.05)
  })
})
