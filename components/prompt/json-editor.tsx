'use client'
import { type KeyboardEvent, useContext, useId, useMemo } from 'react'
import { Button } from '#components/ui/button.tsx'
import { cn } from '#components/ui/cn.ts'
import { FieldContext } from '#components/ui/field-context.ts'
import { formatJson, readJson } from './json-text.ts'
import { paintJson } from './paint.tsx'
import { PaintedText } from './painted-text.tsx'

const charsMax = 100_000

/**
 * A box for JSON: numbered lines, colours, and where a text is no JSON the line with what is wrong. `check` looks at what
 * parses and says what else is wrong with it. Tab leaves the box; Enter keeps the indent.
 */
export function JsonEditor({
  text,
  onChange,
  check,
  label,
  rows = 6,
  optional = false,
  placeholder,
  className,
}: {
  text: string
  onChange: (text: string) => void
  /** In plain words, at most a few. */
  check?: (value: unknown) => readonly string[]
  /** Needed where no field labels it. */
  label?: string
  rows?: number
  /** Nothing at all is fine too. */
  optional?: boolean
  placeholder?: string
  className?: string
}) {
  const field = useContext(FieldContext)
  const id = useId()
  const read = useMemo(() => readJson(text), [text])
  const isEmpty = optional && text.trim() === ''
  const problem = read.ok || isEmpty ? undefined : read.problem
  const remarks = read.ok && !isEmpty ? (check?.(read.value) ?? []) : []
  const lines = text.split('\n').length
  const isWrong = problem !== undefined || remarks.length > 0

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    if (event.key !== 'Enter' || event.metaKey || event.ctrlKey || event.nativeEvent.isComposing) return
    const box = event.currentTarget
    const before = box.value.slice(0, box.selectionStart)
    const indent = /[^\n]*$/.exec(before)![0].match(/^ */)![0]
    const deeper = /[{[]\s*$/.test(before) ? '  ' : ''
    if (indent + deeper === '') return
    event.preventDefault()
    // As typing would: the browser's undo knows it.
    document.execCommand('insertText', false, `\n${indent}${deeper}`)
  }

  return (
    <div className={cn('grid min-w-0 gap-1', className)}>
      <div
        className={cn(
          'relative min-w-0 overflow-hidden rounded-lg border border-line-field bg-surface-1 focus-within:border-accent focus-within:shadow-[0_0_0_3px_var(--accent-soft)] hover:border-muted',
          isWrong && 'border-bad focus-within:border-bad focus-within:shadow-[0_0_0_3px_var(--bad-soft)]',
        )}
      >
        <PaintedText
          value={text}
          onChange={onChange}
          paint={paintJson}
          wrap={false}
          rows={rows}
          label={field ? undefined : label}
          invalid={isWrong}
          aria-describedby={isWrong ? `${id}-wrong` : field?.describedBy}
          maxLength={charsMax}
          placeholder={placeholder}
          spellCheck={false}
          onKeyDown={onKeyDown}
          className="max-h-80"
          innerClassName="figures px-2.5 py-2 text-[12.5px] leading-[19px]"
          gutter={
            <pre
              aria-hidden="true"
              className="figures sticky left-0 z-10 h-fit min-h-full min-w-9 select-none border-r bg-surface-2 py-2 pr-2 pl-1.5 text-right text-[12.5px] text-faint leading-[19px]"
            >
              {Array.from({ length: Math.max(lines, rows) }, (_, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
                <span key={index} className={cn('block', problem?.line === index + 1 && 'font-semibold text-bad')}>
                  {index < lines ? index + 1 : ' '}
                </span>
              ))}
            </pre>
          }
        />
        {text.trim() !== '' && (
          <Button
            variant="quiet"
            size="sm"
            className="absolute top-1 right-1 h-6 bg-surface-1 text-xs"
            disabled={!read.ok || formatJson(text) === text}
            onClick={() => onChange(formatJson(text))}
          >
            Format
          </Button>
        )}
      </div>
      <div id={`${id}-wrong`} aria-live="polite" className="text-bad text-xs empty:hidden">
        {problem && `Line ${problem.line}, column ${problem.column}: ${problem.message}`}
        {remarks.slice(0, 3).map((remark) => (
          <p key={remark}>{remark}</p>
        ))}
      </div>
    </div>
  )
}
