import { ask, type Bench, capability, dropParameter, examine, type Group, type Judgement, rowOf } from './bench.ts'
import { isObject } from './chat-answer.ts'
import type { ProbeReply } from './probe.ts'

/** Completion, embedding and image models: what is asked of them and how their answers are read. */

/** The text of a completion, whole or streamed; null where it is none. */
export function readCompletion(reply: Pick<ProbeReply, 'json' | 'chunks'>): string | null {
  const parts = reply.chunks ?? [reply.json]
  let text: string | null = null
  for (const part of parts) {
    const choice = isObject(part) && Array.isArray(part.choices) ? part.choices[0] : undefined
    if (isObject(choice) && typeof choice.text === 'string') text = (text ?? '') + choice.text
  }
  return text
}

const completionStream: Group = {
  key: 'streaming',
  label: 'Streaming, usage in streams',
  async run(bench, notes) {
    const body = (withUsage: boolean) => ({
      prompt: 'Count: one, two, three,',
      max_tokens: 32,
      stream: true,
      ...(withUsage && { stream_options: { include_usage: true } }),
    })
    let usageSeen = false
    const judge = (reply: ProbeReply): Judgement => {
      if (!reply.chunks) return { verdict: 'ignored', detail: 'Answered whole where a stream was asked for' }
      usageSeen = reply.usage !== null
      if (readCompletion(reply) === null) return { verdict: 'unknown', detail: 'The stream held no completion' }
      return { verdict: 'yes', detail: `First token ${Math.round(reply.firstByteMs ?? reply.ms)} ms` }
    }
    let asked = true
    let main = await examine(
      bench,
      'streaming',
      notes,
      () => ask(bench, 'Streaming with usage', body(true), { stream: true }),
      judge,
    )
    const refused = main
    if (main.verdict === 'no') {
      asked = false
      main = await examine(
        bench,
        'streaming',
        notes,
        () => ask(bench, 'Streaming', body(false), { stream: true }),
        judge,
      )
    }
    if (main.verdict === 'yes') {
      bench.profile.streamUsage = asked && usageSeen ? 'ask' : usageSeen ? 'always' : 'never'
      if (!asked) dropParameter(bench, 'stream_options')
      bench.card.checks.stream_usage = usageSeen
        ? { verdict: 'yes', detail: '', pinned: false }
        : asked
          ? { verdict: 'ignored', detail: 'stream_options was accepted, no usage came', pinned: false }
          : refused
    } else if (main.verdict !== 'unknown') bench.profile.streamUsage = 'never'
    return rowOf(main, `${main.detail}${usageSeen ? ', usage in the stream' : ', no usage in the stream'}`)
  },
}

export const completionGroups: readonly Group[] = [completionStream]

export interface Vector {
  values: number[]
  wasBase64: boolean
}

/** The vectors of an embeddings answer, floats or base64 of little-endian float32; null where there are none. */
export function readVectors(json: unknown): Vector[] | null {
  const data = isObject(json) && Array.isArray(json.data) ? json.data : null
  if (!data || data.length === 0 || data.length > 64) return null
  const vectors: Vector[] = []
  for (const item of data) {
    const embedding = isObject(item) ? item.embedding : undefined
    if (
      Array.isArray(embedding) &&
      embedding.length > 0 &&
      embedding.every((value) => typeof value === 'number' && Number.isFinite(value))
    )
      vectors.push({ values: embedding, wasBase64: false })
    else if (typeof embedding === 'string') {
      const bytes = Buffer.from(embedding, 'base64')
      if (bytes.length === 0 || bytes.length % 4 !== 0) return null
      vectors.push({
        values: Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4)),
        wasBase64: true,
      })
    } else return null
  }
  return vectors
}

const embeddingText = 'The quick brown fox jumps over the lazy dog.'

const vector: Group = {
  key: 'vector',
  label: 'Dimensions, encodings, batches',
  async run(bench, notes) {
    const call = (name: string, extra: Record<string, unknown>) => () =>
      ask(bench, name, { input: embeddingText, ...extra }, { answerBytesMax: 8 * 1024 * 1024 })
    // The floats of the required stage are not kept; this pair is compared with each other.
    const float = await call('float', { encoding_format: 'float' })()
    notes.push(float.evidence)
    const reference = readVectors(float.json)?.[0]
    if (reference) bench.card.dimensions = reference.values.length
    const floatRefused = float.kind === 'rejected'
    const [base64, batch, dimensions] = await Promise.all([
      examine(bench, 'embedding_base64', notes, call('base64', { encoding_format: 'base64' }), (reply) => {
        const found = readVectors(reply.json)?.[0]
        if (!found) return { verdict: 'unknown', detail: 'No vector came back' }
        if (!found.wasBase64) return { verdict: 'ignored', detail: 'Answers floats where base64 was asked for' }
        if (reference && !isClose(found.values, reference.values))
          return { verdict: 'ignored', detail: 'base64 and float are not equal' }
        return { verdict: 'yes', detail: 'Equal to float' }
      }),
      examine(
        bench,
        'embedding_batch',
        notes,
        call('A batch of two', { input: [embeddingText, 'Something else entirely.'] }),
        (reply) =>
          readVectors(reply.json)?.length === 2
            ? { verdict: 'yes', detail: '' }
            : { verdict: 'ignored', detail: 'Two inputs did not give two vectors' },
      ),
      examine(bench, 'embedding_dimensions', notes, call('dimensions', { dimensions: smaller(reference) }), (reply) => {
        const found = readVectors(reply.json)?.[0]
        return found?.values.length === smaller(reference)
          ? { verdict: 'yes', detail: `Cut to ${smaller(reference)} on demand` }
          : { verdict: 'ignored', detail: 'Accepted, the length stayed' }
      }),
    ])
    if (floatRefused) bench.profile.embeddingEncodings = 'base64'
    else bench.profile.embeddingEncodings = base64.verdict === 'yes' ? 'both' : 'float'
    const parts = [
      bench.card.dimensions && `${bench.card.dimensions.toLocaleString('en')} dimensions`,
      base64.verdict === 'yes' ? 'float and base64' : 'float only',
      batch.verdict === 'yes' && 'batches',
      dimensions.verdict === 'yes' && 'dimensions on demand',
    ]
    return { state: reference ? 'passed' : 'skipped', summary: parts.filter(Boolean).join(', ') }
  },
}

function smaller(reference: Vector | undefined): number {
  return reference && reference.values.length <= 64 ? Math.max(1, Math.floor(reference.values.length / 2)) : 64
}

/** Equal but for what float32 loses. */
function isClose(a: readonly number[], b: readonly number[]): boolean {
  return (
    a.length === b.length &&
    a.every((value, index) => Math.abs(value - b[index]!) <= 1e-4 * Math.max(1, Math.abs(value)))
  )
}

export const embeddingGroups: readonly Group[] = [vector]

export interface Picture {
  format: 'b64_json' | 'url'
  /** Pixels, where the picture itself came and is a PNG. */
  width: number | null
  height: number | null
}

/** The first picture of an images answer; null where there is none. */
export function readPicture(json: unknown): Picture | null {
  const first = isObject(json) && Array.isArray(json.data) ? json.data[0] : undefined
  if (!isObject(first)) return null
  if (typeof first.b64_json === 'string' && first.b64_json !== '') {
    const head = Buffer.from(first.b64_json.slice(0, 64), 'base64')
    const isPng = head.length >= 24 && head.readUInt32BE(0) === 0x89504e47
    return {
      format: 'b64_json',
      width: isPng ? head.readUInt32BE(16) : null,
      height: isPng ? head.readUInt32BE(20) : null,
    }
  }
  return typeof first.url === 'string' && /^https?:\/\//.test(first.url)
    ? { format: 'url', width: null, height: null }
    : null
}

export const imagePrompt = 'A single copper cable on a plain grey table.'

/** Only with consent: the picture of the required stage came in the server's own format, this asks for both by name. */
const image: Group = {
  key: 'image',
  label: 'Size, b64_json, url',
  async run(bench, notes) {
    const call = (format: string) => () =>
      ask(
        bench,
        `A picture as ${format}`,
        { prompt: imagePrompt, n: 1, size: '256x256', response_format: format },
        { images: 1, answerBytesMax: 64 * 1024 * 1024 },
      )
    let size = ''
    const judge =
      (wanted: Picture['format']) =>
      (reply: ProbeReply): Judgement => {
        const picture = readPicture(reply.json)
        if (picture?.width) size = `${picture.width} × ${picture.height}`
        if (!picture) return { verdict: 'unknown', detail: 'No picture came back' }
        return picture.format === wanted
          ? { verdict: 'yes', detail: '' }
          : { verdict: 'ignored', detail: `Answered with ${picture.format}` }
      }
    const own = bench.learned.pictureFormat
    const refused: string[] = []
    const find = async (key: 'image_b64' | 'image_url', format: Picture['format']) => {
      const result = await examine(bench, key, notes, call(format), judge(format))
      if (result.verdict !== 'no') return result
      refused.push(format)
      // The server has one format, gives it unasked and refuses to be asked for it.
      if (own === format)
        bench.card.checks[key] = capability('yes', `Always ${format}; response_format itself is refused`)
      return bench.card.checks[key] ?? result
    }
    const base64 = await find('image_b64', 'b64_json')
    const url = await find('image_url', 'url')
    if (own !== undefined && refused.includes(own)) dropParameter(bench, 'response_format')
    const formats = [base64.verdict === 'yes' && 'b64_json', url.verdict === 'yes' && 'url'].filter(Boolean).join(', ')
    return {
      state: formats || size ? 'passed' : 'skipped',
      summary: [size, formats].filter(Boolean).join(', ') || 'Not decided',
    }
  },
}

export const imageGroups: readonly Group[] = [image]

/** The tiny real call of the required stage, for each Type but chat. */
export function tinyCall(bench: Pick<Bench, 'type'>): Record<string, unknown> {
  if (bench.type === 'completion') return { prompt: 'One, two,', max_tokens: 16 }
  if (bench.type === 'embedding') return { input: embeddingText }
  return { prompt: imagePrompt, n: 1 }
}
