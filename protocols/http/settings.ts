import { checkLine, checkRecord } from '../settings.ts'

export type Settings = {
  /** nginx, apache, lighttpd, jaws, Microsoft-IIS/version, Microsoft-HTTPAPI/2.0, cisco-IOS; anything else is a Server header of its own, '' is none. */
  readonly server: string
  readonly version: string
  /** In brackets behind the version: Ubuntu, Debian … */
  readonly os: string
  /** A device: its first page is a login form under this title. */
  readonly title: string | undefined
  /** The whole first page instead. */
  readonly index: string | undefined
  /** What every path gets: there is no page at all. */
  readonly always: 404 | 503 | undefined
  /** Where the first page sends its visitor; `{host}` in it is the host that was asked for. With `{path}` in it every page does. */
  readonly redirect: { readonly status: 301 | 302; readonly to: string } | undefined
  /** Of every answer: in the server's order if it knows the name, otherwise behind its own. */
  readonly headers: readonly (readonly [string, string])[]
  /** Ask for a password on every page. */
  readonly realm: string | undefined
  /** Ask for it as Digest (RFC 7616) instead of Basic: nobody gets in. */
  readonly digest: boolean
  /** [user, password] pairs that get in. */
  readonly accept: readonly (readonly [string, string])[]
}

const VERSIONS: Readonly<Record<string, string>> = {
  nginx: '1.18.0',
  apache: '2.4.41',
  lighttpd: '1.4.59',
  jaws: '1.0',
}

const KEYS = [
  'server',
  'version',
  'os',
  'title',
  'index',
  'always',
  'redirect',
  'headers',
  'realm',
  'digest',
  'accept',
]
const MAX_HEADERS = 16
const MAX_VALUE_CHARACTERS = 512

export function checkSettings(given: unknown): Settings {
  if (given !== undefined && (typeof given !== 'object' || given === null))
    throw new TypeError('http: settings must be an object')
  const bag = checkRecord(given, 'http', KEYS)
  const text = (key: string): string | undefined => {
    const value = bag[key]
    if (value === undefined || typeof value === 'string') return value
    throw new TypeError(`http: ${key} must be a string`)
  }
  const server = text('server') ?? 'nginx'
  if (/[\r\n]/.test(server)) throw new TypeError('http: server must be one line')
  const { accept = [] } = bag
  if (!Array.isArray(accept) || !accept.every(isPair))
    throw new TypeError('http: accept must be a list of [user, password]')
  const { digest = false, always } = bag
  if (always !== undefined && always !== 404 && always !== 503)
    throw new TypeError('http: always must be 404 or 503')
  if (typeof digest !== 'boolean') throw new TypeError('http: digest must be true or false')
  return {
    server,
    version: text('version') ?? VERSIONS[server] ?? '',
    os: text('os') ?? '',
    title: text('title'),
    index: text('index'),
    always,
    redirect: checkRedirect(bag.redirect),
    headers: checkHeaders(bag.headers),
    realm: text('realm'),
    digest,
    accept,
  }
}

function checkRedirect(given: unknown): Settings['redirect'] {
  if (given === undefined) return undefined
  const { status, to } = checkRecord(given, 'http.redirect', ['status', 'to'])
  if (status !== 301 && status !== 302)
    throw new TypeError('http.redirect.status: 301 or 302 is needed')
  const target = checkLine(to, 'http.redirect.to', MAX_VALUE_CHARACTERS)
  if (target === undefined) throw new TypeError('http.redirect.to: a line is needed')
  return { status, to: target }
}

function checkHeaders(given: unknown = []): Settings['headers'] {
  if (!Array.isArray(given) || given.length > MAX_HEADERS || !given.every(isPair))
    throw new TypeError(`http.headers: at most ${MAX_HEADERS} [name, value] are needed`)
  for (const [name, value] of given) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name))
      throw new TypeError(`http.headers: ${JSON.stringify(name)} is no name`)
    checkLine(value, `http.headers.${name}`, MAX_VALUE_CHARACTERS)
  }
  return given
}

const isPair = (pair: unknown): pair is [string, string] =>
  Array.isArray(pair) && pair.length === 2 && pair.every((word) => typeof word === 'string')
