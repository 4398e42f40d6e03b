const fontSize = /^text-(2xs|xs|sm|base|lg|xl|[2-9]xl|\[[\d.]+(px|rem|em)\])$/
const length = '(\\d[\\d.]*|\\[[\\d.]+(px|rem)\\])'

/**
 * Which property a class name sets: the first pattern that fits decides, and `$1` is what it caught. As far as our own
 * names go: a test compares every two of them with tailwind-merge, which knows all there are and weighs far more.
 */
const patterns: readonly (readonly [RegExp, string])[] = [
  [
    /^(?:block|inline|inline-block|flex|inline-flex|grid|inline-grid|contents|hidden|table|table-cell|table-row|list-item|flow-root)$/,
    'display',
  ],
  [/^(?:static|fixed|absolute|relative|sticky)$/, 'position'],
  [/^(?:visible|invisible|collapse)$/, 'visibility'],
  [/^(?:not-)?sr-only$/, 'sr'],
  [/^-?(p|px|py|pt|pr|pb|pl|ps|pe|m|mx|my|mt|mr|mb|ml|ms|me)-/, '$1'],
  [/^(gap|gap-x|gap-y)-(?![xy]-)/, '$1'],
  [/^(w|h|size|min-w|max-w|min-h|max-h)-/, '$1'],
  [/^-?(inset|inset-x|inset-y|top|right|bottom|left|start|end|z)-(?:[\d[(]|auto|full|px)/, '$1'],
  [
    /^(items|content|self|justify|justify-items|justify-self|place-items|place-content|place-self)-(?:center|start|end|between|around|evenly|stretch|baseline|normal|auto)/,
    '$1',
  ],
  [/^flex-(?:row|col)/, 'flex-direction'],
  [/^flex-(?:wrap|nowrap)/, 'flex-wrap'],
  [/^flex-/, 'flex'],
  [/^(grow|shrink|basis)(?:-|$)/, '$1'],
  [/^(col|row)-(?:span-|auto$)/, '$1'],
  [/^(col|row)-(start|end)-/, '$1-$2'],
  [/^grid-(cols|rows|flow)-/, 'grid-$1'],
  [/^auto-(cols|rows)-/, 'auto-$1'],
  [fontSize, 'font-size'],
  [/^text-(?:left|center|right|start|end|justify)$/, 'text-align'],
  [/^text-(?:balance|pretty|wrap|nowrap)$/, 'text-wrap'],
  [/^(?:truncate|text-ellipsis|text-clip)$/, 'text-overflow'],
  [/^text-/, 'text-color'],
  [/^font-(?:sans|mono|serif)$/, 'font-family'],
  [/^font-/, 'font-weight'],
  [/^(?:uppercase|lowercase|capitalize|normal-case)$/, 'text-transform'],
  [/^(?:italic|not-italic)$/, 'font-style'],
  [/^(?:underline|line-through|overline|no-underline)$/, 'text-decoration-line'],
  [
    /^(leading|tracking|whitespace|opacity|cursor|select|animate|appearance|list|align|order|line-clamp|object|aspect|columns|fill|will-change|scroll-mt|duration|delay|ease|origin|underline-offset)-/,
    '$1',
  ],
  [/^-?(translate-[xyz]|translate|rotate|scale|outline-offset)-[\d[(]/, '$1'],
  [/^break-(?:words|all|normal|keep)$/, 'break'],
  [/^wrap-/, 'wrap'],
  [/^(?:tabular|proportional)-nums$/, 'numeric-spacing'],
  [/^bg-/, 'background'],
  [/^border-([trblxy])$/, 'border-$1'],
  [new RegExp(`^border-([trblxy])-${length}$`), 'border-$1'],
  [/^border(?:-\d+)?$/, 'border-width'],
  [/^border-(?:dashed|dotted|solid|double|none)$/, 'border-style'],
  [/^border-(?:separate|collapse)$/, 'border-collapse'],
  [/^border-spacing-/, 'border-spacing'],
  [/^border-([trblxy])-/, 'border-color-$1'],
  [/^border-/, 'border-color'],
  [/^rounded-(t|r|b|l|tl|tr|bl|br)(?:-|$)/, 'rounded-$1'],
  [/^rounded(?:-|$)/, 'rounded'],
  [/^divide-([xy])(?:-|$)/, 'divide-$1'],
  [/^shadow(?:-|$)/, 'shadow'],
  [/^outline-(?:none|hidden)$/, 'outline-style'],
  [/^overflow-(?:([xy])-)?/, 'overflow$1'],
  [/^overscroll-/, 'overscroll'],
  [/^resize(?:-|$)/, 'resize'],
  [/^inset-ring-/, 'inset-ring-color'],
  [/^pointer-events-/, 'pointer-events'],
  [/^transition(?:-|$)/, 'transition'],
  [/^transform(?:-|$)/, 'transform'],
]

const known = new Map<string, string | undefined>()

/** The group of a name without its conditions; undefined where it gives way to nothing. */
export function classGroup(name: string): string | undefined {
  if (!known.has(name)) known.set(name, findGroup(name))
  return known.get(name)
}

function findGroup(name: string): string | undefined {
  for (const [pattern, group] of patterns) {
    const found = pattern.exec(name)
    if (found) return group.replace(/\$(\d)/g, (_, caught: string) => found[Number(caught)] ?? '')
  }
  return undefined
}

/** What a group replaces besides itself. */
export const outdoes: Readonly<Record<string, readonly string[]>> = {
  p: ['px', 'py', 'pt', 'pr', 'pb', 'pl', 'ps', 'pe'],
  px: ['pr', 'pl'],
  py: ['pt', 'pb'],
  m: ['mx', 'my', 'mt', 'mr', 'mb', 'ml', 'ms', 'me'],
  mx: ['mr', 'ml'],
  my: ['mt', 'mb'],
  gap: ['gap-x', 'gap-y'],
  size: ['w', 'h'],
  inset: ['inset-x', 'inset-y', 'top', 'right', 'bottom', 'left', 'start', 'end'],
  'inset-x': ['right', 'left'],
  'inset-y': ['top', 'bottom'],
  flex: ['basis', 'grow', 'shrink'],
  'font-size': ['leading'],
  'border-width': ['border-t', 'border-r', 'border-b', 'border-l', 'border-x', 'border-y'],
  'border-x': ['border-r', 'border-l'],
  'border-y': ['border-t', 'border-b'],
  'border-color': ['border-color-t', 'border-color-r', 'border-color-b', 'border-color-l'],
  rounded: ['t', 'r', 'b', 'l', 'tl', 'tr', 'bl', 'br'].map((part) => `rounded-${part}`),
  'rounded-t': ['rounded-tl', 'rounded-tr'],
  'rounded-r': ['rounded-tr', 'rounded-br'],
  'rounded-b': ['rounded-br', 'rounded-bl'],
  'rounded-l': ['rounded-tl', 'rounded-bl'],
  overflow: ['overflowx', 'overflowy'],
  'line-clamp': ['display', 'overflow'],
}
