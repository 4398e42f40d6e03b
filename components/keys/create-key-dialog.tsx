'use client'
import { useRouter } from 'next/navigation'
import { useId, useState } from 'react'
import { Controller } from 'react-hook-form'
import { Field, FieldGroup } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { FormSummary } from '#components/form/form-summary.tsx'
import { useActionForm } from '#components/form/use-action-form.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Input } from '#components/ui/input.tsx'
import { Select } from '#components/ui/select.tsx'
import { Checkbox } from '#components/ui/toggles.tsx'
import type { ActionResult } from '#lib/core/result.ts'
import { type CreatedKey, type CreateKeyInput, type KeyScope, keyScopes } from '#lib/tenancy/schema.ts'
import { NewKey } from './new-key.tsx'
import { scopeWords } from './scope-words.ts'

export interface CreateKeyDialogProps {
  open: boolean
  onOpenChange: (open: boolean) => void
  /** Base URL of the gateway's API. */
  gatewayUrl: string
  models: readonly { id: string; name: string }[]
  create: (input: CreateKeyInput) => Promise<ActionResult<CreatedKey>>
}

const dayMs = 24 * 3_600_000
const lifetimes = [
  { value: 'never', label: 'Never' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In a year' },
]

export function CreateKeyDialog(props: CreateKeyDialogProps) {
  // Mounted afresh each time: a key that was shown is gone for good.
  return props.open ? <OpenDialog {...props} /> : null
}

function OpenDialog({ open, onOpenChange, gatewayUrl, models, create }: CreateKeyDialogProps) {
  const id = useId()
  const router = useRouter()
  const [made, setMade] = useState<CreatedKey>()
  const [lifetime, setLifetime] = useState('never')
  const { form, onSubmit, errors, message, attempt, busy } = useActionForm({
    rules: async () => (await import('#lib/tenancy/schema.ts')).CreateKeyInput,
    defaultValues: { name: '', scopes: ['inference'], modelIds: [] },
    submit: (values) =>
      create({
        ...values,
        expiresAt: lifetime === 'never' ? null : new Date(Date.now() + Number(lifetime) * dayMs).toISOString(),
      }),
    onDone(value) {
      setMade(value)
      router.refresh()
    },
  })
  if (made) {
    return (
      <Dialog
        open={open}
        onOpenChange={onOpenChange}
        title={`API key ${made.key.name}`}
        keepOnOutsideClick
        footer={
          <Button variant="main" onClick={() => onOpenChange(false)}>
            I have copied it
          </Button>
        }
      >
        <NewKey created={made} gatewayUrl={gatewayUrl} />
      </Dialog>
    )
  }
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Create an API key"
      keepOnOutsideClick={form.formState.isDirty}
      footer={
        <>
          <Button variant="quiet" onClick={() => onOpenChange(false)}>
            Cancel
          </Button>
          <Button type="submit" form={id} variant="main" loading={busy}>
            Create key
          </Button>
        </>
      }
    >
      <Form id={id} onSubmit={onSubmit} className="grid gap-5">
        <FormSummary errors={errors} message={message} attempt={attempt} />
        <Field label="Name" name="name" error={errors.name} help="What will use it." required>
          <Input {...form.register('name')} autoComplete="off" placeholder="Billing service" autoFocus />
        </Field>
        <Controller
          control={form.control}
          name="scopes"
          render={({ field }) => (
            <FieldGroup title="It may" detail={errors.scopes}>
              {keyScopes.map((scope) => (
                <Checkbox
                  key={scope}
                  name={`scopes.${scope}`}
                  label={scopeWords[scope].label}
                  help={scopeWords[scope].detail}
                  checked={(field.value as KeyScope[]).includes(scope)}
                  onChange={(on) => field.onChange(toggled(field.value as KeyScope[], scope, on))}
                />
              ))}
            </FieldGroup>
          )}
        />
        {models.length > 0 && (
          <Controller
            control={form.control}
            name="modelIds"
            render={({ field }) => (
              <FieldGroup
                title="Models"
                detail={errors.modelIds ?? 'None ticked: all of the workspace, also later ones.'}
              >
                <div className="grid max-h-48 gap-2 overflow-y-auto">
                  {models.map((model) => (
                    <Checkbox
                      key={model.id}
                      name={`modelIds.${model.id}`}
                      label={model.name}
                      checked={(field.value as string[]).includes(model.id)}
                      onChange={(on) => field.onChange(toggled(field.value as string[], model.id, on))}
                    />
                  ))}
                </div>
              </FieldGroup>
            )}
          />
        )}
        <Field label="Ends" name="expiresAt" error={errors.expiresAt}>
          <Select value={lifetime} onChange={setLifetime} options={lifetimes} />
        </Field>
      </Form>
    </Dialog>
  )
}

function toggled<Item>(items: readonly Item[], item: Item, on: boolean): Item[] {
  return on ? [...items, item] : items.filter((each) => each !== item)
}
