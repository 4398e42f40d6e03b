import { type Document, isAlias, isMap, isPair, isSeq, Lexer, parseDocument } from 'yaml'
import { invalidInput } from '#lib/core/errors.ts'

export const textCharactersMax = 1_000_000
/** Nodes of a document once every alias stands for what it names: what keeps an alias bomb from going off. */
const nodesMax = 200_000
/** Some 2,000 entries. What is read here holds up everybody else meanwhile. */
const tokensMax = 150_000
/** The parser looks for each alias in the whole document. */
const aliasesMax = 1_000

/**
 * Reads one YAML document, as PyYAML does (YAML 1.1, merge keys), into plain objects. Throws `invalid_input` on `text`
 * for what is too large, too deep, too much once its aliases are written out, or no YAML.
 */
export function parseYaml(text: string): unknown {
  if (text.length > textCharactersMax) throw wrong('The file is larger than 1 MB.')
  let [aliases, tokens] = [0, 0]
  for (const token of new Lexer().lex(text)) {
    if (++tokens > tokensMax)
      throw wrong('The file holds more than a configuration does: over 150,000 words and signs.')
    if (/^[&*]./.test(token)) aliases++
  }
  if (aliases > aliasesMax) throw wrong('The file has too many anchors and aliases.')
  try {
    // Without the search for equal keys, which is quadratic: the last one counts, as in PyYAML.
    const options = { version: '1.1', logLevel: 'error', prettyErrors: false, uniqueKeys: false } as const
    const document = parseDocument(text, options)
    const [error] = document.errors
    if (error?.code === 'RESOURCE_EXHAUSTION') throw wrong('The file is nested too deeply.')
    if (error) {
      const line = text.slice(0, error.pos[0]).split('\n').length
      throw wrong(`This is not YAML: line ${line}: ${error.message.split('\n', 1)[0]}`)
    }
    if (sizeOf(document) > nodesMax) throw wrong('The file is too large once its aliases are written out.')
    return document.toJS({ maxAliasCount: -1 })
  } catch (error) {
    if (error instanceof RangeError) throw wrong('The file is nested too deeply.')
    throw error
  }
}

function wrong(message: string) {
  return invalidInput(message, { text: message })
}

/** Each node is measured once; an alias adds what it stands for. */
function sizeOf(document: Document): number {
  const known = new Map<unknown, number>()
  const anchors = new Map<string, unknown>()
  const measure = (node: unknown): number => {
    if (isAlias(node)) {
      const target = known.get(anchors.get(node.source))
      if (target === undefined) throw wrong('This is not YAML: an alias names no anchor before it.')
      return 1 + target
    }
    let size = 1
    if (isPair(node)) size += measure(node.key) + measure(node.value)
    else if (isMap(node) || isSeq(node)) for (const item of node.items) size += measure(item)
    size = Math.min(size, nodesMax + 1)
    known.set(node, size)
    const anchor = (node as { anchor?: string } | null)?.anchor
    if (anchor) anchors.set(anchor, node)
    return size
  }
  return measure(document.contents)
}
