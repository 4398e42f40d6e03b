'use client'
import { Fragment, type ReactNode } from 'react'
import { paintJson } from '#components/prompt/paint.tsx'

/** An answer as it is meant to be read: JSON laid out, else the little of Markdown that models write. */
export function AnswerText({ text }: { text: string }) {
  const json = layOut(text)
  if (json !== null)
    return (
      <pre className="figures max-h-[480px] overflow-auto rounded-lg bg-surface-2 px-3 py-2.5 text-[12.5px] leading-[19px] whitespace-pre-wrap wrap-anywhere">
        {paintJson(json)}
      </pre>
    )
  return <div className="grid gap-2 wrap-anywhere">{blocksOf(text)}</div>
}

function layOut(text: string): string | null {
  const trimmed = text.trim()
  if (!/^[{[]/.test(trimmed)) return null
  try {
    const parsed: unknown = JSON.parse(trimmed)
    // Vectors: a line for each figure would be a tower.
    if (Array.isArray(parsed) && parsed.flat().length > 16 && parsed.flat().every((each) => typeof each === 'number'))
      return parsed.map((each) => (Array.isArray(each) ? `[${each.join(', ')}]` : each)).join(', ')
    return JSON.stringify(parsed, null, 2)
  } catch {
    return null
  }
}

/** Code blocks, headings, lists and paragraphs; nothing of it is HTML, and links are text. */
function blocksOf(text: string): ReactNode[] {
  return text.split(/^(```[^\n]*\n[\s\S]*?^```[ \t]*$)/m).flatMap((part, at): ReactNode[] => {
    const fenced = /^```[^\n]*\n([\s\S]*?)^```[ \t]*$/m.exec(part)
    if (fenced)
      return [
        <pre
          // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place
          key={at}
          className="figures overflow-auto rounded-lg bg-surface-2 px-3 py-2 text-[12.5px] leading-[19px]"
        >
          {fenced[1]}
        </pre>,
      ]
    return (
      part
        .split(/\n{2,}/)
        .filter((block) => block.trim() !== '')
        // biome-ignore lint/suspicious/noArrayIndexKey: a block is its place
        .map((block, place) => <Block key={`${at} ${place}`} text={block} />)
    )
  })
}

function Block({ text }: { text: string }) {
  const heading = /^#{1,6}\s+(.*)$/.exec(text.trim())
  if (heading) return <p className="font-semibold">{inline(heading[1]!)}</p>
  const lines = text.split('\n')
  const items = lines.map((line) => /^\s*(?:[-*+]|\d+[.)])\s+(.*)$/.exec(line)?.[1])
  if (items.length > 0 && items.every((item) => item !== undefined)) {
    const isNumbered = /^\s*\d/.test(lines[0]!)
    const List = isNumbered ? 'ol' : 'ul'
    return (
      <List className={isNumbered ? 'list-decimal pl-5' : 'list-disc pl-5'}>
        {items.map((item, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an item is its place
          <li key={at}>{inline(item!)}</li>
        ))}
      </List>
    )
  }
  return <p className="whitespace-pre-wrap">{inline(text.replace(/^\n+|\n+$/g, ''))}</p>
}

/** Bold, emphasis and code. */
function inline(text: string): ReactNode {
  return text.split(/(`[^`\n]+`|\*\*[^*\n]+\*\*)/).map((part, at) => {
    const key = `${at} ${part.slice(0, 8)}`
    if (part.startsWith('`') && part.length > 2)
      return (
        <code key={key} className="figures rounded-sm bg-surface-3 px-1 text-[0.92em]">
          {part.slice(1, -1)}
        </code>
      )
    if (part.startsWith('**') && part.length > 4) return <strong key={key}>{part.slice(2, -2)}</strong>
    return <Fragment key={key}>{part}</Fragment>
  })
}
