'use client'
import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { FixButton } from '#components/form/field.tsx'
import { cn } from '#components/ui/cn.ts'
import { CodeBlock } from '#components/ui/code-block.tsx'
import { Count, Duration, Money } from '#components/ui/figures.tsx'
import { Jack } from '#components/ui/jack.tsx'
import type { CheckView, EvidenceView, FieldFix, ModelType, ValidationView } from '#lib/models/schema.ts'
import { checkJacks, checksDone, checkWords, isNotReached } from './words.ts'

const groups = [
  { id: 'connection', title: 'Connection' },
  { id: 'capabilities', title: 'Capabilities' },
] as const

const upcoming: Readonly<Record<ModelType, readonly string[]>> = {
  chat: [
    'Streaming, usage in streams',
    'Function calling',
    'Structured output',
    'Vision',
    'Reasoning',
    'Roles',
    'Parameters',
  ],
  completion: ['Streaming'],
  embedding: ['Vectors'],
  image: ['Picture'],
}

/** The checks, one row each, live. Before the first run: what will be asked. */
export function ValidationPanel({
  validation,
  type,
  onFix,
  className,
}: {
  validation: ValidationView | null
  type: ModelType
  /** Sets a field of the form beside; left out where there is none. */
  onFix?: (fix: FieldFix) => void
  className?: string
}) {
  const done = validation ? checksDone(validation) : 0
  return (
    <div className={className}>
      {groups.map(({ id, title }) => {
        const checks = validation?.checks.filter((check) => check.group === id)
        if (checks?.length === 0) return null
        return (
          <section key={id} aria-label={title} className="not-first:mt-4">
            <h3 className="mb-1 font-medium text-muted text-xs">{title}</h3>
            <ul className="divide-y">
              {checks
                ? checks.map((check) => <CheckRow key={check.key} check={check} onFix={onFix} />)
                : (id === 'connection' ? ['Address', 'Listing', 'Authentication', 'Model'] : upcoming[type]).map(
                    (label) => (
                      <li key={label} className="flex items-center gap-2.5 py-2 text-faint text-sm">
                        <Jack state="idle" className="size-3.5" /> {label}
                      </li>
                    ),
                  )}
            </ul>
          </section>
        )
      })}
      <p className="mt-3 text-faint text-xs" aria-live="off">
        {validation ? (
          <Tally validation={validation} done={done} />
        ) : (
          'Nothing is called before you press Validate or Add Model.'
        )}
      </p>
      <p className="sr-only" role="status">
        {validation ? spoken(validation, done) : ''}
      </p>
    </div>
  )
}

function Tally({ validation, done }: { validation: ValidationView; done: number }) {
  const { limits } = validation
  return (
    <>
      {done} of {validation.checks.length} checks · <Count value={validation.calls} />{' '}
      {validation.calls === 1 ? 'call' : 'calls'}
      {limits.cost && (
        <>
          {' '}
          · <Money amount={validation.cost} /> of at most <Money amount={limits.cost} />
        </>
      )}
    </>
  )
}

/** What a listener hears: each failure, and the end. */
function spoken(validation: ValidationView, done: number): string {
  const failed = validation.checks.filter((check) => check.state === 'failed')
  if (failed.length > 0) return failed.map((check) => `${check.label} failed. ${check.summary}`).join(' ')
  if (validation.status === 'passed') return 'Validation passed.'
  if (validation.status === 'cancelled') return 'Validation cancelled.'
  return done > 0 ? `${done} of ${validation.checks.length} checks done` : 'Validation running'
}

function CheckRow({ check, onFix }: { check: CheckView; onFix: ((fix: FieldFix) => void) | undefined }) {
  const [open, setOpen] = useState(false)
  const quiet = check.state === 'waiting' || check.state === 'skipped'
  const foldable = check.evidence.length > 0
  // Its jack says that it was not run; seven times the same words say no more.
  const notReached = isNotReached(check)
  const line = (
    <>
      <span className="mt-[3px]">
        <Jack state={checkJacks[check.state]} label={checkWords[check.state]} className="size-3.5" />
      </span>
      <span className="min-w-0 flex-1">
        <span className={cn('font-medium', quiet && 'font-normal text-faint')}>{check.label}</span>
        {check.summary && !notReached && <span className="block break-words text-muted">{check.summary}</span>}
      </span>
      {check.ms !== null && <Duration ms={check.ms} className="text-faint text-xs" />}
    </>
  )
  return (
    <li className="text-sm">
      {foldable ? (
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="flex w-full items-start gap-2.5 rounded-md py-2 text-left"
        >
          {line}
          <ChevronRight
            aria-hidden="true"
            className={cn('mt-0.5 size-4 text-faint transition-transform', open && 'rotate-90')}
          />
        </button>
      ) : (
        <div className="flex items-start gap-2.5 py-2">{line}</div>
      )}
      {onFix && check.problem && check.problem.fixes.length > 0 && (
        <p className="-mt-1 mb-2 flex flex-wrap gap-x-3 gap-y-1 pl-6">
          {check.problem.fixes.map((fix) => (
            <FixButton key={fix.label} onClick={() => onFix(fix)}>
              {fix.label}
            </FixButton>
          ))}
        </p>
      )}
      {open && (
        <div className="mb-3 grid gap-3 pl-6">
          {check.evidence.map((evidence) => (
            <Evidence key={`${evidence.name} ${evidence.at}`} evidence={evidence} />
          ))}
        </div>
      )}
    </li>
  )
}

/** One exchange, as it was, without secrets. */
export function Evidence({ evidence }: { evidence: EvidenceView }) {
  return (
    <div className="grid gap-1.5">
      <p className="flex flex-wrap gap-x-2 text-xs">
        <span className="font-medium">{evidence.name}</span>
        <span className="text-faint">
          {evidence.status === null ? 'no answer' : evidence.status} · <Duration ms={evidence.ms} />
          {evidence.inputTokens + evidence.outputTokens > 0 && (
            <>
              {' '}
              · <Count value={evidence.inputTokens} /> → <Count value={evidence.outputTokens} />
            </>
          )}
          {evidence.cost && (
            <>
              {' '}
              · <Money amount={evidence.cost} />
            </>
          )}
        </span>
      </p>
      <CodeBlock code={evidence.request} label="Request" wrap maxHeight={180} />
      <CodeBlock code={evidence.response || '(empty)'} label="Response" wrap maxHeight={220} />
    </div>
  )
}
