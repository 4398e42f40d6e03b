import type { OperationObject } from '#lib/reference/schema.ts'

export interface Snippet {
  label: string
  code: string
}

export interface Place {
  method: string
  /** As the document spells it: `/api/workspaces/{workspace}/models/{id}`. */
  path: string
  workspace: string
  studioUrl: string
  gatewayUrl: string
}

/**
 * The same call in several languages, with a key out of PATCHBAY_API_KEY; what stands in the path is set in the first
 * lines. None where keys are refused.
 */
export function operationSnippets(operation: OperationObject, place: Place): Snippet[] {
  const takesKeys = operation.security.length === 0 || operation.security.some((each) => 'key' in each)
  if (!takesKeys) return []
  const isOpen = operation.security.length === 0
  const { method, path, workspace } = place
  const base = path.startsWith('/v1') ? place.gatewayUrl : place.studioUrl
  const filled = path.replace('{workspace}', workspace)
  const parts = [...filled.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!)
  const [type, { example } = {}] = Object.entries(operation.requestBody?.content ?? {})[0] ?? []
  const isFile = typeof example === 'string'
  const body = example === undefined ? undefined : isFile ? example : JSON.stringify(example, null, 2)
  const name = (part: string) => part.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()

  const url = `${base}${filled.replaceAll(/\{(\w+)\}/g, (_, part: string) => `$${name(part)}`)}`
  const curl = [
    ...parts.map((part) => `${name(part)}=...`),
    [
      `curl ${method === 'GET' ? '' : `-X ${method} `}"${url}"`,
      ...(isOpen ? [] : ['-H "authorization: Bearer $PATCHBAY_API_KEY"']),
      ...(body === undefined
        ? []
        : [
            `-H "content-type: ${type}"`,
            `${isFile ? '--data-binary' : '-d'} '${(isFile ? body : indented(body)).replaceAll("'", "'\\''")}'`,
          ]),
    ].join(' \\\n  '),
  ].join('\n')

  const address = `${base}${filled.replaceAll(/\{(\w+)\}/g, (_, part: string) => `\${encodeURIComponent(${part})}`)}`
  const quoted = parts.length > 0 ? `\`${address}\`` : `'${address}'`
  const headers = [
    ...(isOpen ? [] : [`    authorization: \`Bearer \${process.env.PATCHBAY_API_KEY}\`,`]),
    ...(body === undefined ? [] : [`    'content-type': '${type}',`]),
  ]
  const options = [
    ...(method === 'GET' ? [] : [`  method: '${method}',`]),
    ...(headers.length > 0 ? ['  headers: {', ...headers, '  },'] : []),
    ...(body === undefined ? [] : [`  body: ${isFile ? JSON.stringify(body) : `JSON.stringify(${indented(body)})`},`]),
  ]
  const call = options.length > 0 ? `fetch(${quoted}, {\n${options.join('\n')}\n})` : `fetch(${quoted})`
  const node = [
    ...parts.map((part) => `const ${part} = '...'`),
    `const answer = await ${call}`,
    'console.log(answer.status, await answer.text())',
  ].join('\n')

  return [
    { label: 'curl', code: curl },
    { label: 'Node', code: node },
  ]
}

function indented(text: string): string {
  return text.replaceAll('\n', '\n  ')
}
