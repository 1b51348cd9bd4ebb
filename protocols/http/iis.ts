/** Internet Information Services: header order, first page and ETag as its versions have them. */
import type { Family } from './families.ts'
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
    error: (status) => {
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
