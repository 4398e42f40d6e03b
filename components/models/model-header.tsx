'use client'
import { MoreHorizontal } from 'lucide-react'
import type { ReactNode } from 'react'
import { regionNames, typeNames } from '#components/prompt/model-words.ts'
import { Badge } from '#components/ui/badge.tsx'
import { Button, ButtonLink } from '#components/ui/button.tsx'
import { CopyText } from '#components/ui/copy-button.tsx'
import { Duration, Share } from '#components/ui/figures.tsx'
import { JackText } from '#components/ui/jack.tsx'
import { PageHeader } from '#components/ui/page-header.tsx'
import { RelativeTime } from '#components/ui/time.tsx'
import type { ModelHealth, ModelView } from '#lib/models/schema.ts'
import { shownHealth } from './health.ts'
import { ModelMenu } from './model-menu.tsx'

/** Who this is: state and health, the address to call, where it stands, who added it, and what can be done. */
export function ModelHeader({
  workspace,
  model,
  health,
  canManage,
  canCall,
  onEdit,
  onChanged,
}: {
  workspace: string
  model: ModelView
  /** Undefined while it loads. */
  health: ModelHealth | undefined
  canManage: boolean
  canCall: boolean
  onEdit: (what: 'model' | 'key') => void
  onChanged: () => void
}) {
  const look = shownHealth(model, health)
  return (
    <>
      <PageHeader
        title={model.name}
        aside={
          <>
            <JackText state={look.state}>{look.word}</JackText>
            {model.practice && <Badge tone="outline">practice</Badge>}
          </>
        }
        actions={
          <>
            {canCall && (
              <ButtonLink href={`/${workspace}/playground?model=${encodeURIComponent(model.slug)}`}>
                Try in playground
              </ButtonLink>
            )}
            {canManage && (
              <>
                {model.key && <Button onClick={() => onEdit('key')}>Rotate key</Button>}
                <Button onClick={() => onEdit('model')}>Edit</Button>
                <ModelMenu
                  workspace={workspace}
                  model={model}
                  onChanged={onChanged}
                  trigger={
                    <Button variant="quiet" aria-label="More actions" className="px-2">
                      <MoreHorizontal />
                    </Button>
                  }
                />
              </>
            )}
          </>
        }
      >
        <Dotted className="text-sm">
          <CopyText text={model.slug} what="the address" className="text-ink" />
          <span>{typeNames[model.type]}</span>
          <span className="figures break-all">{model.modelId}</span>
          <span className="figures break-all">{model.host}</span>
          <span>{regionNames[model.region]}</span>
        </Dotted>
        <Dotted className="mt-1 text-faint text-xs">
          <span>
            Added {model.addedBy && `by ${model.addedBy}, `}
            <RelativeTime at={model.createdAt} />
          </span>
          {health && <HealthLine health={health} />}
        </Dotted>
      </PageHeader>
      {model.description && <p className="mb-4 max-w-3xl text-pretty text-muted">{model.description}</p>}
    </>
  )
}

/** Error rate and first byte of the last hour, else of the day. */
function HealthLine({ health }: { health: ModelHealth }) {
  const [window, span] = health.hour1.requests > 0 ? [health.hour1, '1 h'] : [health.hours24, '24 h']
  if (window.requests === 0) return <span>No call in 24 h</span>
  return (
    <>
      <span>
        <Share value={window.errorRate} /> errors in {span}
      </span>
      {window.firstByteP50Ms !== null && (
        <span>
          first byte <Duration ms={window.firstByteP50Ms} />, p95 <Duration ms={window.firstByteP95Ms} />
        </span>
      )}
    </>
  )
}

function Dotted({ className, children }: { className?: string; children: ReactNode }) {
  return (
    <span
      className={`flex flex-wrap items-center gap-x-2 max-sm:gap-x-3 sm:[&>*+*]:before:mr-2 sm:[&>*+*]:before:font-sans sm:[&>*+*]:before:text-line-field sm:[&>*+*]:before:content-['·'] ${className ?? ''}`}
    >
      {children}
    </span>
  )
}
