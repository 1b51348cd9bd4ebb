/** How the servers of the field look: header order, error pages, first pages. */

import { CISCO_IOS, ciscoIos } from './cisco.ts'
import { HTTP_SYS, httpSys, iis, isIis } from './iis.ts'
import { escaped, loginPage, NGINX_INDEX, REASONS } from './pages.ts'
import type { Settings } from './settings.ts'

export type Page = {
  readonly status: number
  readonly type?: string
  readonly body: string
  /** Headers of this answer alone, in order. */
  readonly extra?: readonly (readonly [string, string])[]
  /** A file on disk: it has a date and an ETag. */
  readonly file?: boolean
  /** The server hangs up after it. */
  readonly closes?: boolean
}

/** What an error page may mention. */
export type Context = {
  readonly verb: string
  readonly host: string
  readonly port: number
  readonly agent: string
  /** Where a redirect leads. */
  readonly location?: string
}

export type Family = {
  /** The Server header. */
  readonly name: string
  /** Header names in the order of the server; those without a value are left out. */
  readonly order: readonly string[]
  /** Behind the status in the first line. */
  readonly reason: (status: number) => string
  /** The status that refuses this method, if any; `exists`: there is a file at the target. */
  readonly methods: (verb: string, exists: boolean) => number | undefined
  readonly error: (status: number, context: Context) => Page
  readonly index: string
  readonly etag: (time: number, size: number) => string | undefined
  /** Sends `Connection: keep-alive` also when that is understood. */
  readonly saysKeepAlive: boolean
  /** A target that is no path (`*`, host:port) is malformed, whatever the method. */
  readonly wantsPath: boolean
  /** HTTP/1.1 without Host is refused. */
  readonly wantsHost: boolean
}

export function family(settings: Settings): Family {
  const { server } = settings
  if (server === 'nginx') return nginx(settings)
  if (server === 'apache') return apache(settings)
  if (server === 'lighttpd') return lighttpd(settings)
  if (isIis(server)) return iis(server)
  if (server === HTTP_SYS) return httpSys()
  if (server === CISCO_IOS) return ciscoIos()
  return server === 'jaws' ? plain(`JAWS/${settings.version}`) : plain(server)
}

const product = (name: string, { version, os }: Settings): string =>
  `${name}${version === '' ? '' : `/${version}`}${os === '' ? '' : ` (${os})`}`

const NGINX_REASONS: Readonly<Record<number, string>> = {
  405: 'Not Allowed',
  414: 'Request-URI Too Large',
}
const nginxReason = (status: number): string => NGINX_REASONS[status] ?? usual(status)
const usual = (status: number): string => REASONS[status] ?? ''
const PADDING = '<!-- a padding to disable MSIE and Chrome friendly error page -->\r\n'

/** Since 1.21.1 CONNECT is understood, and refused with 405. */
function atLeast(version: string, wanted: readonly number[]): boolean {
  const numbers = version.split('.').map(Number)
  const at = wanted.findIndex((number, i) => numbers[i] !== number)
  return at < 0 || (numbers[at] ?? 0) > (wanted[at] ?? 0)
}

function nginx(settings: Settings): Family {
  const name = product('nginx', settings)
  return {
    name,
    order: [
      'Server',
      'Date',
      'Content-Type',
      'Content-Length',
      'Last-Modified',
      'Location',
      'Connection',
      'WWW-Authenticate',
      'ETag',
      'Accept-Ranges',
    ],
    reason: nginxReason,
    methods: (verb, exists) =>
      verb === 'GET' || verb === 'HEAD'
        ? undefined
        : /[^A-Z_-]/.test(verb)
          ? 400
          : verb === 'POST' && !exists
            ? 404
            : 405,
    error: (status, { agent }) => {
      const title = `${status} ${nginxReason(status)}`
      const padding = status >= 400 && /MSIE |Chrome\//.test(agent) ? PADDING.repeat(6) : ''
      return {
        status,
        body: `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>${name}</center>\r\n</body>\r\n</html>\r\n${padding}`,
      }
    },
    index: NGINX_INDEX,
    etag: (time, size) => `"${time.toString(16)}-${size.toString(16)}"`,
    saysKeepAlive: true,
    wantsPath: !atLeast(settings.version, [1, 21, 1]),
    wantsHost: true,
  }
}

const moved = ({ location = '' }: Context): string =>
  `The document has moved <a href="${escaped(location)}">here</a>.`
const APACHE_TEXTS: Readonly<Record<number, (context: Context) => string>> = {
  301: moved,
  302: moved,
  400: () => 'Your browser sent a request that this server could not understand.<br />\n',
  401: () =>
    "This server could not verify that you\nare authorized to access the document\nrequested.  Either you supplied the wrong\ncredentials (e.g., bad password), or your\nbrowser doesn't understand how to supply\nthe credentials required.",
  403: () => "You don't have permission to access this resource.",
  404: () => 'The requested URL was not found on this server.',
  405: ({ verb }) => `The requested method ${escaped(verb)} is not allowed for this URL.`,
  413: ({ verb }) =>
    `The requested resource does not allow request data with ${escaped(verb)} requests, or the amount of data provided in\nthe request exceeds the capacity limit.\n`,
  414: () => "The requested URL's length exceeds the capacity\nlimit for this server.<br />\n",
  501: ({ verb }) => `${escaped(verb)} not supported for current URL.<br />\n`,
}
const APACHE_METHODS = [
  'PUT',
  'DELETE',
  'CONNECT',
  'PATCH',
  'PROPFIND',
  'PROPPATCH',
  'MKCOL',
  'COPY',
  'MOVE',
  'LOCK',
  'UNLOCK',
]
const ALLOW = 'GET,POST,OPTIONS,HEAD'

function apache(settings: Settings): Family {
  const name = product('Apache', settings)
  return {
    name,
    order: [
      'Date',
      'Server',
      'Location',
      'WWW-Authenticate',
      'Allow',
      'Last-Modified',
      'ETag',
      'Accept-Ranges',
      'Content-Length',
      'Keep-Alive',
      'Connection',
      'Content-Type',
    ],
    reason: usual,
    methods: (verb) =>
      ['GET', 'HEAD', 'POST', 'OPTIONS'].includes(verb)
        ? undefined
        : APACHE_METHODS.includes(verb) || verb === 'TRACE'
          ? 405
          : 501,
    error: (status, context) => {
      const reason = usual(status)
      const text = APACHE_TEXTS[status]?.(context) ?? ''
      return {
        status,
        type: 'text/html; charset=iso-8859-1',
        body: `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>${status} ${reason}</title>\n</head><body>\n<h1>${reason}</h1>\n<p>${text}</p>\n<hr>\n<address>${name} Server at ${escaped(context.host)} Port ${context.port}</address>\n</body></html>\n`,
        ...(status === 405 || status === 501 ? { extra: [['Allow', ALLOW]] as const } : {}),
      }
    },
    index: '<html><body><h1>It works!</h1></body></html>\n',
    // Apache writes the size first, the time in microseconds.
    etag: (time, size) => `"${size.toString(16)}-${(time * 1_000_000).toString(16)}"`,
    saysKeepAlive: false,
    wantsPath: false,
    wantsHost: true,
  }
}

function lighttpd(settings: Settings): Family {
  const name = product('lighttpd', settings)
  return {
    name,
    order: [
      'WWW-Authenticate',
      'Location',
      'Content-Type',
      'Accept-Ranges',
      'ETag',
      'Last-Modified',
      'Content-Length',
      'Connection',
      'Date',
      'Server',
    ],
    reason: usual,
    methods: (verb) =>
      ['GET', 'HEAD', 'POST'].includes(verb) ? undefined : /^[A-Z-]+$/.test(verb) ? 405 : 501,
    error: (status) => {
      const title = `${status} ${usual(status)}`
      return {
        status,
        body: `<?xml version="1.0" encoding="iso-8859-1"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"\n         "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">\n<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">\n <head>\n  <title>${title}</title>\n </head>\n <body>\n  <h1>${title}</h1>\n </body>\n</html>\n`,
      }
    },
    index: '<html><head><title>Welcome page</title></head><body><h1>It works</h1></body></html>\n',
    etag: (time, size) => `"${(time * 1009 + size) % 4_294_967_291}"`,
    saysKeepAlive: false,
    wantsPath: false,
    wantsHost: true,
  }
}

/** Small servers of devices: any method, short pages. */
function plain(name: string): Family {
  return {
    name,
    order: [
      'Server',
      'Date',
      'WWW-Authenticate',
      'Location',
      'Content-Type',
      'Content-Length',
      'Connection',
    ],
    reason: usual,
    methods: (verb) => (['GET', 'HEAD', 'POST'].includes(verb) ? undefined : 405),
    error: (status) => {
      const title = `${status} ${usual(status)}`
      return {
        status,
        body: `<html><head><title>${title}</title></head><body><h1>${title}</h1></body></html>\n`,
      }
    },
    index: loginPage('DVR'),
    etag: () => undefined,
    saysKeepAlive: true,
    wantsPath: false,
    wantsHost: false,
  }
}
