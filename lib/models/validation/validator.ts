import type { Clock } from '#lib/core/clock.ts'
import { formatUsd } from '#lib/core/money.ts'
import type { Meter } from '#lib/metering/index.ts'
import type { Price } from '#lib/metering/schema.ts'
import type { Upstream } from '#lib/openai/upstream.ts'
import type { Actor } from '#lib/tenancy/schema.ts'
import type { ModelDraft } from '../form/draft.ts'
import { type Connection, fullTimeouts, operationPaths, toTarget } from '../target.ts'
import type { CheckKey, CheckView, EvidenceView } from '../views.ts'
import { imagesMade } from '../vocabulary.ts'
import { runAddress } from './address-stage.ts'
import { type Bench, type Group, stopText } from './bench.ts'
import { findKeyProblem, speaksOfKey } from './credential.ts'
import { diagnoseAnswer, foundElsewhere, modelNotServed, problem } from './diagnose.ts'
import { type Findings, groupsOf, prepareFindings } from './findings.ts'
import { isListed, type Listing } from './listing.ts'
import type { ProbeReply } from './probe.ts'
import { createProber, type Prober, ProbeStop, probeLimits } from './prober.ts'
import {
  controlKey,
  judgeModel,
  realCallName,
  runListing,
  type StageResult,
  summaryOf,
  tinyRealCall,
  tryOtherBase,
} from './stages.ts'
import { isValidAnswer } from './valid-answer.ts'

export interface ValidatorDeps {
  upstream: Pick<Upstream, 'send' | 'probe' | 'dropPool'>
  meter: Pick<Meter, 'admit'>
  clock: Clock
  /** Real time unless a test brings its own. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>
}

export interface ValidationJob {
  draft: ModelDraft
  workspaceId: string
  /** The id that the model has, or gets when it is saved. */
  modelId: string
  actor: Actor
  /** An operator is offered to allow a private address. */
  operator: boolean
  price: Price | null
  signal: AbortSignal
  /** A new key needs proof, not a new card. */
  requiredOnly?: boolean
  /** `findings` come from a validation that passed its required stages: only the rows that wait are run. */
  resumed?: boolean
}

const modelIdHeader = /[^\x20-\x7e]/g
const otherCredentials = ['wrong', 'none', 'authorization', 'api-key', 'x-api-key'] as const

function withCredential(connection: Connection, key: (typeof otherCredentials)[number]): Connection {
  if (key === 'wrong') return { ...connection, apiKey: 'patchbay-negative-control-0000' }
  return key === 'none' ? { ...connection, apiKey: null } : { ...connection, keyHeader: key }
}

export interface Validator {
  /** An empty card with every row waiting. */
  prepare(job: Pick<ValidationJob, 'draft' | 'price'>): Findings
  /**
   * Runs the stages of `models.md` and fills `findings`; `report` hears of every row that changed. Resolves when all is
   * done, never rejects for what a server does. True = the required stages passed.
   */
  run(job: ValidationJob, findings: Findings, report: (check: CheckView | null) => void): Promise<boolean>
}

export function createValidator(deps: ValidatorDeps): Validator {
  return {
    prepare: prepareFindings,
    async run(job, findings, report) {
      const poolId = `${job.modelId}:validation:${deps.clock.monotonicMs()}`
      try {
        return await runStages(deps, job, findings, report, poolId)
      } finally {
        deps.upstream.dropPool(poolId)
        for (const key of otherCredentials) deps.upstream.dropPool(`${poolId}:${key}`)
      }
    },
  }
}

async function runStages(
  deps: ValidatorDeps,
  job: ValidationJob,
  findings: Findings,
  report: (check: CheckView | null) => void,
  poolId: string,
): Promise<boolean> {
  const { draft } = job
  const { clock } = deps
  const stage = async (key: CheckKey, work: (notes: EvidenceView[]) => Promise<StageResult>): Promise<boolean> => {
    const check = findings.checks.find((candidate) => candidate.key === key)!
    const began = clock.monotonicMs()
    check.state = 'running'
    report(check)
    let result: StageResult
    try {
      result = await work(check.evidence)
    } catch (error) {
      if (!(error instanceof ProbeStop)) throw error
      result = { ok: false, summary: stopText(error), problem: problem('stopped', 'baseUrl', stopText(error)) }
    }
    check.ms = Math.round(clock.monotonicMs() - began)
    check.summary = result.summary
    check.problem = result.ok && !result.warned ? null : (result.problem ?? null)
    check.state = result.ok ? (result.warned ? 'warned' : 'passed') : key === 'listing' ? 'warned' : 'failed'
    report(check)
    return result.ok
  }
  const skipRest = () => {
    for (const check of findings.checks) {
      if (check.state !== 'waiting') continue
      check.state = 'skipped'
      check.summary = 'Not run'
      report(check)
    }
    return false
  }

  if (!job.resumed && !(await stage('address', () => runAddress(deps.upstream, draft, job.operator)))) return skipRest()

  const timeouts = fullTimeouts(
    { ...draft.timeouts, firstByteMs: Math.min(draft.timeouts.firstByteMs ?? 45_000, 45_000), totalMs: 60_000 },
    false,
  )
  const { apiKey, keyHeader, headers, query, ca } = draft
  const connection = { baseUrl: draft.baseUrl, apiKey, keyHeader, headers, query, ca }
  const before = { calls: findings.calls, costNanoUsd: findings.costNanoUsd }
  const prober: Prober = createProber(deps, {
    workspaceId: job.workspaceId,
    modelId: job.modelId,
    actor: job.actor,
    address: draft.modelId.replace(modelIdHeader, '?').slice(0, 256),
    price: job.price,
    providerModelId: draft.modelId,
    target: toTarget(poolId, connection, timeouts),
    targetFor: (key) => toTarget(`${poolId}:${key}`, withCredential(connection, key), timeouts),
    signal: job.signal,
    limits: { ...probeLimits, calls: Math.max(0, probeLimits.calls - before.calls) },
    onCall: () => {
      findings.calls = before.calls + prober.calls()
      findings.costNanoUsd = before.costNanoUsd + prober.costNanoUsd()
      report(null)
    },
  })
  const bench: Bench = {
    prober,
    type: draft.type,
    modelId: draft.modelId,
    path: draft.paths[draft.type] ?? operationPaths[draft.type],
    baseUrl: findings.baseUrl,
    learned: findings.learned,
    card: findings.card,
    profile: findings.profile,
  }

  if (job.resumed) return runGroups()

  let listed: Awaited<ReturnType<typeof runListing>> | undefined
  await stage('listing', async (notes) => {
    listed = await runListing(bench, notes)
    return listed
  })
  findings.baseUrl = bench.baseUrl
  findings.offered = listed?.listing?.models.find((model) => model.id === draft.modelId) ?? null
  findings.card.contextTokens = draft.contextTokens ?? listed?.contextTokens ?? findings.offered?.contextTokens ?? null

  const tellOtherBase = (typed: string) => {
    const check = findings.checks.find((candidate) => candidate.key === 'listing')!
    check.problem = foundElsewhere(typed, bench.baseUrl)
    check.summary = `Not at the Base URL as typed; calls go to ${bench.baseUrl}`
    report(check)
  }

  const mayCall = draft.type !== 'image' || draft.imageConsent
  let real: Awaited<ReturnType<typeof tinyRealCall>> | undefined
  const authenticated = await stage('authentication', async (notes) => {
    const refused = async (reply: ProbeReply) => ({
      ok: false,
      summary: `Status ${reply.status}, key refused`,
      problem: await findKeyProblem(bench, draft, reply, listed?.reply, notes),
    })
    if (!mayCall) {
      if (listed && (listed.reply.kind === 'denied' || speaksOfKey(listed.reply, undefined)))
        return refused(listed.reply)
      findings.card.checksKeys = listed ? await controlKey(bench, listed.reply, notes) : null
      return keyResult(findings.card.checksKeys, draft, false)
    }
    real = await tinyRealCall(bench, draft, notes)
    const typed = bench.baseUrl
    real = (await tryOtherBase(bench, draft, real, notes, listed?.listing ?? null)) ?? real
    findings.baseUrl = bench.baseUrl
    if (typed !== bench.baseUrl) tellOtherBase(typed)
    // 403 may speak of this model and not of the key, where the listing took the key.
    const isModel = real.status === 403 && listed?.reply.kind === 'answered'
    if ((real.kind === 'denied' && !isModel) || speaksOfKey(real, listed?.reply)) return refused(real)
    if (real.failure || real.status === 0)
      return { ok: false, summary: summaryOf(real, bench.baseUrl), problem: diagnoseAnswer(real, draft) }
    if (draft.apiKey === null) {
      findings.card.checksKeys = false
      return { ok: true, summary: 'No key needed' }
    }
    const worked = isValidAnswer(draft.type, real.json)
    if (listed && (listed.reply.kind === 'answered' || worked)) {
      findings.card.checksKeys = await controlKey(bench, listed.reply, notes)
    }
    return keyResult(findings.card.checksKeys, draft, worked)
  })
  if (!authenticated) return skipRest()

  const answers = await stage('model', async (notes) => {
    if (!real) return judgeWithoutCall(draft, job.price, listed?.listing ?? null)
    const result = await judgeModel(bench, draft, real, listed, notes)
    if (!result.ok) {
      // Its calls show why this row failed, not that the key passed.
      const before = findings.checks.find((check) => check.key === 'authentication')!
      const isCall = ({ name }: EvidenceView) => name === realCallName
      notes.unshift(...before.evidence.filter(isCall))
      before.evidence = before.evidence.filter((evidence) => !isCall(evidence))
      report(before)
    }
    return result
  })
  if (!answers) return skipRest()
  findings.savable = true
  report(null)
  if (job.requiredOnly) {
    skipRest()
    return true
  }

  return runGroups()

  async function runGroups(): Promise<true> {
    const groups = groupsOf[draft.type].filter((group) =>
      findings.checks.some((check) => check.key === group.key && check.state === 'waiting'),
    )
    const run = (group: Group) => runGroup(group, bench, findings, clock, report)
    // First whether streams tell their usage: the others that stream then ask for it.
    await Promise.all(groups.filter(({ key }) => key === 'streaming').map(run))
    await Promise.all(groups.filter(({ key }) => key !== 'streaming').map(run))
    return true
  }
}

/** `worked`: a call with the key got a valid answer. Without that, and without a wrong key refused, nothing is proven. */
function keyResult(checksKeys: boolean | null, draft: ModelDraft, worked: boolean): StageResult {
  if (draft.apiKey === null) return { ok: true, summary: 'No key needed' }
  if (checksKeys === null && !worked)
    return { ok: true, warned: true, summary: 'Key not refused; whether it is accepted, no answer shows' }
  if (checksKeys === false) return { ok: true, warned: true, summary: 'This server does not check keys' }
  return { ok: true, summary: checksKeys ? 'Key accepted, a wrong key refused' : 'Key accepted' }
}

/** Pictures are made only with consent; until then the listing must vouch for the model. */
function judgeWithoutCall(draft: ModelDraft, price: Price | null, listing: Listing | null): StageResult {
  const each = price?.imageNanoUsd
  const cost =
    each === null || each === undefined
      ? 'at the server’s own price'
      : `for at most ${formatUsd(each * BigInt(imagesMade))}`
  const isOffered = isListed(listing, draft.modelId)
  if (listing && isOffered === false) {
    return {
      ok: false,
      summary: 'Not in the listing',
      problem: modelNotServed(draft.modelId, listing.models),
    }
  }
  if (!isOffered) {
    const lists = listing ? 'more models than are read, and this one is not among those' : 'no models'
    const message = `${new URL(draft.baseUrl).host} lists ${lists}. Agree to make ${imagesMade} pictures ${cost}, so that the model can be tried.`
    return {
      ok: false,
      summary: 'Not called without consent',
      problem: problem('image_consent', 'imageConsent', message, [
        { field: 'imageConsent', value: true, label: 'Agree' },
      ]),
    }
  }
  return { ok: true, warned: true, summary: `Listed, not called: that would make ${imagesMade} pictures ${cost}` }
}

async function runGroup(
  group: Group,
  bench: Bench,
  findings: Findings,
  clock: Clock,
  report: (check: CheckView) => void,
): Promise<void> {
  const check = findings.checks.find((candidate) => candidate.key === group.key)!
  const began = clock.monotonicMs()
  check.state = 'running'
  report(check)
  try {
    const result = await group.run(bench, check.evidence)
    check.state = result.state
    check.summary = result.summary
  } catch (error) {
    if (!(error instanceof ProbeStop)) throw error
    check.state = 'skipped'
    check.summary = stopText(error)
  }
  check.ms = Math.round(clock.monotonicMs() - began)
  report(check)
}
