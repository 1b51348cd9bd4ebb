/** URLs and hosts out of shell text: recorded, never fetched. */
import type { Indicator } from '../event.ts'
import { MAX_VIEW_CHARS } from './decode.ts'

const MAX_INDICATORS = 16
const MAX_URL_CHARS = 1024

const DISTRIBUTION = ['http', 'https', 'ftp', 'tftp'] as const
const CALLBACK = ['ldap', 'ldaps', 'rmi', 'iiop', 'dns'] as const
/** Hosts of XML namespaces: names, not places. */
const NAMESPACE_HOSTS = [
  'schemas.xmlsoap.org',
  'schemas.upnp.org',
  'purenetworks.com',
  'www.w3.org',
  'schemas.microsoft.com',
] as const

/** Longest first where one ends another. */
const ARCHITECTURES = [
  'x86_64',
  'mipsel',
  'mips64',
  'aarch64',
  'powerpc',
  'riscv64',
  'i486',
  'i586',
  'i686',
  'm68k',
  'mips',
  'mpsl',
  'arm4',
  'arm5',
  'arm6',
  'arm7',
  'arm8',
  'arm64',
  'armv4l',
  'armv5l',
  'armv6l',
  'armv7l',
  'sparc',
  'arm',
  'x86',
  'x64',
  'ppc',
  'sh4',
  'spc',
  'arc',
] as const

/** What `text` would fetch or call back, in order, each once. */
export function extractIndicators(text: string): readonly Indicator[] {
  const found = new Map<string, Indicator>()
  const bounded = text.slice(0, MAX_VIEW_CHARS)
  schemes(bounded, found)
  commands(bounded, found)
  devices(bounded, found)
  return [...found.values()]
}

/** 'arm7' for `/bins/x.arm7`; undefined when the name ends in no known architecture. */
export function architectureOf(url: string): string | undefined {
  const query = url.indexOf('?')
  const path = (query < 0 ? url : url.slice(0, query)).toLowerCase()
  for (const name of ARCHITECTURES)
    if (path.endsWith(name) && '/._-'.includes(path.charAt(path.length - name.length - 1)))
      return name
  return undefined
}

function add(found: Map<string, Indicator>, url: string, role: Indicator['role']): void {
  if (url.length > MAX_URL_CHARS || found.size >= MAX_INDICATORS || found.has(url)) return
  const architecture = role === 'distribution' ? architectureOf(url) : undefined
  found.set(url, { type: 'url', url, role, ...(architecture !== undefined && { architecture }) })
}

function schemes(text: string, found: Map<string, Indicator>): void {
  for (let at = text.indexOf('://'); at >= 0; at = text.indexOf('://', at + 3)) {
    const before = text.slice(Math.max(at - 8, 0), at).toLowerCase()
    const scheme = /[a-z]*$/.exec(before)?.[0] ?? ''
    const role = DISTRIBUTION.some((name) => name === scheme)
      ? 'distribution'
      : CALLBACK.some((name) => name === scheme)
        ? 'callback'
        : undefined
    const rest = text.slice(at + 3, urlEnd(text, at + 3))
    if (role === undefined || rest === '') continue
    if (NAMESPACE_HOSTS.some((host) => rest === host || rest.startsWith(`${host}/`))) continue
    add(found, `${scheme}://${rest}`, role)
  }
}

/** Where the URL that has begun before `from` ends. */
function urlEnd(text: string, from: number): number {
  let hasQuery = false
  let at = from
  for (; at < text.length && at - from < MAX_URL_CHARS; at++) {
    const char = text.charAt(at)
    if (char <= ' ' || char > '~' || '"\'`;<>|\\^{}()$'.includes(char)) break
    if (char === '?') hasQuery = true
    // Outside a query, '&' is the shell's or a form's.
    if (char === '&' && !hasQuery) break
  }
  while (at > from && '.,'.includes(text.charAt(at - 1))) at--
  return at
}

function commands(text: string, found: Map<string, Indicator>): void {
  const spaced = text.replaceAll(/\$\{?IFS\}?(\$9)?/g, ' ')
  for (const segment of spaced.split(/[;&|\n\r`(){}<>]/)) {
    const words = segment.split(/[\s"'\\]+/).filter((word) => word !== '')
    for (let i = 0; i < words.length; i++) {
      const word = words[i] as string
      const download = DOWNLOADERS.get(word.slice(word.lastIndexOf('/') + 1).toLowerCase())
      if (download === undefined) continue
      for (const url of download(words.slice(i + 1))) add(found, url, 'distribution')
      break
    }
  }
}

type Arguments = { readonly values: ReadonlyMap<string, string>; readonly positional: string[] }

/** `-x value` for the letters in `withValue`; other words with '-' are flags. */
function parse(words: readonly string[], withValue: string): Arguments {
  const values = new Map<string, string>()
  const positional: string[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string
    if (!word.startsWith('-')) positional.push(word)
    else if (!word.startsWith('--') && word.length > 1) {
      const letter = word.charAt(word.length - 1)
      if (withValue.includes(letter)) values.set(letter, words[++i] ?? '')
      else values.set(letter, '')
    }
  }
  return { values, positional }
}

type Download = (words: readonly string[]) => readonly string[]

const DOWNLOADERS: ReadonlyMap<string, Download> = new Map<string, Download>([
  // BusyBox of some routers: wget -g HOST -l LOCAL -r REMOTE.
  [
    'wget',
    (words) => {
      const router = parse(words, 'glrP')
      const host = router.values.get('g')
      const remote = router.values.get('r')
      if (host && remote && isHost(host)) return [join('http', host, remote)]
      return parse(words, 'OPoatTUeiwQ').positional.flatMap(bareUrl)
    },
  ],
  ['curl', (words) => parse(words, 'oAHdbceFmuxXTwEKC').positional.flatMap(bareUrl)],
  // tftp -g -r FILE HOST; tftp HOST -c get FILE.
  [
    'tftp',
    (words) => {
      const { values, positional } = parse(words, 'rlb')
      const get = positional.indexOf('get')
      const file = values.get('r') ?? (get < 0 ? undefined : positional[get + 1])
      const host = positional.find((word) => isHost(word) && word !== file)
      return host !== undefined && file ? [join('tftp', host, file)] : []
    },
  ],
  // ftpget -v -u USER -p PASS -P PORT HOST LOCAL REMOTE.
  [
    'ftpget',
    (words) => {
      const { positional } = parse(words, 'upP')
      const [host, local, remote = local] = positional
      return host !== undefined && remote !== undefined && isHost(host)
        ? [join('ftp', host, remote)]
        : []
    },
  ],
])

function join(scheme: string, host: string, path: string): string {
  return `${scheme}://${host}${path.startsWith('/') ? '' : '/'}${path}`
}

/** `192.0.2.1/x` and `example.com/x` as wget takes them; words with a scheme are found elsewhere. */
function bareUrl(word: string): string[] {
  if (word.includes('://')) return []
  const slash = word.indexOf('/')
  const host = slash < 0 ? word : word.slice(0, slash)
  if (!isHost(host) || (slash < 0 && !isIpv4(host))) return []
  return [`http://${word.slice(0, urlEnd(word, 0))}`]
}

const MAX_HOST_CHARS = 259

/** An IPv4 address or dotted name, with or without a port. */
function isHost(text: string): boolean {
  if (text.length > MAX_HOST_CHARS) return false
  return isIpv4(text) || /^[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,24}(:[0-9]{1,5})?$/i.test(text)
}

function isIpv4(text: string): boolean {
  return /^[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(:[0-9]{1,5})?$/.test(text)
}

/** bash's /dev/tcp/HOST/PORT: a reverse shell. */
function devices(text: string, found: Map<string, Indicator>): void {
  const prefix = '/dev/tcp/'
  for (let at = text.indexOf(prefix); at >= 0; at = text.indexOf(prefix, at + 1)) {
    const [host = '', port = ''] = text.slice(at + prefix.length, at + 300).split('/', 2)
    if (found.size >= MAX_INDICATORS || !isHost(host)) continue
    const number = /^[0-9]{1,5}/.exec(port)?.[0]
    if (number === undefined) continue
    const key = `${host}:${number}`
    if (isIpv4(host)) found.set(key, { type: 'ipv4-addr', ip: host, role: 'callback' })
    else found.set(key, { type: 'domain-name', name: host, role: 'callback' })
  }
}
