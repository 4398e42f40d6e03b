'use client'
import { Segmented } from '#components/ui/segmented.tsx'

/** A thread as its calls, or as what was said. */
export function ThreadView({
  isConversation,
  onChange,
}: {
  isConversation: boolean
  onChange: (view: 'conversation' | null) => void
}) {
  return (
    <Segmented
      label="How the thread is shown"
      value={isConversation ? 'conversation' : 'calls'}
      onChange={(view) => onChange(view === 'conversation' ? view : null)}
      options={[
        { value: 'calls', label: 'Calls' },
        { value: 'conversation', label: 'Conversation' },
      ]}
    />
  )
}
