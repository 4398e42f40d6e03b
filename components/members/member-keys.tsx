'use client'
import { RelativeTime } from '#components/ui/time.tsx'
import { Checkbox } from '#components/ui/toggles.tsx'
import type { KeyView } from '#lib/tenancy/schema.ts'

interface MemberKeysProps {
  /** Living keys of the person. */
  keys: readonly KeyView[]
  /** Ids of those that manage and are kept. */
  kept: readonly string[]
  onChange: (kept: string[]) => void
  /** What becomes of the others: "stay, and pass to you". */
  fate: string
}

/** What becomes of somebody's keys: those that manage the workspace are revoked unless ticked. */
export function MemberKeys({ keys, kept, onChange, fate }: MemberKeysProps) {
  const managing = keys.filter((key) => key.scopes.includes('manage'))
  const others = keys.length - managing.length
  return (
    <>
      {managing.length > 0 && (
        <fieldset className="grid gap-2">
          <legend className="pb-2">
            {managing.length === 1 ? 'This key manages' : 'These keys manage'} the workspace and{' '}
            {managing.length === 1 ? 'is' : 'are'} revoked, unless you keep {managing.length === 1 ? 'it' : 'them'}:
          </legend>
          <div className="grid max-h-60 gap-2 overflow-y-auto py-1 pl-1">
            {managing.map((key) => (
              <Checkbox
                key={key.id}
                checked={kept.includes(key.id)}
                onChange={(keep) => onChange(keep ? [...kept, key.id] : kept.filter((id) => id !== key.id))}
                label={`Keep ${key.name}`}
                help={
                  key.lastUsedAt ? (
                    <>
                      last used <RelativeTime at={key.lastUsedAt} />
                    </>
                  ) : (
                    'never used'
                  )
                }
              />
            ))}
          </div>
        </fieldset>
      )}
      {others > 0 && (
        <p>
          {others === 1 ? '1 key that does' : `${others} keys that do`} not manage it {fate}.
        </p>
      )}
    </>
  )
}
