/** What is wrong with a JSON Schema that functions or structured output are described by: path and words. */
export interface SchemaProblem {
  path: string
  message: string
}

const types = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']
const depthMax = 32
const problemsMax = 10

/**
 * The mistakes that servers answer with a 400 long after somebody made them: unknown types, keywords of the wrong kind,
 * `required` names without a property, references that lead nowhere. What is unknown is left alone.
 */
export function schemaProblems(schema: unknown): SchemaProblem[] {
  const problems: SchemaProblem[] = []
  const root = schema
  const tell = (path: string, message: string) => {
    if (problems.length < problemsMax) problems.push({ path, message })
  }

  function look(value: unknown, path: string, depth: number): void {
    if (depth > depthMax) {
      tell(path, `Nested more than ${depthMax} levels deep.`)
      return
    }
    if (typeof value === 'boolean' && depth > 0) return
    if (!isObject(value)) {
      tell(path, 'A schema is an object.')
      return
    }
    const at = (name: string) => (path === '' ? name : `${path}.${name}`)
    for (const each of value.type === undefined ? [] : [value.type].flat())
      if (!types.includes(each as string)) tell(at('type'), `${JSON.stringify(each)} is no type of JSON Schema.`)
    if (value.enum !== undefined && (!Array.isArray(value.enum) || value.enum.length === 0))
      tell(at('enum'), 'This is a list of at least one value.')
    for (const name of ['properties', 'patternProperties', '$defs', 'definitions'] as const) {
      const members = value[name]
      if (members === undefined) continue
      if (!isObject(members)) tell(at(name), 'This is an object of schemas.')
      else for (const [key, member] of Object.entries(members)) look(member, at(`${name}.${key}`), depth + 1)
    }
    for (const name of ['items', 'additionalProperties', 'not', 'contains', 'if', 'then', 'else'] as const) {
      const member = value[name]
      if (member === undefined) continue
      for (const each of Array.isArray(member) ? member : [member]) look(each, at(name), depth + 1)
    }
    for (const name of ['anyOf', 'oneOf', 'allOf', 'prefixItems'] as const) {
      const members = value[name]
      if (members === undefined) continue
      if (!Array.isArray(members) || members.length === 0) tell(at(name), 'This is a list of schemas.')
      else for (const [index, each] of members.entries()) look(each, at(`${name}.${index}`), depth + 1)
    }
    if (value.required !== undefined) {
      if (!Array.isArray(value.required) || !value.required.every((each) => typeof each === 'string'))
        tell(at('required'), 'This is a list of names.')
      else if (isObject(value.properties))
        for (const each of value.required)
          if (!Object.hasOwn(value.properties, each)) tell(at('required'), `“${each}” is no property.`)
    }
    if (value.$ref !== undefined && (typeof value.$ref !== 'string' || !leads(root, value.$ref)))
      tell(at('$ref'), `${JSON.stringify(value.$ref)} leads nowhere.`)
    if (value.pattern !== undefined && !isPattern(value.pattern)) tell(at('pattern'), 'This is no regular expression.')
  }

  look(schema, '', 0)
  return problems
}

/** References of other documents are not looked at. */
function leads(root: unknown, ref: string): boolean {
  if (!ref.startsWith('#')) return true
  let value = root
  for (const step of ref.slice(1).split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return false
    value = (value as Record<string, unknown>)[name]
  }
  return true
}

function isPattern(pattern: unknown): boolean {
  if (typeof pattern !== 'string') return false
  try {
    new RegExp(pattern, 'u')
    return true
  } catch {
    return false
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
