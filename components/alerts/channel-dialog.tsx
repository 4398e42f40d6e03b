'use client'
import { useState } from 'react'
import { Field, FieldGroup } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { FormSummary } from '#components/form/form-summary.tsx'
import { useSaving } from '#components/form/use-saving.ts'
import { callApi } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Input } from '#components/ui/input.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { SecretInput } from '#components/ui/secret-input.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { Textarea } from '#components/ui/textarea.tsx'
import { Checkbox } from '#components/ui/toggles.tsx'
import {
  type ChannelKind,
  type ChannelView,
  type ChannelWithSecret,
  channelKinds,
  type NoticeGroup,
  noticeGroups,
} from '#lib/alerts/schema.ts'
import { alertsApi } from './queries.ts'
import { kindNames, noticeNames } from './words.ts'

const labels = { name: 'Name', recipients: 'To', url: 'Address' }

/** A new channel, or what of one can be changed. */
export function ChannelDialog({
  workspace,
  edited,
  emailFrom,
  onClose,
  onSaved,
}: {
  workspace: string
  edited: ChannelView | undefined
  /** Null where no mail server is set up. */
  emailFrom: string | null
  onClose: () => void
  onSaved: (view: ChannelView | ChannelWithSecret) => void
}) {
  const [kind, setKind] = useState<ChannelKind>(edited?.kind ?? (emailFrom === null ? 'slack' : 'email'))
  const [name, setName] = useState(edited?.name ?? '')
  const [recipients, setRecipients] = useState(edited?.recipients.join('\n') ?? '')
  const [url, setUrl] = useState('')
  const [notices, setNotices] = useState<readonly NoticeGroup[]>(edited?.notices ?? [])
  const [version, setVersion] = useState(edited?.version)
  const to = recipients.split(/[\s,;]+/).filter(Boolean)
  const { errors, message, attempt, working, save } = useSaving({
    ...(name.trim() === '' && { name: 'Give it a name.' }),
    ...(kind === 'email' && to.length === 0 && { recipients: 'Write at least one address.' }),
    ...(kind !== 'email' && !edited && url.trim() === '' && { url: 'Write the address.' }),
  })
  const isMailMissing = kind === 'email' && emailFrom === null
  const toError = errors.recipients ?? Object.entries(errors).find(([field]) => field.startsWith('recipients.'))?.[1]

  const send = () =>
    save(
      async () => {
        const body = {
          ...{ name, notices },
          ...(kind === 'email' ? { recipients: to } : url.trim() !== '' && { url: url.trim() }),
        }
        const base = `${alertsApi(workspace)}/channels`
        onSaved(
          edited
            ? await callApi(`${base}/${edited.id}`, { method: 'PUT', body: { ...body, version } })
            : await callApi(base, { body: { ...body, kind } }),
        )
      },
      (current) => setVersion(current.version),
    )

  return (
    <Dialog
      open
      onOpenChange={() => !working && onClose()}
      title={edited ? `Change ${edited.name}` : 'New channel'}
      {...(!edited && { description: 'Where messages go. They hold names and figures, never prompts or keys.' })}
      keepOnOutsideClick
      footer={
        <>
          <Button variant="quiet" onClick={onClose} disabled={working}>
            Cancel
          </Button>
          <Button variant="main" type="submit" form="alert-channel" loading={working} disabled={isMailMissing}>
            {edited ? 'Save' : 'Add channel'}
          </Button>
        </>
      }
    >
      <Form
        id="alert-channel"
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (!working && !isMailMissing) void send()
        }}
      >
        <FormSummary errors={errors} labels={labels} message={message} attempt={attempt} />
        {!edited && (
          <Field label="Kind" name="kind">
            <Segmented
              fill
              value={kind}
              onChange={setKind}
              options={channelKinds.map((value) => ({ value, label: kindNames[value] }))}
            />
          </Field>
        )}
        {isMailMissing ? (
          <Notice tone="info" title="No mail server is set up">
            The operator sets <span className="figures">PATCHBAY_SMTP_URL</span> and{' '}
            <span className="figures">PATCHBAY_SMTP_FROM</span>, for the whole installation.
          </Notice>
        ) : (
          <>
            <Field label="Name" name="name" error={errors.name} required>
              <Input value={name} onChange={(event) => setName(event.target.value)} maxLength={100} autoFocus />
            </Field>
            {kind === 'email' ? (
              <Field
                label="To"
                name="recipients"
                error={toError}
                help={`One address a line, 20 at most. Sent by ${emailFrom}.`}
                required
              >
                <Textarea
                  mono
                  rows={2}
                  maxLength={6_000}
                  placeholder="on-call@example.org"
                  autoComplete="off"
                  spellCheck={false}
                  value={recipients}
                  onChange={(event) => setRecipients(event.target.value)}
                />
              </Field>
            ) : (
              <Field label="Address" name="url" error={errors.url} help={urlHelp(kind, edited)} required={!edited}>
                <SecretInput
                  maxLength={2_048}
                  placeholder={
                    kind === 'slack' ? 'https://hooks.slack.com/services/…' : 'https://hooks.example.org/alerts'
                  }
                  value={url}
                  onChange={(event) => setUrl(event.target.value)}
                />
              </Field>
            )}
            <FieldGroup title="Also sends the workspace's own notices" detail="Rules choose their channels themselves.">
              <div className="grid gap-2 sm:grid-cols-2">
                {noticeGroups.map((group) => (
                  <Checkbox
                    key={group}
                    label={noticeNames[group]}
                    checked={notices.includes(group)}
                    onChange={(on) => setNotices(on ? [...notices, group] : notices.filter((each) => each !== group))}
                  />
                ))}
              </div>
            </FieldGroup>
          </>
        )}
      </Form>
    </Dialog>
  )
}

function urlHelp(kind: ChannelKind, edited: ChannelView | undefined): string {
  const kept = edited ? `Leave it empty to keep the one at ${edited.host}. ` : ''
  const what = kind === 'slack' ? 'Of an incoming webhook, of Slack or of what takes the same.' : 'https, and public.'
  return `${kept}${what} It is not shown again.`
}
