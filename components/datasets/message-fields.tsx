'use client'
import { Plus, X } from 'lucide-react'
import { useState } from 'react'
import { Field, FieldGroup } from '#components/form/field.tsx'
import { Button } from '#components/ui/button.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Select } from '#components/ui/select.tsx'
import { Textarea } from '#components/ui/textarea.tsx'
import { type DatasetMessage, DatasetMessages, messagesMax } from '#lib/experiments/schema.ts'

const roles = ['system', 'developer', 'user', 'assistant', 'tool'] as const
const roleOptions = roles.map((role) => ({ value: role, label: role }))

export function toMessageText(messages: readonly DatasetMessage[]): string {
  return messages.length === 0 ? '' : JSON.stringify(messages, null, 2)
}

export type ReadMessages = { ok: true; messages: DatasetMessage[] } | { ok: false; message: string }

/** A conversation in OpenAI's shape as JSON; nothing is none. */
export function readMessages(text: string): ReadMessages {
  if (text.trim() === '') return { ok: true, messages: [] }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { ok: false, message: `This is not JSON: ${(error as Error).message}` }
  }
  const parsed = DatasetMessages.safeParse(value)
  if (parsed.success) return { ok: true, messages: parsed.data }
  const issue = parsed.error.issues[0]!
  const where = issue.path.length === 0 ? '' : ` (message ${Number(issue.path[0]) + 1})`
  return { ok: false, message: `This is not a list of messages${where}: ${issue.message}` }
}

/** Text alone: pictures, tool calls and names are edited as JSON. */
function isPlain(message: DatasetMessage): boolean {
  return typeof message.content === 'string' && Object.keys(message).every((key) => key === 'role' || key === 'content')
}

/** A conversation: message by message where each is plain text, as JSON where one is more. */
export function MessageFields({
  value,
  onChange,
  readOnly,
  error,
}: {
  value: string
  onChange: (text: string) => void
  readOnly: boolean
  error: string | undefined
}) {
  const [asJson, setAsJson] = useState(false)
  const read = readMessages(value)
  const messages = read.ok ? read.messages : []
  const plain = read.ok && messages.every(isPlain)
  const put = (next: readonly DatasetMessage[]) => onChange(toMessageText(next))

  if (asJson || !plain) {
    return (
      <Field
        label="Messages"
        name="messages"
        error={error}
        help="A conversation in OpenAI’s shape. It comes after the prompt’s own messages."
        aside={
          plain && (
            <button type="button" className="link min-h-6 rounded-sm" onClick={() => setAsJson(false)}>
              one by one
            </button>
          )
        }
      >
        <Textarea
          mono
          rows={5}
          spellCheck={false}
          readOnly={readOnly}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          placeholder='[{ "role": "user", "content": "Hello" }]'
        />
      </Field>
    )
  }
  return (
    <FieldGroup title="Messages" detail="A conversation; it comes after the prompt’s own messages.">
      {messages.length > 0 && (
        <ol className="grid gap-3" aria-label="Messages">
          {messages.map((message, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a message has no other identity than its place
            <li key={index} className="grid gap-1.5">
              <div className="flex items-center gap-2">
                <span className="w-36">
                  <Select
                    size="sm"
                    label={`Role of message ${index + 1}`}
                    value={message.role}
                    disabled={readOnly}
                    onChange={(role) =>
                      put(
                        messages.map((each, at) =>
                          at === index ? { ...each, role: role as (typeof roles)[number] } : each,
                        ),
                      )
                    }
                    options={roleOptions}
                  />
                </span>
                {!readOnly && (
                  <IconButton
                    size="sm"
                    className="ml-auto"
                    label={`Take message ${index + 1} out`}
                    onClick={() => put(messages.filter((_, at) => at !== index))}
                  >
                    <X />
                  </IconButton>
                )}
              </div>
              <Textarea
                aria-label={`Message ${index + 1}`}
                rows={2}
                readOnly={readOnly}
                value={message.content as string}
                onChange={(event) =>
                  put(messages.map((each, at) => (at === index ? { ...each, content: event.target.value } : each)))
                }
              />
            </li>
          ))}
        </ol>
      )}
      {!readOnly && (
        <div className="flex gap-2">
          <Button
            size="sm"
            disabled={messages.length >= messagesMax}
            onClick={() =>
              put([...messages, { role: messages.at(-1)?.role === 'user' ? 'assistant' : 'user', content: '' }])
            }
          >
            <Plus aria-hidden="true" /> Add a message
          </Button>
          <Button size="sm" variant="quiet" onClick={() => setAsJson(true)}>
            Edit as JSON
          </Button>
        </div>
      )}
      {readOnly && messages.length === 0 && <p className="text-faint text-sm">None.</p>}
    </FieldGroup>
  )
}
