import type { ReactNode } from 'react'
import { parseTemplate } from '#lib/deployments/schema.ts'

/** A text with its `{{variables}}` marked. */
export function paintVariables(text: string): ReactNode {
  if (!text.includes('{{')) return text
  const parts: ReactNode[] = []
  let from = 0
  for (const match of text.matchAll(/\\?\{\{\s*[A-Za-z_][A-Za-z0-9_.-]{0,63}\s*\}\}/g)) {
    if (parseTemplate(match[0]).every((part) => typeof part === 'string')) continue
    parts.push(
      text.slice(from, match.index),
      <mark key={match.index} className="rounded-sm bg-accent-soft text-accent">
        {match[0]}
      </mark>,
    )
    from = match.index + match[0].length
  }
  parts.push(text.slice(from))
  return parts
}

const jsonPiece = /("(?:[^"\\\n]|\\.)*"?)(\s*:)?|\b(true|false|null)\b|-?\d[\d.eE+-]*/g

/** JSON in colours: names plain, texts green, words and figures blue. Half-typed JSON too. */
export function paintJson(text: string): ReactNode {
  const parts: ReactNode[] = []
  let from = 0
  for (const match of text.matchAll(jsonPiece)) {
    const [whole, quoted = '', colon] = match
    if (quoted !== '' && colon !== undefined) continue
    if (match.index > from) parts.push(text.slice(from, match.index))
    parts.push(
      <span key={match.index} className={quoted === '' ? 'text-info' : 'text-ok'}>
        {whole}
      </span>,
    )
    from = match.index + whole.length
  }
  parts.push(text.slice(from))
  return parts
}
