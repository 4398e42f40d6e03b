import { Ajv, type Options } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { RE2JS } from 're2js'

/** A pattern in RE2's syntax, with its time in proportion to the text. Throws where it is none. */
export function compilePattern(pattern: string, flags = 0): { test(text: string): boolean } {
  return RE2JS.compile(pattern, flags)
}

function regExp(pattern: string): { test(text: string): boolean } {
  return compilePattern(pattern)
}
// Where a validator is written out as source, which does not happen here.
regExp.code = 'regExp'

const options: Options = {
  strict: false,
  logger: false,
  // A format is a note, as draft 2020-12 has it.
  validateFormats: false,
  code: { regExp },
}

/** Why a value does not fit; null where it does. */
export type SchemaCheck = (value: unknown) => string | null

/**
 * A JSON Schema as a check. Draft 2020-12 unless it says that it is of draft 7; patterns are RE2's. Throws an `Error` whose
 * message says what is wrong with the schema.
 */
export function compileSchema(schema: Record<string, unknown>): SchemaCheck {
  const isDraft7 = typeof schema.$schema === 'string' && /draft-0[4-7]/.test(schema.$schema)
  // One of its own each time: schemas that name themselves would meet, and all would be kept for good.
  const ajv = isDraft7 ? new Ajv(options) : new Ajv2020(options)
  const validate = ajv.compile(schema)
  if ('$async' in validate) throw new Error('A schema that is asynchronous is not supported.')
  const fits = (value: unknown) => {
    try {
      return validate(value)
    } catch (error) {
      // A reference that leads to itself ends with the stack.
      if (error instanceof RangeError) return null
      throw error
    }
  }
  return (value) => {
    const fit = fits(value)
    if (fit === null) return 'the schema refers to itself without an end'
    if (fit) return null
    const [error] = validate.errors ?? []
    const where = error?.instancePath ? `${error.instancePath}: ` : ''
    return `${where}${error?.message ?? 'it does not fit'}`
  }
}
