import type { AuditView } from '#lib/tenancy/schema.ts'

const words: Readonly<Record<string, string>> = {
  'model.add': 'Added',
  'model.update': 'Edited',
  'model.enable': 'Enabled',
  'model.disable': 'Disabled',
  'model.delete': 'Deleted',
  'model.pin': 'Pinned a verdict',
  'model.unpin': 'Took a pin out',
  'model.price': 'Set a price',
  'model.recost': 'Re-costed past calls',
  'model.recost_stop': 'Stopped a re-cost',
  'model.profile': 'Changed the wire profile',
  'model.routing': 'Changed the routing',
  'model.rotate_key': 'Rotated the key',
  'model.secrets_lost': 'Lost its key with the master key',
  'model.key_refused': 'Key refused by the server',
  'model.retry_key': 'Tried the key again',
  'model.repoint': 'Pointed a use elsewhere',
  'model.queue_validation': 'Asked for a validation',
  'model.validate': 'Validated',
}

/** An action in words; one without words of its own as it is recorded. */
export function actionWords(action: string): string {
  return words[action] ?? action.replace(/^model\./, '').replaceAll('_', ' ')
}

/** What changed, field by field: `name A → B`. What was not set is left out. */
export function changesOf({ before, after }: Pick<AuditView, 'before' | 'after'>): string[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])]
  return names
    .filter((name) => JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]))
    .map((name) => {
      const [from, to] = [show(before?.[name]), show(after?.[name])]
      return before && after && from !== '' ? `${name} ${from} → ${to || 'nothing'}` : to && `${name} ${to}`
    })
    .filter((line) => line !== '')
}

function show(value: unknown): string {
  if (value === undefined || value === null || value === '') return ''
  if (Array.isArray(value)) return value.map(show).join(' ')
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([name, part]) => `${name}=${show(part)}`)
      .join(' ')
  return String(value)
}
