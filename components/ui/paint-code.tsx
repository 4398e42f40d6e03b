import type { ReactNode } from 'react'

// Just enough of shell, JSON, JavaScript and Python to tell what is quoted, what is a remark and what is to be filled in.
const piece =
  /("(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|`(?:[^`\\]|\\[\s\S])*`)|((?<=^|\s)(?:#|\/\/)[^\n]*)|(\$[A-Z_]{2,})|\b(import|from|const|await|async|for|of|in|new|return|export|print|def|if|else|true|false|null|True|False|None|curl)\b/g

const paints = ['text-ok', 'text-faint', 'text-accent', 'text-info']

/** Code as coloured spans. Text beyond 20,000 characters stays plain, so that no answer can slow the page. */
export function paintCode(code: string): ReactNode {
  if (code.length > 20_000) return code
  const parts: ReactNode[] = []
  let from = 0
  for (const match of code.matchAll(piece)) {
    const kind = match.slice(1).findIndex((group) => group !== undefined)
    if (match.index > from) parts.push(code.slice(from, match.index))
    parts.push(
      <span key={match.index} className={paints[kind]}>
        {match[0]}
      </span>,
    )
    from = match.index + match[0].length
  }
  parts.push(code.slice(from))
  return parts
}
