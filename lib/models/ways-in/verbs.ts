import { z } from 'zod'
import { invalidInput } from '#lib/core/errors.ts'
import { parseInput, requireRole, type Scope } from '#lib/tenancy/index.ts'
import { findTaken } from '../addresses.ts'
import { RawModelInput } from '../form/raw.ts'
import { ModelType, Region } from '../vocabulary.ts'
import type { IntakeView, PlanView } from './answers.ts'
import { planFile } from './file.ts'
import { conflictOf, type IntakeItem, type Intakes } from './intake.ts'
import { planLiteLlm } from './litellm.ts'
import { asksOf, type Plan, type PlanRow, toPlanView, toRawInput } from './plan.ts'
import { textCharactersMax } from './yaml.ts'

export const intakeRowsMax = 100

const Source = z.enum(['litellm', 'file'])
const Text = z.string().max(textCharactersMax, 'The file is larger than 1 MB.')
export const PreviewIntakeInput = z.strictObject({ source: Source, text: Text })
export type PreviewIntakeInput = z.input<typeof PreviewIntakeInput>

function planOf(source: z.output<typeof Source>, text: string): Plan {
  return source === 'litellm' ? planLiteLlm(text) : planFile(text)
}

/**
 * What an import would do: its models, what is left out and why, what must be asked for, what stands in the way here.
 * Nothing is stored, nothing is called, and no key that the file holds is given back. Admins and owners.
 */
export async function previewIntake(scope: Scope, input: PreviewIntakeInput): Promise<PlanView> {
  requireRole(scope, 'admin')
  const { source, text } = parseInput(PreviewIntakeInput, input)
  const plan = planOf(source, text)
  const named = plan.rows.flatMap((row) => [row.slug, ...row.aliases, ...row.groups.map(({ address }) => address)])
  const taken = await scope.tx((tx) => findTaken(tx, scope, named.filter(Boolean)))
  const conflicts = plan.rows.flatMap((row) => {
    const conflict = conflictOf(taken, row)
    return conflict === null ? [] : [[row.key, conflict] as const]
  })
  return toPlanView(plan, new Map(conflicts))
}

const onConflict = z.enum(['skip', 'rename']).default('skip')
const key = z.string().min(1).max(64)
const Answers = z
  .record(z.string().max(512), z.string().max(20_000))
  .refine((record) => Object.keys(record).length <= 500, 'At most 500 answers.')
  .default({})
/** What a person may change of a row before it is taken in. */
const Change = z.strictObject({
  key,
  name: z.string().max(1_024).optional(),
  slug: z.string().max(256).optional(),
  type: ModelType.optional(),
  region: Region.optional(),
})
const rows = <Item extends z.ZodType>(item: Item) =>
  z.array(item).min(1, 'Choose at least one model.').max(intakeRowsMax, `At most ${intakeRowsMax} models at a time.`)

const FromText = z.strictObject({
  source: Source,
  text: Text,
  /** Of the rows that are wanted. */
  rows: rows(Change),
  /** By the id of the question. */
  answers: Answers,
  onConflict,
  /** Agrees that pictures are made and paid for, one set for each image model. */
  imageConsent: z.boolean().default(false),
})
const connection = RawModelInput.pick({
  baseUrl: true,
  apiKey: true,
  noKey: true,
  keyHeader: true,
  headers: true,
  query: true,
  ca: true,
  region: true,
})
const FromServer = z.strictObject({
  source: z.literal('several'),
  /** The server, key and region that all of them share. */
  connection,
  rows: rows(
    RawModelInput.pick({
      type: true,
      modelId: true,
      name: true,
      slug: true,
      inputPrice: true,
      outputPrice: true,
      cachedInputPrice: true,
      imagePrice: true,
      contextTokens: true,
    }).extend({ key }),
  ),
  onConflict,
  imageConsent: z.boolean().default(false),
})
export const StartIntakeInput = z.discriminatedUnion('source', [FromServer, FromText])
export type StartIntakeInput = z.input<typeof StartIntakeInput>

/**
 * Validates each of these models and saves those that pass: several of one server, or of a LiteLLM configuration or a
 * file that `previewIntake` has read. Answers at once; `getIntake` tells how far it is. Admins and owners. Errors:
 * `invalid_request` by field (`answers.<id>` for a question without an answer), `intake_limit`.
 */
export async function startIntake(intakes: Intakes, scope: Scope, input: StartIntakeInput): Promise<IntakeView> {
  requireRole(scope, 'admin')
  const parsed = parseInput(StartIntakeInput, input)
  const keys = new Set(parsed.rows.map((row) => row.key))
  if (keys.size < parsed.rows.length) throw invalidInput('A row is named twice.', { rows: 'A row is named twice.' })
  const items = 'connection' in parsed ? fromServer(parsed) : fromText(parsed)
  return intakes.start(scope, { source: parsed.source, items, onConflict: parsed.onConflict })
}

function fromServer({ connection, rows, imageConsent }: z.output<typeof FromServer>): IntakeItem[] {
  return rows.map(({ key: each, ...fields }) => ({
    key: each,
    draft: { ...connection, ...fields, imageConsent: imageConsent && fields.type === 'image' },
    groups: [],
    pins: {},
    profile: {},
  }))
}

function fromText(parsed: z.output<typeof FromText>): IntakeItem[] {
  const plan = planOf(parsed.source, parsed.text)
  const byKey = new Map(plan.rows.map((row) => [row.key, row]))
  const wanted: PlanRow[] = parsed.rows.map(({ key: each, ...changes }) => {
    const row = byKey.get(each)
    if (!row) throw invalidInput('The file has no such row.', { rows: `There is no row “${each}”.` })
    return { ...row, ...changes }
  })
  requireAnswers(plan, wanted, parsed.answers)
  return wanted.map((row) => {
    const draft = toRawInput(row, parsed.answers)
    const imageConsent = parsed.imageConsent && row.type === 'image'
    return { key: row.key, draft: { ...draft, imageConsent }, groups: row.groups, pins: row.pins, profile: row.profile }
  })
}

function requireAnswers(plan: Plan, wanted: readonly PlanRow[], answers: Readonly<Record<string, string>>): void {
  const asked = new Set(wanted.flatMap(asksOf))
  const open = plan.asks.filter(({ id, optional }) => asked.has(id) && !optional && !answers[id]?.trim())
  if (open.length === 0) return
  const fields = Object.fromEntries(open.map(({ id, label }) => [`answers.${id}`, `Enter ${label}.`]))
  throw invalidInput(open.length === 1 ? `Enter ${open[0]!.label}.` : `${open.length} answers are missing.`, fields)
}
