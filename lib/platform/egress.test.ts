import { describe, expect, it } from 'vitest'
import { AppError } from '#lib/core/errors.ts'
import { systemClock } from './clock.ts'
import { createEgress, type EgressOptions, type Resolve } from './egress.ts'
import { allowedEntriesMax, parseAllowedEntries } from './egress-entries.ts'

const answers: Record<string, string[]> = {
  'api.example.com': ['93.184.215.14', '2606:2800:21f:cb07::1'],
  'half.example.com': ['93.184.215.14', '10.0.0.7'],
  'inner.example.com': ['10.1.0.5'],
  'meta.example.com': ['169.254.169.254'],
  'me.example.com': ['127.0.0.1'],
  'many.example.com': Array.from({ length: 40 }, (_, index) => `93.184.215.${index + 1}`),
  'empty.example.com': [],
  vllm: ['172.18.0.4'],
  'vllm-meta': ['169.254.169.254'],
}

const resolve: Resolve = async (name) => {
  if (name === 'hangs.example.com') return new Promise(() => {})
  const found = answers[name]
  if (!found) throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' })
  return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
}

function guard(allowed = '', options: Partial<EgressOptions> = {}) {
  const entries = parseAllowedEntries(allowed)
  return createEgress({
    allowed: () => entries,
    selfAddresses: () => [],
    clock: systemClock,
    resolve,
    nameRefusalMs: 30,
    ...options,
  })
}

const judge = (text: string, allowed = '') => {
  const verdict = guard(allowed).judgeUrl(text)
  return verdict.ok ? 'ok' : verdict.code
}

async function leads(text: string, allowed = '', options: Partial<EgressOptions> = {}) {
  const egress = guard(allowed, options)
  const verdict = egress.judgeUrl(text)
  if (!verdict.ok) return verdict.code
  const resolution = await egress.resolve(verdict.place)
  return resolution.ok ? resolution.addresses.map(({ address }) => address) : resolution.code
}

describe('a base URL', () => {
  it.each([
    ['https://api.example.com/v1', 'ok'],
    ['https://api.example.com:8443/v1', 'ok'],
    ['HTTPS://API.example.com', 'ok'],
    ['https://8.8.8.8/v1', 'ok'],
    ['https://[2606:4700:4700::1111]/', 'ok'],
    ['https://bücher.example/v1', 'ok'],
    ['https://api.example.com/a@b', 'ok'],
    ['http://api.example.com/v1', 'url_http_not_allowed'],
    ['http://8.8.8.8/v1', 'url_http_not_allowed'],
    ['', 'url_invalid'],
    ['api.example.com', 'url_invalid'],
    ['https:api.example.com', 'url_invalid'],
    ['https:/api.example.com', 'url_invalid'],
    ['https://', 'url_invalid'],
    ['https:///x', 'url_invalid'],
    ['https://a.example.com:0/', 'url_invalid'],
    ['https://a.example.com:99999/', 'url_invalid'],
    ['https://api.example.com./v1', 'url_invalid'],
    ['https://localhost./v1', 'url_invalid'],
    [' https://api.example.com', 'url_invalid'],
    ['https://api.exa\tmple.com', 'url_invalid'],
    ['https://api.example.com\r\nHost: x', 'url_invalid'],
    ['https://api.example.com\0', 'url_invalid'],
    ['https://api.example.com\\@10.0.0.1/', 'url_invalid'],
    ['https://api\u200b.example.com', 'url_invalid'],
    ['https://api\u00a0.example.com', 'url_invalid'],
    ['https://%31%30.0.0.1%2f/', 'url_invalid'],
    ['https://user%40api.example.com/', 'url_invalid'],
    ['ftp://api.example.com', 'url_scheme'],
    ['file:///etc/passwd', 'url_scheme'],
    ['javascript://x', 'url_scheme'],
    ['https://user@api.example.com', 'url_credentials'],
    ['https://user:pass@api.example.com', 'url_credentials'],
    ['https://api.example.com@10.0.0.1/', 'url_credentials'],
    ['https://@api.example.com/', 'url_credentials'],
    ['https://api.example.com/v1?key=x', 'url_query'],
    ['https://api.example.com/v1?', 'url_query'],
    ['https://api.example.com/v1#x', 'url_fragment'],
    [`https://api.example.com/${'x'.repeat(2048)}`, 'url_too_long'],
  ])('%j is %s', (text, expected) => {
    expect(judge(text)).toBe(expected)
  })

  it.each([
    'https://127.0.0.1',
    'https://127.1',
    'https://127.0.1',
    'https://2130706433',
    'https://0x7f000001',
    'https://0x7f.0.0.1',
    'https://0177.0.0.1',
    'https://017700000001',
    'https://1２7.0.0.1',
    'https://%31%32%37.0.0.1',
    'https://127。0。0。1',
    'https://①②⑦.0.0.1',
    'https://0',
    'https://0.0.0.0',
    'https://10.0.0.1',
    'https://192.168.1.1',
    'https://[::1]',
    'https://[::]',
    'https://[::7f00:1]',
    'https://[::ffff:127.0.0.1]',
    'https://[::ffff:a00:1]',
    'https://[64:ff9b::7f00:1]',
    'https://[2002:7f00:1::]',
    'https://[2001:0:808:808::80ff:fffe]',
    'https://[fd00::1]',
    'https://[fe80::1]',
    'https://169.254.169.254',
    'https://168.63.129.16',
    'https://[fd00:ec2::254]',
    'https://0xa9fea9fe',
    'https://2852039166',
    'http://127.0.0.1:11434',
    'https://100.100.100.200',
  ])('%s is a refused address', (text) => {
    expect(judge(text)).toBe('address_refused')
  })

  it.each([
    'https://localhost',
    'https://LOCALHOST',
    'https://a.localhost',
    'https://vllm:8000',
    'http://vllm:8000',
    'https://printer.local',
    'https://metadata.google.internal',
    'https://host.docker.internal:8000',
    'https://nas.lan',
    'https://x.home.arpa',
    'https://api.default.svc',
    'https://api.default.svc.cluster.local',
    'https://metadata.goog',
    'https://metadata',
    'https://ｌocalhost',
    'https://docker.for.mac.localhost',
    'https://host.containers.internal',
  ])('%s is a refused name', (text) => {
    expect(judge(text)).toBe('name_refused')
  })

  it('tells what an operator can allow, and only where that helps', () => {
    const egress = guard()
    const verdict = (text: string) => {
      const judged = egress.judgeUrl(text)
      if (judged.ok) throw new Error('passed')
      return [judged.allowableEntry, judged.typedAddress]
    }
    expect(verdict('http://127.0.0.1:11434/v1')).toEqual(['127.0.0.1:11434', true])
    expect(verdict('https://2130706433/v1')).toEqual(['127.0.0.1:443', true])
    expect(verdict('http://[::1]:8000')).toEqual(['[::1]:8000', true])
    expect(verdict('http://vllm:8000/v1')).toEqual(['vllm:8000', false])
    expect(verdict('http://api.example.com/v1')).toEqual(['api.example.com:80', false])
    expect(verdict('https://169.254.169.254')).toEqual([undefined, true])
    expect(verdict('https://a@b.example.com')).toEqual([undefined, false])
  })

  it('passes with the entry that it told, and no other port, scheme or spelling of another place', () => {
    for (const text of [
      'http://127.0.0.1:11434/v1',
      'http://[::1]:8000',
      'http://vllm:8000/v1',
      'http://api.example.com',
    ]) {
      const verdict = guard().judgeUrl(text)
      expect(judge(text, verdict.ok ? '' : verdict.allowableEntry)).toBe('ok')
    }
    expect(judge('http://127.0.0.1:11435', '127.0.0.1:11434')).toBe('address_refused')
    expect(judge('http://127.0.0.2:11434', '127.0.0.1:11434')).toBe('address_refused')
    expect(judge('http://2130706433:11434', '127.0.0.1:11434')).toBe('ok')
    expect(judge('http://localhost:11434', '127.0.0.1:11434')).toBe('name_refused')
    expect(judge('http://10.1.2.3:8000', '10.1.0.0/16:8000')).toBe('ok')
    expect(judge('http://10.2.2.3:8000', '10.1.0.0/16:8000')).toBe('address_refused')
    expect(judge('http://169.254.169.254:80', '169.254.0.0/16:80')).toBe('address_refused')
    expect(judge('http://[::ffff:10.1.2.3]:8000', '10.1.0.0/16:8000')).toBe('ok')
    expect(judge('http://vllm:8000', '10.1.0.0/16:8000')).toBe('name_refused')
  })

  it('that leads back to us is stopped, also where it was allowed', async () => {
    const selfAddresses = () => [
      { host: '0.0.0.0', port: 4000 },
      { host: 'gate.example.com', port: 443 },
    ]
    const allowed = '127.0.0.1:4000, localhost:4000, me.example.com:4000'
    const egress = guard(allowed, { selfAddresses })
    const code = (text: string) => {
      const verdict = egress.judgeUrl(text)
      return verdict.ok ? 'ok' : verdict.code
    }
    expect(code('https://gate.example.com/v1')).toBe('loop')
    expect(code('http://127.0.0.1:4000/v1')).toBe('loop')
    expect(code('http://[::ffff:127.0.0.9]:4000/v1')).toBe('loop')
    expect(code('http://127.0.0.1:4010/v1')).toBe('address_refused')
    expect(await leads('http://me.example.com:4000', allowed, { selfAddresses })).toBe('egress_loop')
  })
})

describe('a name', () => {
  it('leads to its addresses where all of them are public', async () => {
    expect(await leads('https://api.example.com')).toEqual(answers['api.example.com'])
    expect(await leads('https://8.8.8.8')).toEqual(['8.8.8.8'])
  })

  it.each(['half', 'inner', 'meta', 'many', 'empty', 'none', 'me'])(
    '%s.example.com gets the one answer of every name that leads nowhere',
    async (name) => {
      const egress = guard()
      const verdict = egress.judgeUrl(`https://${name}.example.com/v1`)
      if (!verdict.ok) throw new Error(verdict.code)
      const refused = await egress.resolve(verdict.place)
      expect(refused).toMatchObject({
        ok: false,
        code: 'upstream_dns',
        message: `This name does not lead to a public address; an operator can allow ${name}.example.com:443.`,
      })
    },
  )

  it('is refused after the same time whether it is missing, refused, a refused name or without an answer', async () => {
    const times: number[] = []
    // A name that was allowed when it was judged and is no more when it is dialled.
    const entries = parseAllowedEntries('vllm:443')
    let current: typeof entries = entries
    const egress = guard('', { allowed: () => current, nameRefusalMs: 80 })
    for (const host of ['vllm', 'none.example.com', 'inner.example.com', 'hangs.example.com']) {
      current = entries
      const verdict = egress.judgeUrl(`https://${host}`)
      if (!verdict.ok) throw new Error(verdict.code)
      current = []
      const startedMs = performance.now()
      expect((await egress.resolve(verdict.place)).ok).toBe(false)
      times.push(performance.now() - startedMs)
    }
    for (const ms of times) {
      expect(ms).toBeGreaterThan(75)
      expect(ms).toBeLessThan(400)
    }
  })

  it('may lead where an operator allowed it, and the truth is told about it', async () => {
    expect(await leads('http://vllm:8000', 'vllm:8000')).toEqual(['172.18.0.4'])
    expect(await leads('http://inner.example.com:8000', '10.1.0.0/16:8000')).toEqual(['10.1.0.5'])
    expect(await leads('https://half.example.com:8000', '10.0.0.0/16:8000')).toEqual(answers['half.example.com'])
    // Plain http: every address must be in the range.
    expect(await leads('http://half.example.com:8000', '10.0.0.0/16:8000')).toBe('upstream_dns')
    expect(await leads('http://api.example.com:8000', '10.0.0.0/16:8000')).toBe('upstream_dns')
    expect(await leads('http://vllm-meta:80', 'vllm-meta:80')).toBe('upstream_dns')
    const egress = guard('gone:8000')
    const verdict = egress.judgeUrl('http://gone:8000')
    expect(verdict.ok && (await egress.resolve(verdict.place))).toMatchObject({ message: 'gone does not resolve.' })
  })

  it('is judged again by the rules of the moment in which it is dialled', async () => {
    let entries = parseAllowedEntries('127.0.0.1:11434')
    const egress = guard('', { allowed: () => entries })
    const verdict = egress.judgeUrl('http://127.0.0.1:11434')
    if (!verdict.ok) throw new Error(verdict.code)
    expect((await egress.resolve(verdict.place)).ok).toBe(true)
    entries = []
    expect(await egress.resolve(verdict.place)).toMatchObject({ ok: false, code: 'egress_refused' })
  })
})

describe('allowed entries', () => {
  it('are read with commas, spaces and line ends between them, in one spelling', () => {
    const entries = parseAllowedEntries(
      ' 127.0.0.1:11434, vllm:8000\n[::1]:80 10.1.0.0/16:8000,[fd00::]/8:1,fd00::/8:2,0x7f.1:9 ',
    )
    expect(
      entries.map((entry) => (entry.kind === 'exact' ? entry.text : `${entry.range.join('/')} ${entry.port}`)),
    ).toEqual([
      '127.0.0.1:11434',
      'vllm:8000',
      '[::1]:80',
      '10.1.0.0/16 8000',
      'fd00::/8 1',
      'fd00::/8 2',
      '127.0.0.1:9',
    ])
    expect(parseAllowedEntries('')).toEqual([])
  })

  it.each([
    ['vllm', 'has no port'],
    ['127.0.0.1', 'has no port'],
    ['::1', 'has no port'],
    ['fd00::1:80', 'has no port'],
    ['10.0.0.0/8', 'has no port'],
    ['vllm:0', 'no valid port'],
    ['vllm:70000', 'no valid port'],
    ['http://vllm:8000', 'has a scheme'],
    ['vllm:8000/v1', 'has no port'],
    ['a@b:80', 'is no address'],
    ['256.1.1.1:80', 'is no address'],
    ['vllm.:80', 'is no address'],
    ['10.0.0.0/33:80', 'is no range'],
    ['vllm/8:80', 'is no range'],
    ['0.0.0.0/0:443', 'too wide'],
    ['10.0.0.0/7:443', 'too wide'],
    ['::/0:443', 'too wide'],
    ['169.254.169.254:80', 'metadata'],
    [Array.from({ length: allowedEntriesMax + 1 }, (_, index) => `h${index}:1`).join(), 'At most'],
  ])('%s is refused with the fix', (text, message) => {
    expect(() => parseAllowedEntries(text)).toThrow(message)
    expect(() => parseAllowedEntries(text)).toThrow(AppError)
  })
})
