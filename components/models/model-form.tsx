'use client'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ChevronRight } from 'lucide-react'
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import { FormProvider, useForm, useWatch } from 'react-hook-form'
import { FixButton } from '#components/form/field.tsx'
import { Form } from '#components/form/form.tsx'
import { FormSummary, focusField } from '#components/form/form-summary.tsx'
import { useDraft } from '#components/form/use-draft.ts'
import { ApiError } from '#components/ui/api.ts'
import { Button } from '#components/ui/button.tsx'
import { cn } from '#components/ui/cn.ts'
import { JackText } from '#components/ui/jack.tsx'
import { Kbd } from '#components/ui/kbd.tsx'
import { useKeyNames } from '#components/ui/keys.ts'
import { Notice } from '#components/ui/notice.tsx'
import type {
  CheckProblem,
  FieldFix,
  ModelDraftView,
  ModelType,
  ModelView,
  RawModelInput,
  ValidationView,
} from '#lib/models/schema.ts'
import { allowEndpoint, listOffered } from './api.ts'
import { ConnectionFields, type FieldWords, useOffered } from './fields-connection.tsx'
import { AdvancedFields, GeneralFields } from './fields-general.tsx'
import { MoreFields } from './fields-more.tsx'
import {
  changedFields,
  fieldLabels,
  isMoreField,
  type ModelFormValues,
  readForm,
  secretPaths,
  toRaw,
  valuesOf,
} from './form-values.ts'
import { useNamesakes } from './use-namesakes.ts'
import { useValidation } from './use-validation.ts'
import { ValidationPanel } from './validation-panel.tsx'

export interface ModelFormProps {
  workspace: string
  initial: ModelFormValues
  /** Kept in this tab under this name until saved; left out for a form that starts from a stored model. */
  draftKey?: string
  practice: readonly ModelDraftView[]
  /** Of the key that an empty field keeps; the stored Base URL it belongs to. */
  stored?: { model: ModelView; keyLastFour: string | null }
  submitLabel: string
  /** Saves what was validated. Throws `ApiError`. */
  onSave: (raw: RawModelInput, validation: ValidationView | null) => Promise<void>
  /** Whether what is typed has to be proven before it is saved. */
  needsValidation: (values: ModelFormValues) => boolean
  onDirtyChange?: (dirty: boolean) => void
  onCancel: () => void
}

/** So long the dialog waits for a card before it saves what may be saved. */
const patienceMs = 90_000

/** The form with its live validation beside it. Used to add and to edit; nothing typed is lost by a refusal. */
export function ModelForm({
  workspace,
  initial,
  draftKey,
  practice,
  stored,
  submitLabel,
  onSave,
  needsValidation,
  onDirtyChange,
  onCancel,
}: ModelFormProps) {
  const keyNames = useKeyNames()
  const form = useForm<ModelFormValues>({ defaultValues: initial })
  const { discard } = useDraft(form, { key: draftKey ?? '', secretPaths, enabled: draftKey !== undefined })
  const values = useWatch({ control: form.control }) as ModelFormValues
  /** What a change is measured against: the stored model, or the form as it began. */
  const base = useMemo(() => (stored ? valuesOf(stored.model) : initial), [stored, initial])
  const namesakes = useNamesakes(workspace, values.name, stored?.model.id)
  const baseUrlMoved = stored !== undefined && values.baseUrl.trim() !== stored.model.baseUrl
  const reading = useMemo(
    () =>
      readForm(values, {
        keepsKey: stored?.keyLastFour != null && !baseUrlMoved,
        ...(stored && !baseUrlMoved && { before: base }),
      }),
    [values, stored, baseUrlMoved, base],
  )
  const { validation, running, failure, start, cancel, clear } = useValidation(workspace)
  const [attempt, setAttempt] = useState(0)
  const [saving, setSaving] = useState(false)
  const [saveError, setSaveError] = useState<ApiError>()
  const [moreOpen, setMoreOpen] = useState(false)
  /** What was sent last: a problem stays until its field changes. */
  const [sent, setSent] = useState<ModelFormValues>()
  const savingNow = useRef(false)
  const moreRef = useRef<HTMLDivElement>(null)
  const dirty = form.formState.isDirty
  useEffect(() => onDirtyChange?.(dirty), [dirty, onDirtyChange])

  const problems = useMemo(() => problemsOf(validation, 'failed'), [validation])
  /** What passed and is worth a change: the Base URL that was found in place of the typed one. */
  const offers = useMemo(() => problemsOf(validation, 'warned'), [validation])
  const latest = useRef(validation)
  useEffect(() => {
    latest.current = validation
  }, [validation])
  const stillStands = (field: string) => sent !== undefined && sameField(sent, values, field)
  const refusals: Record<string, string> = { ...failure?.fields, ...saveError?.fields }

  function applyFix(fix: FieldFix) {
    form.setValue(fix.field as keyof ModelFormValues, fix.value, { shouldDirty: true, shouldTouch: true })
    if (isMoreField(fix.field)) setMoreOpen(true)
    // The button goes with what it mended; whoever pressed it goes on at the field.
    const field = fix.field === 'noKey' && fix.value === false ? 'apiKey' : fix.field
    requestAnimationFrame(() => focusField(moreRef.current, field))
  }

  const allow = useMutation({
    mutationFn: (entry: string) => allowEndpoint(workspace, entry),
    onSuccess: () => submit('validate'),
    onError: (error) => setSaveError(error instanceof ApiError ? error : new ApiError(0, {})),
  })

  function problemWords(problem: CheckProblem): ReactNode {
    const { allow: entry } = problem
    return (
      <>
        {withFixes(problem, applyFix)}
        {entry && (
          <span className="mt-1.5 block">
            <Button size="sm" loading={allow.isPending} onClick={() => allow.mutate(entry)}>
              Allow {entry} and check again
            </Button>
          </span>
        )}
      </>
    )
  }

  function fixesOf(field: string): ReactNode {
    return reading.fixes
      .filter((fix) => fix.field === field)
      .map((fix) => (
        <span key={fix.label}>
          {' '}
          <FixButton onClick={() => applyFix(fix)}>{fix.label}</FixButton>
        </span>
      ))
  }

  const touched = form.formState.touchedFields as Record<string, unknown>
  const words: FieldWords = {
    error(field) {
      const own = reading.errors[field]
      // A field not yet come to is not told off; one being filled for the first time neither.
      if (own && (attempt > 0 || isTouched(touched, field))) {
        return (
          <>
            {own}
            {fixesOf(field)}
          </>
        )
      }
      if (!stillStands(field)) return undefined
      const problem = problems.get(field)
      return problem ? problemWords(problem) : refusals[field]
    },
    note: (field) => reading.notes[field]?.join(' · '),
    warning(field) {
      const warning = reading.warnings[field]
      if (warning) {
        return (
          <>
            {warning}
            {fixesOf(field)}
          </>
        )
      }
      if (reading.fixes.some((fix) => fix.field === field)) return fixesOf(field)
      const offer = stillStands(field) ? offers.get(field) : undefined
      return offer && withFixes(offer, applyFix)
    },
  }

  async function submit(intent: 'validate' | 'save') {
    setSaveError(undefined)
    if (Object.keys(reading.errors).length > 0) {
      if (Object.keys(reading.errors).some(isMoreField)) setMoreOpen(true)
      setAttempt((count) => count + 1)
      return
    }
    const current = form.getValues()
    const raw = toRaw(current)
    setSent(current)
    const proven =
      validation?.status === 'passed' && sent !== undefined && JSON.stringify(sent) === JSON.stringify(current)
    if (intent === 'save' && (proven || !needsValidation(current))) return save(raw, proven ? validation : null)
    // A server that is slow or limits its callers keeps nobody waiting: the worker finishes the card.
    const patience = setTimeout(() => {
      if (intent === 'save' && latest.current?.savable && !savingNow.current) void save(raw, latest.current)
    }, patienceMs)
    const finished = await start(
      stored ? { modelId: stored.model.id, patch: changedFields(base, current) } : { draft: raw },
    )
    clearTimeout(patience)
    if (!finished || savingNow.current) return
    if (finished.status === 'passed') {
      if (intent === 'save') await save(raw, finished)
    } else if (finished.status === 'failed') {
      if (finished.checks.some((check) => check.problem && isMoreField(check.problem.field))) setMoreOpen(true)
      setAttempt((count) => count + 1)
    }
  }

  async function save(raw: RawModelInput, proof: ValidationView | null) {
    savingNow.current = true
    setSaving(true)
    try {
      await onSave(raw, proof)
      discard()
    } catch (error) {
      const refused = error instanceof ApiError ? error : new ApiError(0, {})
      setSaveError(refused)
      setAttempt((count) => count + 1)
    } finally {
      setSaving(false)
      savingNow.current = false
    }
  }

  const marked = markedFields(reading.errors, problems, refusals, stillStands)
  const general =
    (saveError ?? failure) && Object.keys(refusals).length === 0 ? (saveError ?? failure)?.message : undefined
  const offeredList = useOfferedList(
    workspace,
    values,
    reading.draft !== null || (!reading.errors.baseUrl && !reading.errors.apiKey),
    stored && !baseUrlMoved && values.apiKey === '' ? stored.model.id : undefined,
  )
  const unfixed = Object.keys(marked).length

  return (
    <FormProvider {...form}>
      <Form
        aria-label={submitLabel}
        onSubmit={(event) => {
          event.preventDefault()
          if (!running && !saving) void submit('save')
        }}
        className="flex min-h-0 flex-1 flex-col"
      >
        <div className="grid min-h-0 flex-1 md:grid-cols-[minmax(0,1fr)_400px] md:overflow-hidden">
          <div className="grid min-w-0 grid-cols-1 content-start gap-5 px-5 py-4 [scroll-padding-block:3rem] md:overflow-y-auto md:overscroll-contain">
            {(attempt > 0 || general) && (
              <FormSummary
                errors={attempt > 0 ? marked : {}}
                labels={fieldLabels}
                message={general}
                attempt={attempt}
              />
            )}
            <ConnectionFields
              words={words}
              practice={practice}
              storedKey={baseUrlMoved ? undefined : (stored?.keyLastFour ?? undefined)}
            />
            {baseUrlMoved && stored?.keyLastFour && (
              <Notice tone="info">
                A new Base URL needs its key again: a stored key is never sent to another address.
              </Notice>
            )}
            <GeneralFields words={words} offered={offeredList} namesakes={namesakes} />
            <AdvancedFields words={words} reading={reading} />
            <div ref={moreRef}>
              <button
                type="button"
                aria-expanded={moreOpen}
                onClick={() => {
                  setMoreOpen(!moreOpen)
                  // What opens below the fold is brought into view.
                  requestAnimationFrame(() => moreRef.current && scrollToTop(moreRef.current))
                }}
                className="flex min-h-6 items-center gap-1 rounded-sm text-muted text-sm hover:text-ink"
              >
                <ChevronRight
                  aria-hidden="true"
                  className={cn('size-4 transition-transform', moreOpen && 'rotate-90')}
                />
                More: cached price, context length, aliases, headers, certificate, timeouts
              </button>
              {moreOpen && (
                <div className="mt-3">
                  <MoreFields words={words} />
                </div>
              )}
            </div>
          </div>
          <section
            aria-label="Validation"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
            tabIndex={0}
            className="border-t bg-surface-0 px-5 py-4 -outline-offset-2 md:overflow-y-auto md:overscroll-contain md:border-t-0 md:border-l"
          >
            <ValidationPanel validation={validation} type={values.type as ModelType} onFix={applyFix} />
          </section>
        </div>
        <div className="sticky bottom-0 flex flex-wrap items-center justify-end gap-2 border-t bg-surface-0 px-5 py-3">
          <span className="mr-auto empty:hidden max-sm:basis-full">
            <Verdict running={running} saving={saving} validation={validation} attempt={attempt} unfixed={unfixed} />
          </span>
          {running ? (
            <>
              <Button variant="quiet" onClick={() => void cancel()}>
                Stop
              </Button>
              {validation?.savable && (
                <Button loading={saving} onClick={() => void save(toRaw(form.getValues()), validation)}>
                  Save now
                </Button>
              )}
            </>
          ) : (
            <>
              <Button
                variant="quiet"
                onClick={() => {
                  clear()
                  onCancel()
                }}
              >
                Cancel
              </Button>
              <Button onClick={() => void submit('validate')} disabled={saving}>
                Validate
              </Button>
            </>
          )}
          <Button type="submit" variant="main" loading={running || saving}>
            {submitLabel}{' '}
            <Kbd className="border-current/30 bg-transparent text-current max-sm:hidden">{keyNames('⌘↵')}</Kbd>
          </Button>
        </div>
      </Form>
    </FormProvider>
  )
}

/** The first problem of each field, of checks that came out so. */
function problemsOf(validation: ValidationView | null, state: 'failed' | 'warned'): ReadonlyMap<string, CheckProblem> {
  const found = new Map<string, CheckProblem>()
  for (const check of validation?.checks ?? [])
    if (check.state === state && check.problem && !found.has(check.problem.field))
      found.set(check.problem.field, check.problem)
  return found
}

/** Brings a part to the top of the box that scrolls it, and moves nothing around that box. */
function scrollToTop(part: HTMLElement): void {
  let box = part.parentElement
  while (box && !(box.scrollHeight > box.clientHeight && /auto|scroll/.test(getComputedStyle(box).overflowY)))
    box = box.parentElement
  box?.scrollBy({ top: part.getBoundingClientRect().top - box.getBoundingClientRect().top - 12 })
}

function Verdict({
  running,
  saving,
  validation,
  attempt,
  unfixed,
}: {
  running: boolean
  saving: boolean
  validation: ValidationView | null
  attempt: number
  unfixed: number
}) {
  if (saving) return <JackText state="run">Saving</JackText>
  if (running) return <JackText state="run">Checking</JackText>
  if (attempt > 0 && unfixed > 0) {
    return (
      <JackText state="bad">
        Nothing was saved. {unfixed === 1 ? '1 field to fix.' : `${unfixed} fields to fix.`}
      </JackText>
    )
  }
  if (validation?.status === 'failed') return <JackText state="bad">Nothing was saved.</JackText>
  if (validation?.status === 'passed') return <JackText state="ok">Checked. Ready to save.</JackText>
  if (validation?.status === 'cancelled') return <JackText state="idle">Stopped. Nothing was saved.</JackText>
  return null
}

/** The message, with each fix as a button: in place where the message names it ("Did you mean llama-3.3-70b?"), else after it. */
function withFixes({ message, fixes }: CheckProblem, apply: (fix: FieldFix) => void): ReactNode[] {
  let rest = message
  const parts: ReactNode[] = []
  for (const fix of fixes) {
    const at = rest.indexOf(fix.label)
    const button = (
      <FixButton key={fix.label} onClick={() => apply(fix)}>
        {fix.label}
      </FixButton>
    )
    if (at < 0) {
      parts.push(rest, ' ', button)
      rest = ''
    } else {
      parts.push(rest.slice(0, at), button)
      rest = rest.slice(at + fix.label.length)
    }
  }
  return [...parts, rest]
}

/** `timeouts.totalMs` lies one level down, as in the form. */
function isTouched(touched: Record<string, unknown>, field: string): boolean {
  const [first = '', second] = field.split('.')
  const found = touched[first]
  return Boolean(second === undefined ? found : (found as Record<string, unknown> | undefined)?.[second])
}

function sameField(before: ModelFormValues, now: ModelFormValues, field: string): boolean {
  if (field === 'apiKey' && before.noKey !== now.noKey) return false
  const key = (field === 'paths' ? 'path' : field.split('.')[0]) as keyof ModelFormValues
  return JSON.stringify(before[key]) === JSON.stringify(now[key])
}

function markedFields(
  errors: Record<string, string>,
  problems: ReadonlyMap<string, CheckProblem>,
  refusals: Record<string, string>,
  stands: (field: string) => boolean,
): Record<string, string> {
  const marked: Record<string, string> = { ...errors }
  for (const [field, problem] of problems) if (!marked[field] && stands(field)) marked[field] = problem.message
  for (const [field, message] of Object.entries(refusals)) if (!marked[field] && stands(field)) marked[field] = message
  // In the order of the form, so that the first one marked is the first one focused.
  const order = Object.keys(fieldLabels)
  return Object.fromEntries(Object.entries(marked).sort(([a], [b]) => order.indexOf(a) - order.indexOf(b)))
}

/** The server's listing for the typeahead, asked for when the field is come to and again when address or key changed. */
function useOfferedList(workspace: string, values: ModelFormValues, readable: boolean, storedId: string | undefined) {
  const [wanted, setWanted] = useState(false)
  const queryClient = useQueryClient()
  const connection = JSON.stringify([values.type, values.baseUrl, values.apiKey, values.noKey, values.keyHeader])
  // The key is part of what is asked and must not be part of a cache's name.
  const names = useRef(new Map<string, string>())
  if (!names.current.has(connection)) names.current.set(connection, String(names.current.size))
  const query = useOffered(
    wanted && readable
      ? {
          key: `${workspace} ${names.current.get(connection)}`,
          load: (signal) => listOffered(workspace, connectionOf(values, storedId), signal),
        }
      : null,
  )
  useEffect(() => () => queryClient.removeQueries({ queryKey: ['offered'] }), [queryClient])
  return { models: query.data?.models ?? [], loading: query.isFetching, ask: () => setWanted(true) }
}

/** What a listing is asked with; the key of the stored model where none was typed. */
function connectionOf(values: ModelFormValues, storedId: string | undefined): Record<string, unknown> {
  const { baseUrl, apiKey, noKey, keyHeader, headers, query, ca } = toRaw(values)
  return storedId ? { id: storedId, baseUrl } : { baseUrl, apiKey, noKey, keyHeader, headers, query, ca }
}
