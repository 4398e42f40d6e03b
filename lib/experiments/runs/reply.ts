import { ChatCompletion, Completion, EmbeddingList, ImageList } from '#lib/openai/wire/answers.ts'
import { readUsage } from '#lib/openai/wire/usage.ts'
import { readEmbeddings, writeVectors } from '../evaluators/similarity.ts'
import { contentText } from '../text.ts'

/** What a candidate gave, as a cell keeps it. */
export interface CellAnswer {
  /** Of an embedding model: the JSON of its vectors. */
  text: string
  /** Functions that it asks to be called. */
  toolCalls?: { name: string; arguments: string }[]
  /** Pictures: an address, or the bytes in base64. */
  images?: { url?: string; base64?: string }[]
  /** It was too long to be kept whole. */
  cut?: true
}

export interface ReadAnswer {
  answer: CellAnswer
  finishReason: string
  inputTokens: number | null
  outputTokens: number | null
}

const textCharactersMax = 400_000
const picturesBytesMax = 6_000_000

/** Reads the answer out of a good reply; null where there is none in it. */
export function readAnswer(body: unknown): ReadAnswer | null {
  const usage = readUsage((body as { usage?: unknown } | null)?.usage)
  const tokens = { inputTokens: usage?.inputTokens ?? null, outputTokens: usage?.outputTokens ?? null }
  const chat = ChatCompletion.safeParse(body)
  if (chat.success) {
    const { message, finish_reason } = chat.data.choices[0]!
    const toolCalls = (message.tool_calls ?? []).flatMap(({ function: called }) =>
      called ? [{ name: called.name ?? '', arguments: called.arguments ?? '' }] : [],
    )
    const text = contentText(message.content) || message.refusal || ''
    const answer = { ...cut(text), ...(toolCalls.length > 0 && { toolCalls: toolCalls.slice(0, 100) }) }
    return { answer, finishReason: finish_reason ?? '', ...tokens }
  }
  const completion = Completion.safeParse(body)
  if (completion.success && completion.data.choices.length > 0) {
    const { text, finish_reason } = completion.data.choices[0]!
    return { answer: cut(text), finishReason: finish_reason ?? '', ...tokens }
  }
  const embeddings = EmbeddingList.safeParse(body)
  if (embeddings.success) {
    const vectors = readEmbeddings(body, embeddings.data.data.length)
    return vectors && { answer: cut(JSON.stringify(writeVectors(vectors))), finishReason: '', ...tokens }
  }
  const pictures = ImageList.safeParse(body)
  if (!pictures.success) return null
  let bytes = 0
  const images = pictures.data.data.flatMap(({ url, b64_json: base64 }): NonNullable<CellAnswer['images']> => {
    bytes += base64?.length ?? 0
    if (base64) return bytes <= picturesBytesMax ? [{ base64 }] : []
    return url ? [{ url: url.slice(0, 4_000) }] : []
  })
  const isCut = images.length < pictures.data.data.length
  return { answer: { text: '', images, ...(isCut && { cut: true }) }, finishReason: '', ...tokens }
}

function cut(text: string): CellAnswer {
  // Postgres takes no NUL and no half of a surrogate pair.
  const clean = text.replaceAll('\0', '\ufffd').toWellFormed()
  return clean.length > textCharactersMax
    ? { text: clean.slice(0, textCharactersMax).toWellFormed(), cut: true }
    : { text: clean }
}

/** An answer as evaluators see it. */
export function answerText({ text, toolCalls }: CellAnswer): string {
  return text === '' && toolCalls ? JSON.stringify(toolCalls) : text
}
