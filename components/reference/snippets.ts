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
  const body = operation.requestBody?.content['application/json']?.example
  const json = body === undefined ? undefined : JSON.stringify(body, null, 2)
  const name = (part: string) => part.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()

  const url = `${base}${filled.replaceAll(/\{(\w+)\}/g, (_, part: string) => `$${name(part)}`)}`
  const curl = [
    ...parts.map((part) => `${name(part)}=...`),
    [
      `curl ${method === 'GET' ? '' : `-X ${method} `}"${url}"`,
      ...(isOpen ? [] : ['-H "authorization: Bearer $PATCHBAY_API_KEY"']),
      ...(json === undefined
        ? []
        : ['-H "content-type: application/json"', `-d '${json.replaceAll("'", "'\\''").replaceAll('\n', '\n  ')}'`]),
    ].join(' \\\n  '),
  ].join('\n')

  const address = `${base}${filled.replaceAll(/\{(\w+)\}/g, (_, part: string) => `\${encodeURIComponent(${part})}`)}`
  const quoted = parts.length > 0 ? `\`${address}\`` : `'${address}'`
  const headers = [
    ...(isOpen ? [] : [`    authorization: \`Bearer \${process.env.PATCHBAY_API_KEY}\`,`]),
    ...(json === undefined ? [] : [`    'content-type': 'application/json',`]),
  ]
  const options = [
    ...(method === 'GET' ? [] : [`  method: '${method}',`]),
    ...(headers.length > 0 ? ['  headers: {', ...headers, '  },'] : []),
    ...(json === undefined ? [] : [`  body: JSON.stringify(${json.replaceAll('\n', '\n  ')}),`]),
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
