'use client'
import { useQuery } from '@tanstack/react-query'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { useCallback, useEffect, useRef } from 'react'
import { ApiError } from '#components/ui/api.ts'
import { cn } from '#components/ui/cn.ts'
import { Dialog } from '#components/ui/dialog.tsx'
import { EmptyState } from '#components/ui/empty-state.tsx'
import { ErrorState } from '#components/ui/error-state.tsx'
import { Count, Money } from '#components/ui/figures.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Jack } from '#components/ui/jack.tsx'
import { Skeleton } from '#components/ui/skeleton.tsx'
import { ExactTime } from '#components/ui/time.tsx'
import { type CapabilityKey, capabilityKeys, type ModelView, type ValidationView } from '#lib/models/schema.ts'
import { type Exchange, exchangesOf, findExchange } from './evidence.ts'
import { ExchangeView, StatusBadge } from './evidence-exchange.tsx'
import { validationQuery } from './model-queries.ts'
import { PinPanel } from './pin-panel.tsx'
import type { Proof } from './proof.ts'
import { checkJacks, checkWords } from './words.ts'

const isCapability = (what: string): what is CapabilityKey => (capabilityKeys as readonly string[]).includes(what)

/** The exchanges of a validation, one at a time: next and previous by ←, → or j, k. */
export function EvidenceViewer({
  workspace,
  model,
  proof,
  canPin,
  onMove,
  onClose,
  onPinned,
}: {
  workspace: string
  model: ModelView
  proof: Proof
  canPin: boolean
  onMove: (what: string) => void
  onClose: () => void
  onPinned: (model: ModelView) => void
}) {
  const query = useQuery(validationQuery(workspace, proof.validationId))
  const validation = query.data
  const exchanges = validation ? exchangesOf(validation) : []
  const index = findExchange(exchanges, proof.what)
  const current = exchanges[index]
  const about = current?.evidence.about
  const capability = isCapability(proof.what) ? proof.what : about?.length === 1 ? about[0] : undefined
  const isOwn = validation?.id === model.validationId

  const move = useCallback(
    (step: number) => {
      const next = exchanges[index + step]
      if (next) onMove(next.id)
    },
    [exchanges, index, onMove],
  )
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return
      if (event.target instanceof Element && event.target.closest('input, textarea, select, [role=radiogroup]')) return
      const step = { ArrowRight: 1, j: 1, ArrowLeft: -1, k: -1 }[event.key]
      if (step === undefined) return
      event.preventDefault()
      move(step)
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [move])

  return (
    <Dialog
      open
      onOpenChange={onClose}
      size="wide"
      padded={false}
      title="Proof"
      description={validation ? <About validation={validation} /> : 'What was sent to the server, and what came back'}
      headerActions={
        exchanges.length > 0 && (
          <span className="flex items-center">
            <span className="figures mr-1 text-faint text-xs" aria-live="polite">
              {index + 1} of {exchanges.length}
            </span>
            <IconButton label="Previous (←)" size="sm" disabled={index <= 0} onClick={() => move(-1)}>
              <ChevronLeft />
            </IconButton>
            <IconButton label="Next (→)" size="sm" disabled={index >= exchanges.length - 1} onClick={() => move(1)}>
              <ChevronRight />
            </IconButton>
          </span>
        )
      }
    >
      {query.error && !validation ? (
        <ErrorState
          title="The proof could not be loaded"
          requestId={query.error instanceof ApiError ? query.error.requestId : undefined}
          onRetry={() => void query.refetch()}
          retrying={query.isFetching}
        >
          {query.error.message}
        </ErrorState>
      ) : (
        <div className="grid md:h-[min(720px,calc(100dvh-9rem))] md:grid-cols-[248px_minmax(0,1fr)]">
          <nav
            aria-label="Exchanges"
            className="hidden overflow-y-auto overscroll-contain border-r bg-surface-0 px-2 py-2 md:block"
          >
            {validation ? (
              <ExchangeList validation={validation} exchanges={exchanges} index={index} onMove={onMove} />
            ) : (
              <div className="grid gap-2 p-2">
                {['a', 'b', 'c', 'd', 'e', 'f'].map((key) => (
                  <Skeleton key={key} className="h-5" />
                ))}
              </div>
            )}
          </nav>
          <div className="min-w-0 md:overflow-y-auto">
            {current && validation ? (
              <ExchangeView key={current.id} exchange={current} validation={validation} />
            ) : validation ? (
              <EmptyState title="Nothing was sent">This validation ended before anything was asked.</EmptyState>
            ) : (
              <div className="grid gap-3 px-5 py-4">
                <Skeleton className="h-5 w-56" />
                <Skeleton className="h-4 w-full max-w-prose" />
                <Skeleton className="h-40 w-full rounded-lg" />
                <Skeleton className="h-40 w-full rounded-lg" />
              </div>
            )}
            {canPin && capability && isOwn && (
              <PinPanel
                key={capability}
                workspace={workspace}
                model={model}
                capability={capability}
                onChanged={onPinned}
              />
            )}
          </div>
        </div>
      )}
    </Dialog>
  )
}

function About({ validation }: { validation: ValidationView }) {
  return (
    <>
      Validation of <ExactTime at={validation.startedAt} />, <Count value={validation.calls} />{' '}
      {validation.calls === 1 ? 'call' : 'calls'}, <Money amount={validation.limits.cost ? validation.cost : null} />
    </>
  )
}

function ExchangeList({
  validation,
  exchanges,
  index,
  onMove,
}: {
  validation: ValidationView
  exchanges: readonly Exchange[]
  index: number
  onMove: (what: string) => void
}) {
  const active = useRef<HTMLButtonElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is chosen is what must be seen
  useEffect(() => {
    active.current?.scrollIntoView({ block: 'nearest' })
  }, [index])
  return validation.checks
    .filter((check) => check.evidence.length > 0)
    .map((check) => (
      <section key={check.key} aria-label={check.label} className="not-first:mt-2">
        <h3 className="flex items-center gap-1.5 px-2 py-1 font-medium text-muted text-xs">
          <Jack state={checkJacks[check.state]} label={checkWords[check.state]} className="size-3" />
          {check.label}
        </h3>
        <ul>
          {exchanges.map((exchange, at) =>
            exchange.check === check ? (
              <li key={exchange.id}>
                <button
                  type="button"
                  ref={at === index ? active : undefined}
                  aria-current={at === index ? 'true' : undefined}
                  onClick={() => onMove(exchange.id)}
                  className={cn(
                    'flex min-h-7 w-full items-center gap-2 rounded-md px-2 py-1 text-left text-sm transition-colors hover:bg-surface-2',
                    at === index && 'bg-surface-3 font-medium hover:bg-surface-3',
                  )}
                >
                  <span className="min-w-0 flex-1 break-words">{exchange.evidence.name}</span>
                  <StatusBadge status={exchange.evidence.status} />
                </button>
              </li>
            ) : null,
          )}
        </ul>
      </section>
    ))
}
