const loopbackNames = ['localhost', '127.0.0.1', '[::1]']

interface HostRules {
  /** What the server is bound to. */
  bind: string
  port: number
  /** `PUBLIC_URL`, `PUBLIC_GATEWAY_URL`, as far as they are set. */
  publicUrls: readonly (string | undefined)[]
}

/**
 * Says whether a `Host` header names us: the host of a public URL or, bound to loopback, a loopback name with our port.
 * Everything else is answered 421: a page whose name was pointed at this machine must not reach it.
 */
export function createHostCheck(rules: HostRules): (host: string | undefined) => boolean {
  const known = new Set<string>()
  for (const text of rules.publicUrls) {
    if (!text) continue
    const url = new URL(text)
    known.add(url.host)
    // `Host` may spell out the port that the scheme implies.
    if (!url.port) known.add(`${url.hostname}:${url.protocol === 'https:' ? 443 : 80}`)
  }
  if (isLoopback(rules.bind)) {
    for (const name of loopbackNames) {
      known.add(`${name}:${rules.port}`)
      if (rules.port === 80) known.add(name)
    }
  }
  return (host) => host !== undefined && known.has(host.toLowerCase())
}

export function isLoopback(bind: string): boolean {
  return bind === 'localhost' || bind === '::1' || /^127(\.\d{1,3}){3}$/.test(bind)
}
