'use client'
import { Plus, X } from 'lucide-react'
import { Field, FieldGroup, FieldRow } from '#components/form/field.tsx'
import { NumberInput } from '#components/form/number-input.tsx'
import { paintVariables } from '#components/prompt/paint.tsx'
import { PaintedText } from '#components/prompt/painted-text.tsx'
import { Button } from '#components/ui/button.tsx'
import { IconButton } from '#components/ui/icon-button.tsx'
import { Input } from '#components/ui/input.tsx'
import { Segmented } from '#components/ui/segmented.tsx'
import { CheckBox } from '#components/ui/toggles.tsx'
import type { AnswerDraft } from './evaluator-draft.ts'
import type { EvaluatorFieldsProps } from './evaluator-fields.tsx'
import { ModelField } from './model-field.tsx'

const answerHelp: Record<AnswerDraft['type'], string> = {
  boolean: 'True passes, false does not.',
  number: 'A mark between two bounds, with the reason.',
  category: 'One of these. Tick the ones that pass; with none ticked they only sort.',
  text: 'Words alone: nothing passes or fails.',
}
const categoriesMax = 20

/** Which model judges, by what prompt, and what it may say. */
export function JudgeFields({ workspace, draft, onChange, errors }: EvaluatorFieldsProps) {
  const { values, answer } = draft
  const set = (name: string, value: string) => onChange({ ...draft, values: { ...values, [name]: value } })
  const setAnswer = (change: Partial<AnswerDraft>) => onChange({ ...draft, answer: { ...answer, ...change } })
  const text = (name: string) => (typeof values[name] === 'string' ? values[name] : '')
  return (
    <div className="grid gap-4">
      <Field
        label="Judge"
        name="config.model"
        error={errors['config.model']}
        help="A chat model of this workspace. Its calls are paid for, with source judge."
      >
        <ModelField
          workspace={workspace}
          type="chat"
          value={text('model')}
          onChange={({ id }) => set('model', id)}
          label="Judge"
        />
      </Field>
      <Field
        label="Prompt"
        name="config.prompt"
        error={errors['config.prompt']}
        help="{{answer}}, {{expected}}, {{input}} (the conversation) and the names of columns. What to reply with is added. As a guardrail it knows {{answer}} and {{input}} alone."
      >
        <PaintedText
          value={text('prompt')}
          onChange={(prompt) => set('prompt', prompt)}
          paint={paintVariables}
          rows={8}
          maxLength={20_000}
          className="max-h-96 rounded-lg border border-line-field bg-surface-1 transition-[border-color,box-shadow] focus-within:border-accent focus-within:shadow-[0_0_0_3px_var(--accent-soft)] hover:border-muted"
          innerClassName="px-2.5 py-2 text-base"
        />
      </Field>
      <Field label="It answers with" help={answerHelp[answer.type]}>
        <Segmented
          value={answer.type}
          onChange={(type) => setAnswer({ type })}
          options={[
            { value: 'boolean', label: 'Yes or no' },
            { value: 'number', label: 'A number' },
            { value: 'category', label: 'A category' },
            { value: 'text', label: 'Words' },
          ]}
          fill
        />
      </Field>
      {answer.type === 'number' && (
        <div className="grid gap-3 sm:grid-cols-3">
          {(
            [
              ['min', 'Lowest', ''],
              ['max', 'Highest', ''],
              ['passAt', 'Passes from', 'measured alone'],
            ] as const
          ).map(([name, label, placeholder]) => (
            <Field
              key={name}
              label={label}
              name={`config.answer.${name}`}
              error={errors[`config.answer.${name}`]}
              aside={name === 'passAt' && 'optional'}
            >
              <NumberInput
                decimal
                value={answer[name]}
                maxLength={24}
                placeholder={placeholder}
                onChange={({ target }) => setAnswer({ [name]: target.value })}
              />
            </Field>
          ))}
        </div>
      )}
      {answer.type === 'category' && <Categories answer={answer} onChange={setAnswer} errors={errors} />}
      <FieldRow>
        <Field
          label="Temperature"
          name="config.temperature"
          error={errors['config.temperature']}
          help="Empty: not sent."
          aside="optional"
        >
          <NumberInput
            decimal
            value={text('temperature')}
            maxLength={24}
            placeholder="not sent"
            onChange={({ target }) => set('temperature', target.value)}
          />
        </Field>
        <Field
          label="Max Tokens"
          name="config.maxTokens"
          error={errors['config.maxTokens']}
          help="Of its reply, thoughts included."
        >
          <NumberInput
            value={text('maxTokens')}
            maxLength={24}
            onChange={({ target }) => set('maxTokens', target.value)}
          />
        </Field>
      </FieldRow>
    </div>
  )
}

function Categories({
  answer: { categories },
  onChange,
  errors,
}: {
  answer: AnswerDraft
  onChange: (change: Partial<AnswerDraft>) => void
  errors: Readonly<Record<string, string>>
}) {
  const put = (at: number, change: Partial<AnswerDraft['categories'][number]>) =>
    onChange({ categories: categories.map((each, place) => (place === at ? { ...each, ...change } : each)) })
  return (
    <FieldGroup title="Categories" detail="The ticked ones pass.">
      <ol className="grid gap-2" aria-label="Categories">
        {categories.map(({ name, passes }, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: names are typed, and may be the same for a while
          <li key={at} className="flex items-start gap-2">
            <span className="flex h-8 items-center">
              <CheckBox
                label={`${name || `Category ${at + 1}`} passes`}
                checked={passes}
                onChange={(on) => put(at, { passes: on })}
              />
            </span>
            <span className="min-w-0 flex-1" data-field={`config.answer.categories.${at}.name`}>
              <Input
                aria-label={`Category ${at + 1}`}
                value={name}
                maxLength={64}
                autoComplete="off"
                aria-invalid={errors[`config.answer.categories.${at}.name`] ? true : undefined}
                onChange={({ target }) => put(at, { name: target.value })}
              />
              {errors[`config.answer.categories.${at}.name`] && (
                <span className="text-bad text-xs">{errors[`config.answer.categories.${at}.name`]}</span>
              )}
            </span>
            <IconButton
              label={`Remove ${name || `category ${at + 1}`}`}
              disabled={categories.length <= 2}
              onClick={() => onChange({ categories: categories.filter((_, place) => place !== at) })}
            >
              <X strokeWidth={1.75} />
            </IconButton>
          </li>
        ))}
      </ol>
      {errors['config.answer.categories'] && (
        <p className="text-bad text-xs" aria-live="polite" data-field="config.answer.categories">
          {errors['config.answer.categories']}
        </p>
      )}
      {categories.length < categoriesMax && (
        <Button
          size="sm"
          variant="quiet"
          className="w-fit"
          onClick={() => onChange({ categories: [...categories, { name: '', passes: false }] })}
        >
          <Plus /> Category
        </Button>
      )}
    </FieldGroup>
  )
}
