'use client'
import { useEffect, useMemo, useState } from 'react'
import {
  type DefaultValues,
  type FieldValues,
  type Path,
  type Resolver,
  type UseFormReturn,
  useForm,
} from 'react-hook-form'
import type { z } from 'zod'
import { onDemand } from '#components/ui/on-demand.ts'
import type { FieldErrors } from '#lib/core/errors.ts'
import type { ActionResult, ShownError } from '#lib/core/result.ts'

export interface ActionForm<Values extends FieldValues> {
  form: UseFormReturn<Values>
  onSubmit: (event: React.FormEvent) => void
  /** Messages by field: of the browser's check, else of the server's. */
  errors: FieldErrors
  /** What went wrong beside the fields. */
  message: string | undefined
  failure: ShownError | undefined
  /** Counts failed submissions, for `FormSummary`. */
  attempt: number
  busy: boolean
}

/**
 * A form that is checked by `rules` in the browser and again by the action it is sent to; the server's messages land
 * at their fields. The rules are fetched with the first change: most visits to a form send nothing. `onDone` may return
 * a promise: the form stays busy until it ends.
 */
export function useActionForm<Schema extends z.ZodObject, Value>({
  rules,
  defaultValues,
  submit,
  onDone,
}: {
  rules: () => Promise<Schema>
  defaultValues: DefaultValues<z.input<Schema> & FieldValues>
  submit: (values: z.input<Schema>) => Promise<ActionResult<Value>>
  onDone: (value: Value, values: z.input<Schema>) => unknown
}): ActionForm<z.input<Schema> & FieldValues> {
  type Values = z.input<Schema> & FieldValues
  // biome-ignore lint/correctness/useExhaustiveDependencies: a form keeps the rules it began with
  const checks = useMemo(() => lateChecks<Values>(rules), [])
  const form = useForm<Values>({
    resolver: checks.check,
    defaultValues: defaultValues as DefaultValues<Values>,
    // A message that appears on leaving a field moves the button away from under the press.
    mode: 'onSubmit',
    shouldFocusError: false,
  })
  const { isDirty } = form.formState
  useEffect(() => {
    if (isDirty) checks.warm()
  }, [isDirty, checks])

  const [failure, setFailure] = useState<ShownError>()
  const [attempt, setAttempt] = useState(0)

  async function send(values: Values) {
    setFailure(undefined)
    let result: ActionResult<Value>
    try {
      result = await submit(values)
    } catch {
      // The network, or a server that went away in the middle.
      result = { ok: false, error: unreachable }
    }
    if (result.ok) {
      await onDone(result.value, values)
      return
    }
    setFailure(result.error)
    for (const [name, message] of Object.entries(result.error.fields ?? {})) {
      form.setError(name as Path<Values>, { type: 'server', message })
    }
    setAttempt((count) => count + 1)
  }

  const errors: FieldErrors = {}
  for (const [name, error] of Object.entries(form.formState.errors)) {
    if (typeof error?.message === 'string') errors[name] = error.message
  }
  const hasFields = Object.keys(errors).length > 0
  return {
    form,
    onSubmit: form.handleSubmit(send, () => setAttempt((count) => count + 1)),
    errors,
    message: failure && !(failure.fields && hasFields) ? failure.message : undefined,
    failure,
    attempt,
    busy: form.formState.isSubmitting,
  }
}

/**
 * The action parses again and takes what was typed: the browser's check only says what is wrong. Where its rules cannot
 * be fetched, the action alone decides.
 */
function lateChecks<Values extends FieldValues>(rules: () => Promise<z.ZodObject>) {
  const resolver = onDemand(async () => {
    const [{ zodResolver }, schema] = await Promise.all([import('@hookform/resolvers/zod'), rules()])
    return zodResolver(schema as unknown as z.ZodType<Values, Values>, undefined, { raw: true })
  })
  const check: Resolver<Values> = async (values, context, options) => {
    const found = await resolver.load().catch(() => undefined)
    return found ? found(values, context, options) : { values, errors: {} }
  }
  return { check, warm: resolver.warm }
}

const unreachable: ShownError = {
  kind: 'internal',
  code: 'unreachable',
  message: 'Patchbay cannot be reached. Nothing was lost; try again.',
  requestId: '',
}
