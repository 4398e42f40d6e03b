'use client'
import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { useState } from 'react'
import { Field } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { typeShort } from '#components/prompt/model-words.ts'
import { ApiError, callApi } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { Combobox } from '#components/ui/combobox.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Share } from '#components/ui/figures.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Input } from '#components/ui/input.tsx'
import { Notice } from '#components/ui/notice.tsx'
import { aliasProblem, type GroupView, type ModelView } from '#lib/models/schema.ts'

interface Member {
  modelId: string
  weight: string
}

const weightOf = (text: string): number | null => {
  const weight = Number(text.trim())
  return Number.isInteger(weight) && weight >= 1 && weight <= 1_000 ? weight : null
}

/** A new group, or the members and weights of one. */
export function GroupDialog({
  workspace,
  group,
  onClose,
  onSaved,
}: {
  workspace: string
  group: GroupView | undefined
  onClose: () => void
  onSaved: () => void
}) {
  const [address, setAddress] = useState(group?.address ?? '')
  const [members, setMembers] = useState<readonly Member[]>(
    group?.members.map(({ modelId, weight }) => ({ modelId, weight: String(weight) })) ?? [],
  )
  const [version, setVersion] = useState(group?.version)
  const [tried, setTried] = useState(false)
  const [working, setWorking] = useState(false)
  const [failure, setFailure] = useState<ApiError>()
  const [theirs, setTheirs] = useState<GroupView>()
  const base = `/api/workspaces/${encodeURIComponent(workspace)}`
  const models = useQuery({
    queryKey: ['models', workspace, 'for-groups'],
    queryFn: ({ signal }) => callApi<{ items: ModelView[] }>(`${base}/models?limit=200&sort=name`, { signal }),
  })
  const all = models.data?.items ?? []
  const known = new Map(all.map((model) => [model.id, model]))
  const free = all.filter((model) => !members.some((member) => member.modelId === model.id))
  const nameOf = (id: string) =>
    known.get(id)?.name ?? group?.members.find((member) => member.modelId === id)?.name ?? id

  const addressWrong = aliasProblem(address)
  const isWrong =
    addressWrong !== null || members.length === 0 || members.some((each) => weightOf(each.weight) === null)
  const sum = (type: string | undefined) =>
    members
      .filter((each) => known.get(each.modelId)?.type === type && known.get(each.modelId)?.state === 'active')
      .reduce((total, each) => total + (weightOf(each.weight) ?? 0), 0)

  async function save() {
    setTried(true)
    if (isWrong) return
    setWorking(true)
    setFailure(undefined)
    const body = { members: members.map(({ modelId, weight }) => ({ model: modelId, weight: weightOf(weight) })) }
    try {
      if (group)
        await callApi<GroupView>(`${base}/groups/${encodeURIComponent(group.address)}`, {
          method: 'PUT',
          body: { ...body, version },
        })
      else await callApi<GroupView>(`${base}/groups`, { body: { ...body, address } })
      onSaved()
    } catch (error) {
      const refused = error instanceof ApiError ? error : new ApiError(0, {})
      setFailure(refused)
      const current = refused.code === 'stale_version' ? (refused.body.current as GroupView | undefined) : undefined
      // What somebody else saved meanwhile is shown, and replaced only by pressing once more.
      if (current) {
        setVersion(current.version)
        setTheirs(current)
      }
    } finally {
      setWorking(false)
    }
  }

  const change = (index: number, next: Partial<Member>) =>
    setMembers(members.map((each, at) => (at === index ? { ...each, ...next } : each)))

  return (
    <Dialog
      open
      onOpenChange={() => !working && onClose()}
      title={group ? `Group ${group.address}` : 'New group'}
      description="Each call goes to one enabled model that fits its Type, as often as its weight says; the others stand in for one that fails."
      keepOnOutsideClick
      footer={
        <>
          <Button variant="quiet" onClick={onClose} disabled={working}>
            Cancel
          </Button>
          <Button variant="main" type="submit" form="group" loading={working}>
            {group ? 'Save' : 'Make group'}
          </Button>
        </>
      }
    >
      <Form
        id="group"
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (!working) void save()
        }}
      >
        {failure && !failure.fields.address && (
          <Notice tone="bad">
            {failure.message}
            {theirs && (
              <p className="mt-1 text-muted">
                It holds {theirs.members.map(({ name, weight }) => `${name} (${weight})`).join(', ')} now. Save once
                more to replace that with what stands below.
              </p>
            )}
          </Notice>
        )}
        {!group && (
          <Field
            label="Address"
            name="address"
            required
            error={failure?.fields.address ?? (tried ? addressWrong : undefined)}
            help={
              <>
                What callers put in <span className="figures">model</span>: any text up to 256 characters that no model
                has.
              </>
            }
          >
            <Input
              mono
              autoComplete="off"
              spellCheck={false}
              placeholder="gpt-4o"
              value={address}
              onChange={(event) => setAddress(event.target.value)}
            />
          </Field>
        )}
        {members.length > 0 && (
          <ul className="divide-y rounded-xl border" aria-label="Models of the group">
            {members.map((member, index) => {
              const model = known.get(member.modelId)
              const weight = weightOf(member.weight)
              const total = sum(model?.type)
              return (
                <li key={member.modelId} className="flex flex-wrap items-center gap-x-3 gap-y-2 px-3 py-2 text-sm">
                  <span className="min-w-0 flex-1 basis-40">
                    <span className="block break-words font-medium">{nameOf(member.modelId)}</span>
                    <span className="text-faint text-xs">
                      {model && typeShort[model.type]}
                      {model?.state === 'disabled' && ' · disabled, gets no calls'}
                    </span>
                  </span>
                  <span className="w-20">
                    <Input
                      inputMode="numeric"
                      aria-label={`Weight of ${nameOf(member.modelId)}`}
                      aria-invalid={(tried && weight === null) || undefined}
                      value={member.weight}
                      onChange={(event) => change(index, { weight: event.target.value })}
                    />
                  </span>
                  <span className="figures w-14 text-right text-muted" aria-live="polite">
                    {model?.state === 'active' && weight !== null && total > 0 ? <Share value={weight / total} /> : '–'}
                  </span>
                  <IconButton
                    size="sm"
                    label={`Take ${nameOf(member.modelId)} out`}
                    onClick={() => setMembers(members.filter((_, at) => at !== index))}
                  >
                    <X />
                  </IconButton>
                </li>
              )
            })}
          </ul>
        )}
        {tried && members.some((each) => weightOf(each.weight) === null) && (
          <p className="text-bad text-xs">A weight is a whole number from 1 to 1,000.</p>
        )}
        <Field
          label="Add a model"
          name="members"
          error={tried && members.length === 0 ? 'A group has at least one model.' : undefined}
        >
          <Combobox
            // Afresh after each choice.
            key={members.length}
            freeText={false}
            value=""
            loading={models.isPending}
            placeholder="Name or address"
            emptyText="No such model, or it is in the group already."
            suggestions={free.map((model) => ({
              value: model.id,
              label: model.name,
              hint: `${model.slug} · ${typeShort[model.type]}`,
            }))}
            onChange={(modelId) => {
              if (known.has(modelId)) setMembers([...members, { modelId, weight: '1' }])
            }}
          />
        </Field>
      </Form>
    </Dialog>
  )
}
