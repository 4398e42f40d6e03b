export type Rgb = readonly [red: number, green: number, blue: number]

/** The colours that are drawn, and the words for them that are understood in a prompt. */
export const colours: Readonly<Record<string, Rgb>> = {
  red: [220, 38, 38],
  orange: [249, 115, 22],
  yellow: [250, 204, 21],
  green: [22, 163, 74],
  cyan: [6, 182, 212],
  blue: [37, 99, 235],
  purple: [147, 51, 234],
  pink: [236, 72, 153],
  brown: [120, 63, 20],
  black: [17, 17, 17],
  grey: [128, 128, 128],
  white: [255, 255, 255],
}

/** The word for a colour as most people would say it. */
export function nameColour([red, green, blue]: Rgb): string {
  const high = Math.max(red, green, blue)
  const low = Math.min(red, green, blue)
  const spread = high - low
  if (high < 50) return 'black'
  if (spread < 30 || spread / high < 0.14) return high > 205 ? 'white' : 'grey'
  const sector =
    high === red
      ? ((green - blue) / spread + 6) % 6
      : high === green
        ? (blue - red) / spread + 2
        : (red - green) / spread + 4
  const hue = sector * 60
  if (hue < 45 && hue >= 14) return high < 190 ? 'brown' : 'orange'
  if (hue < 14 || hue >= 345) return low > 140 ? 'pink' : 'red'
  if (hue < 68) return 'yellow'
  if (hue < 165) return 'green'
  if (hue < 200) return 'cyan'
  if (hue < 258) return 'blue'
  if (hue < 292 || (hue < 320 && high < 190)) return 'purple'
  return 'pink'
}
