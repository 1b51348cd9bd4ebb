export type Settings = {
  /** nginx, apache, lighttpd, jaws; anything else is a Server header of its own. */
  readonly server: string
  readonly version: string
  /** In brackets behind the version: Ubuntu, Debian … */
  readonly os: string
  /** A device: its first page is a login form under this title. */
  readonly title: string | undefined
  /** The whole first page instead. */
  readonly index: string | undefined
  /** Ask for a password on every page. */
  readonly realm: string | undefined
  /** [user, password] pairs that get in. */
  readonly accept: readonly (readonly [string, string])[]
}

const VERSIONS: Readonly<Record<string, string>> = {
  nginx: '1.18.0',
  apache: '2.4.41',
  lighttpd: '1.4.59',
  jaws: '1.0',
}

export function checkSettings(given: unknown): Settings {
  if (given !== undefined && (typeof given !== 'object' || given === null))
    throw new TypeError('http: settings must be an object')
  const bag = { ...given } as Record<string, unknown>
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
  return {
    server,
    version: text('version') ?? VERSIONS[server] ?? '',
    os: text('os') ?? '',
    title: text('title'),
    index: text('index'),
    realm: text('realm'),
    accept,
  }
}

const isPair = (pair: unknown): pair is [string, string] =>
  Array.isArray(pair) && pair.length === 2 && pair.every((word) => typeof word === 'string')
