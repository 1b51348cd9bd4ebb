/** Windows: Internet Information Services with header order, first page and ETag as its versions have them, and HTTP.sys below it. */
import type { Context, Family, Page } from './families.ts'
import { REASONS } from './pages.ts'

const PREFIX = 'Microsoft-IIS/'
const VERBS = ['GET', 'HEAD', 'POST', 'OPTIONS']
/** Seconds from 1601, where FILETIME begins, to 1970. */
const FILETIME_EPOCH = 11_644_473_600n

export const isIis = (server: string): boolean => server.startsWith(PREFIX)

/** `name`: Microsoft-IIS/ and the version. */
export function iis(name: string): Family {
  const reason = (status: number): string => REASONS[status] ?? ''
  return {
    name,
    order: [
      'Content-Type',
      'Location',
      'Last-Modified',
      'Accept-Ranges',
      'ETag',
      'Server',
      'WWW-Authenticate',
      'X-Powered-By',
      'Date',
      'Connection',
      'Content-Length',
    ],
    reason,
    methods: (verb) => (VERBS.includes(verb) ? undefined : 405),
    error: (status, context) => {
      if (status === 400) return systemPage(status, context)
      const title = `${status} - ${reason(status)}`
      return {
        status,
        body: `<html xmlns="http://www.w3.org/1999/xhtml">\r\n<head>\r\n<title>${title}</title>\r\n</head>\r\n<body>\r\n<h1>Server Error</h1>\r\n<h2>${title}</h2>\r\n</body>\r\n</html>\r\n`,
      }
    },
    index: firstPage(name.slice(PREFIX.length)),
    etag,
    saysKeepAlive: false,
    wantsPath: false,
    wantsHost: true,
  }
}

/** HTTP.sys itself: what it answers when no application has the path or the port. */
export const HTTP_SYS = 'Microsoft-HTTPAPI/2.0'

export const httpSys = (): Family => ({
  ...iis(HTTP_SYS),
  methods: () => undefined,
  error: systemPage,
  index: '',
})

/** Name of the fault and its description, as "HTTP Server API" words them. */
const SYSTEM_TEXTS: Readonly<Record<number, readonly [string, string]>> = {
  404: ['Not Found', 'The requested resource is not found.'],
  503: ['Service Unavailable', 'The service is unavailable.'],
}

/** HTTP.sys hangs up after an error, and names itself also below IIS. */
function systemPage(status: number, { verb }: Context): Page {
  const [title, text] =
    SYSTEM_TEXTS[status] ??
    (VERBS.includes(verb)
      ? ['Bad Request - Invalid Hostname', 'The request hostname is invalid.']
      : ['Bad Request - Invalid Verb', 'The request verb is invalid.'])
  // A fault at the head is titled without its kind.
  const name = title.split(' - ', 1)[0] ?? ''
  return {
    status,
    type: 'text/html; charset=us-ascii',
    body: `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN""http://www.w3.org/TR/html4/strict.dtd">\r\n<HTML><HEAD><TITLE>${name}</TITLE>\r\n<META HTTP-EQUIV="Content-Type" Content="text/html; charset=us-ascii"></HEAD>\r\n<BODY><h2>${title}</h2>\r\n<hr><p>HTTP Error ${status}. ${text}</p>\r\n</BODY></HTML>\r\n`,
    extra: [['Server', HTTP_SYS]],
    closes: true,
  }
}

/** The title is what the versions differ in. */
function firstPage(version: string): string {
  const titles: Readonly<Record<string, string>> = {
    '7.0': 'IIS7',
    '7.5': 'IIS7',
    '8.0': 'Microsoft Internet Information Services 8',
  }
  const title = titles[version] ?? 'IIS Windows Server'
  return `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\r\n<html xmlns="http://www.w3.org/1999/xhtml">\r\n<head>\r\n<title>${title}</title>\r\n</head>\r\n<body>\r\n<a href="http://go.microsoft.com/fwlink/?linkid=66138"><img src="iisstart.png" alt="IIS" /></a>\r\n</body>\r\n</html>\r\n`
}

/** The file's FILETIME byte by byte, the lowest first, without leading zeros; then the count of metabase changes. */
function etag(time: number): string {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE((BigInt(time) + FILETIME_EPOCH) * 10_000_000n)
  return `"${[...bytes].map((byte) => byte.toString(16)).join('')}:0"`
}
