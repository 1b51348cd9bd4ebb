/** An HTTP conversation: requests one after another, each reported once and answered in character. */
import { randomBytes } from 'node:crypto'
import type { Identity, Service, Session } from '../protocol.ts'
import { Malformed } from '../reader.ts'
import { Body, lengthOf, readBody } from './body.ts'
import { decode, frame, type Head, Refusal } from './codec.ts'
import { offered } from './credentials.ts'
import { type Context, type Family, family, type Page } from './families.ts'
import { loginPage } from './pages.ts'
import type { Settings } from './settings.ts'

/** nginx's and Apache's keep-alive limit. */
const MAX_REQUESTS = 100
const NONCE_BYTES = 16
const YEAR_SECONDS = 31_536_000
/** Dates of files lie in the years after this, seconds since 1970. */
const FIRST_FILE_TIME = 1_577_836_800

type Site = {
  readonly settings: Settings
  readonly look: Family
  /** When the first page was written, seconds since 1970. */
  readonly fileTime: number
  readonly now: () => number
}

export function server(settings: Settings, identity: Identity): Service {
  const age = identity.secret('http file time', 4).readUInt32BE() % (2 * YEAR_SECONDS)
  const { now } = identity
  const site: Site = { settings, look: family(settings), fileTime: FIRST_FILE_TIME + age, now }
  return async (session) => {
    let head: Head | undefined
    try {
      for (let count = 1; ; count++) {
        head = undefined
        const bytes = await session.reader.message(frame)
        if (bytes === undefined) return
        head = decode(bytes)
        const stays = await serve(session, site, head, count === MAX_REQUESTS)
        if (!stays) return
      }
    } catch (fault) {
      if (fault instanceof Refusal) await refuse(session, site, head, fault)
      // The reader's own bounds are no server's fault, but a server would say the same.
      else if (fault instanceof Malformed && fault.message.startsWith('too much'))
        await refuse(session, site, head, new Refusal(400, fault.message))
      throw fault
    }
  }
}

/** One request; true when the connection stays open. */
async function serve(session: Session, site: Site, head: Head, last: boolean): Promise<boolean> {
  const body = new Body()
  let whole = false
  let entered = false
  try {
    check(site, head)
    const length = lengthOf(head)
    if (length !== 0 && head.version === '1.1' && expects(head))
      await session.write('HTTP/1.1 100 Continue\r\n\r\n')
    whole = await readBody(session.reader, length, body)
  } finally {
    session.report({
      kind: 'request',
      verb: head.verb,
      target: head.target,
      version: head.version,
      headers: Object.fromEntries(head.headers),
      ...(body.length > 0 ? { body: body.text } : {}),
    })
    entered = credentials(session, site, head, body.text)
  }
  if (!whole) return false
  const page = choose(session, site, head, entered)
  const stays = !last && staysOpen(head) && page.status !== 400 && page.closes !== true
  await session.write(render(site, head, page, stays))
  return stays
}

/** Report every secret of the request; did one of them open the door? */
function credentials(session: Session, { settings }: Site, head: Head, body: string): boolean {
  let entered = false
  for (const offer of offered(head, body)) {
    const accepted =
      offer.method !== 'digest' &&
      settings.accept.some(([user, secret]) => user === offer.user && secret === offer.secret)
    entered ||= accepted
    session.report({ kind: 'credential', ...offer, accepted })
  }
  return entered
}

/** What a server refuses before it looks at the target. */
function check({ look }: Site, { version, headers }: Head): void {
  if (version === '') throw new Refusal(400, 'no version')
  if (Number(version) >= 2) throw new Refusal(505, `HTTP/${version}`)
  if (look.wantsHost && version === '1.1' && !headers.has('host')) throw new Refusal(400, 'no host')
}

const expects = ({ headers }: Head): boolean =>
  headers.get('expect')?.toLowerCase() === '100-continue'

function staysOpen({ version, headers }: Head): boolean {
  const connection = headers.get('connection')?.toLowerCase() ?? ''
  if (version === '0.9') return false
  return version === '1.0' ? connection.includes('keep-alive') : !connection.includes('close')
}

function choose(session: Session, site: Site, head: Head, entered: boolean): Page {
  const { settings, look } = site
  const path = pathOf(head.target)
  if (path === undefined && (look.wantsPath || !['CONNECT', 'OPTIONS'].includes(head.verb)))
    return error(session, site, head, 400)
  if (settings.realm !== undefined && !entered) {
    const page = error(session, site, head, 401)
    const asked = ['WWW-Authenticate', challenge(settings.realm, settings.digest)] as const
    return { ...page, extra: [...(page.extra ?? []), asked] }
  }
  if (settings.always !== undefined) return error(session, site, head, settings.always)
  // The DVR of CVE-2016-20016 runs the query as a command and answers with what it printed.
  if (settings.server === 'jaws' && path === '/shell') return { status: 200, body: '' }
  const exists = path === '/' || path === '/index.html'
  const refused = look.methods(head.verb, exists)
  if (refused !== undefined) return error(session, site, head, refused)
  if (head.verb === 'OPTIONS')
    return { status: 200, body: '', extra: [['Allow', 'GET,POST,OPTIONS,HEAD']] }
  const { redirect: away } = settings
  if (away !== undefined && (path === '/' || away.to.includes('{path}')))
    return redirect(session, site, head, path ?? '/')
  const form = settings.title !== undefined || settings.server === 'jaws'
  if (form && path === '/login') return { status: 200, body: index(site) }
  return exists ? { status: 200, body: index(site), file: true } : error(session, site, head, 404)
}

const challenge = (realm: string, digest: boolean): string =>
  digest
    ? `Digest realm="${realm}", qop="auth", nonce="${randomBytes(NONCE_BYTES).toString('hex')}"`
    : `Basic realm="${realm}"`

function redirect(session: Session, site: Site, head: Head, path: string): Page {
  const { status = 302, to = '/' } = site.settings.redirect ?? {}
  const { host } = context(session, head)
  const location = to.replace('{host}', () => host).replace('{path}', () => path)
  const page = site.look.error(status, { ...context(session, head), location })
  const body = site.settings.index ?? page.body
  return { ...page, body, extra: [['Location', location]] }
}

const index = ({ settings, look }: Site): string =>
  settings.index ?? (settings.title === undefined ? look.index : loginPage(settings.title))

/** The path without query, also of an absolute URI; undefined when it is none or climbs above the root. */
function pathOf(target: string): string | undefined {
  const absolute = /^https?:\/\/[^/?]*/i.exec(target)?.[0]
  const local = absolute === undefined ? target : target.slice(absolute.length) || '/'
  const path = local.split(/[?#]/, 1)[0] ?? ''
  if (!path.startsWith('/')) return undefined
  let depth = 0
  for (const part of path.slice(1).split('/')) {
    if (part === '..') depth--
    else if (part !== '' && part !== '.') depth++
    if (depth < 0) return undefined
  }
  return path
}

const error = (session: Session, { look }: Site, head: Head | undefined, status: number): Page =>
  look.error(status, context(session, head))

const context = (session: Session, head: Head | undefined): Context => ({
  verb: head?.verb ?? '',
  host: head?.headers.get('host')?.replace(/:\d+$/, '') ?? session.local.address,
  port: session.local.port,
  agent: head?.headers.get('user-agent') ?? '',
})

async function refuse(
  session: Session,
  site: Site,
  head: Head | undefined,
  fault: Refusal,
): Promise<void> {
  const page = error(session, site, head, fault.status)
  await session.write(render(site, { ...(head ?? NO_HEAD), version: '1.1' }, page, false))
}

const NO_HEAD: Head = { verb: 'GET', target: '/', version: '1.1', headers: new Map() }

function render(site: Site, head: Head, page: Page, stays: boolean): Buffer {
  const { look, settings, fileTime } = site
  const body = Buffer.from(page.body, 'latin1')
  if (head.version === '0.9') return body
  const values = new Map<string, string>([
    ...(look.name === '' ? [] : [['Server', look.name] as const]),
    ['Content-Type', page.type ?? 'text/html'],
    ['Content-Length', String(body.length)],
    ...(page.extra ?? []),
  ])
  values.set('Date', httpDate(site.now()))
  if (page.file === true) {
    values.set('Last-Modified', httpDate(fileTime * 1000)).set('Accept-Ranges', 'bytes')
    const etag = look.etag(fileTime, body.length)
    if (etag !== undefined) values.set('ETag', etag)
  }
  const asked = head.headers.get('connection')?.toLowerCase().includes('keep-alive') === true
  if (!stays) values.set('Connection', 'close')
  else if (look.saysKeepAlive) values.set('Connection', 'keep-alive')
  else if (asked && settings.server === 'apache')
    values.set('Keep-Alive', 'timeout=5, max=100').set('Connection', 'Keep-Alive')
  for (const [name, value] of settings.headers) values.set(name, value)
  const others = settings.headers.map(([name]) => name).filter((name) => !look.order.includes(name))
  const lines = [...look.order, ...others]
    .filter((name) => values.has(name))
    .map((name) => `${name}: ${values.get(name)}\r\n`)
  // lighttpd answers in the visitor's version, the others in their own.
  const version = settings.server === 'lighttpd' && head.version === '1.0' ? '1.0' : '1.1'
  const top = `HTTP/${version} ${page.status} ${look.reason(page.status)}\r\n${lines.join('')}\r\n`
  return head.verb === 'HEAD'
    ? Buffer.from(top, 'latin1')
    : Buffer.concat([Buffer.from(top, 'latin1'), body])
}

/** RFC 9110 5.6.7, from milliseconds since 1970. */
export const httpDate = (ms: number): string => new Date(ms).toUTCString()
