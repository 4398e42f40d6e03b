/** What a typed Base URL becomes, and what was changed, in words for the line below the field. */
export type BaseUrlResult = { ok: true; url: string; host: string; notes: string[] } | { ok: false; message: string }

const lengthMax = 2_048
const operationPaths = ['/chat/completions', '/completions', '/embeddings', '/images/generations', '/models']

const messages = {
  empty: 'Enter the Base URL, for example https://api.groq.com/openai/v1.',
  tooLong: 'A Base URL has at most 2,048 characters.',
  key: 'This looks like an API key. Paste the address of the server here.',
  space: 'A Base URL has no spaces or line breaks inside.',
  backslash: 'A Base URL has no backslash. Use “/”.',
  scheme: 'A Base URL begins with https:// or http://.',
  userInfo: 'Put the credential into API Key, not into the Base URL.',
  query: 'A Base URL has no “?” part. Put query parameters under More.',
  fragment: 'A Base URL has no “#” part.',
  broken: 'This is not a web address. Example: https://api.groq.com/openai/v1.',
} as const

/**
 * Trims, adds a scheme, and cuts what belongs to an operation (`/chat/completions` ...), a doubled `/v1` and slashes at
 * the end; each change is a note. Whether the address may be called at all is the egress guard's question.
 */
export function normaliseBaseUrl(text: string): BaseUrlResult {
  const refuse = (message: string): BaseUrlResult => ({ ok: false, message })
  const notes: string[] = []
  let value = text.trim()
  const unquoted = value.replace(/^["'`“”]+|["'`“”]+$/g, '').trim()
  if (unquoted !== value && unquoted !== '') notes.push('Quotes were cut')
  value = unquoted
  if (value === '') return refuse(messages.empty)
  if (value.length > lengthMax) return refuse(messages.tooLong)
  if (/[\s\p{Cc}\p{Cf}]/u.test(value)) return refuse(messages.space)
  if (value.includes('\\')) return refuse(messages.backslash)
  if (/^(sk|gsk|pb|xai|hf|pplx|csk|fw|nvapi)[-_][\w-]{8,}$/i.test(value)) return refuse(messages.key)

  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(value)?.[1]?.toLowerCase()
  if (scheme === undefined) {
    if (/^(mailto|data|file|javascript|blob):/i.test(value)) return refuse(messages.scheme)
    const added = isLocalName(value) ? 'http://' : 'https://'
    value = added + value.replace(/^\/+/, '')
    notes.push(`“${added}” was added`)
  } else if (scheme !== 'http' && scheme !== 'https') return refuse(messages.scheme)

  const authority = value.slice(value.indexOf('://') + 3).split(/[/?#]/, 1)[0] ?? ''
  if (authority.includes('@')) return refuse(messages.userInfo)
  if (value.includes('#')) return refuse(messages.fragment)
  if (value.includes('?')) return refuse(messages.query)
  let url: URL
  try {
    url = new URL(value)
  } catch {
    return refuse(messages.broken)
  }
  if (url.hostname === '' || url.username !== '' || url.password !== '') return refuse(messages.broken)
  if (!/[.:]/.test(url.hostname) && url.hostname !== 'localhost' && scheme === undefined && url.port === '')
    return refuse(messages.broken)

  const path = cutPath(url.pathname, notes)
  const result = url.origin + path
  if (result.length > lengthMax) return refuse(messages.tooLong)
  return { ok: true, url: result, host: url.host, notes }
}

/** `localhost` and IP literals of private ranges speak plain http as a rule; everything else speaks https. */
function isLocalName(text: string): boolean {
  return /^(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[::1\])/i.test(text)
}

function cutPath(pathname: string, notes: string[]): string {
  let path = pathname.replace(/\/{2,}/g, '/')
  if (path !== pathname) notes.push('Doubled slashes were cut')
  for (;;) {
    const bare = path.replace(/\/+$/, '')
    const operation = operationPaths.find((ending) => bare.toLowerCase().endsWith(ending))
    if (operation === undefined) {
      // The one slash that every address has is not worth a word.
      if (bare !== path && bare !== '') notes.push('The slash at the end was cut')
      path = bare
      break
    }
    notes.push(`“${operation}” was cut from the end`)
    path = bare.slice(0, -operation.length)
  }
  while (/\/v1\/v1$/i.test(path)) {
    path = path.slice(0, -3)
    notes.push('The doubled “/v1” was cut')
  }
  return path
}

/**
 * Other base paths worth trying where this one answers nothing that OpenAI's API would, the likeliest first: with `/v1`
 * added, below the paths that hosted servers use, or without a `/v1` that does not belong there.
 */
export function alternativeBaseUrls(baseUrl: string): string[] {
  if (/\/v1$/i.test(baseUrl)) return [baseUrl.slice(0, -3)]
  if (/\/v\d+[a-z0-9]*(\/openai)?$/i.test(new URL(baseUrl).pathname)) return []
  return [`${baseUrl}/v1`, `${baseUrl}/openai/v1`, `${baseUrl}/api/v1`]
}
